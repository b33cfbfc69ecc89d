"""The list of a Forgejo that misbehaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.errors import Blocked, Defer, GhostcrawlError, Malformed, Private, Refused, Retry
from tests.servers.api import Asked, Reply, json_reply
from tests.servers.stage import TOKEN, Script, Stage

_NEXT = '<https://forge.example/api/v1/repos/search?page=2>; rel="next",<https://x>; rel="last"'


def _entry(name: str = "o/a", **more: object) -> dict[str, object]:
    return {"id": 5, "full_name": name, "clone_url": "https://evil.example/x.git"} | more


def _page(*entries: object, link: str = "", total: str = "1") -> Reply:
    return json_reply({"ok": True, "data": entries}, link=link, x_total_count=total)


def test_a_repository_is_read_from_the_list_and_its_clone_url_is_ours(
    stage: Callable[[Script], Stage],
) -> None:
    entry = _entry(default_branch="trunk", archived=True, parent={"full_name": "up/a"})
    on = stage(lambda _: _page(entry))

    page = on.forgejo().list(None)

    (repository,) = page.repositories
    assert repository.clone_url == "https://forge.example/o/a.git"
    assert (repository.native_id, repository.default_branch) == ("5", "trunk")
    assert (repository.archived, repository.fork_of) == (True, "up/a")
    assert page.next_cursor is None
    assert on.server.asked[0].path == "/api/v1/repos/search"
    assert on.server.asked[0].query["limit"] == "50"


def test_only_a_missing_next_link_ends_the_list(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda a: _page(_entry(), link=_NEXT if a.query["page"] == "1" else ""))
    host = on.forgejo()

    first = host.list(None)
    second = host.list(first.next_cursor)

    assert (first.next_cursor, second.next_cursor) == ("2/1", None)
    assert [a.query["page"] for a in on.server.asked] == ["1", "2"]


@pytest.mark.parametrize(("entries", "left"), [((_entry(),), 119), ((), 120)])
def test_a_list_that_breaks_off_is_said_with_what_the_host_still_counts(
    stage: Callable[[Script], Stage], entries: tuple[object, ...], left: int
) -> None:
    page = stage(lambda _: _page(*entries, total="120")).forgejo().list(None)

    assert page.next_cursor is None
    assert [one.reason for one in page.skipped] == [
        f"the list ends here, and the host counts {left} more of 120 entries"
    ]


def test_what_moves_up_because_of_a_deletion_is_listed_all_the_same(
    stage: Callable[[Script], Stage],
) -> None:
    left = [f"o/r{number:03}" for number in range(120)]

    def script(asked: Asked) -> Reply:
        begin = 50 * (int(asked.query["page"]) - 1)
        shown = left[begin : begin + 50]
        link = _NEXT if begin + 50 < len(left) else ""
        return _page(*map(_entry, shown), link=link, total=str(len(left)))

    host = stage(script).forgejo()
    page = host.list(None)
    seen = {one.path for one in page.repositories}
    left.remove("o/r007")
    while page.next_cursor is not None:
        page = host.list(page.next_cursor)
        seen |= {one.path for one in page.repositories}

    assert seen >= set(left)


def test_an_empty_page_ends_a_list_that_promises_more_forever(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: _page(link=_NEXT))

    assert on.forgejo().list("7").next_cursor is None


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    bad = [_entry("../evil"), _entry(id="5"), _entry(private=True), "text", {"id": 1}]
    on = stage(lambda _: _page(*bad, _entry()))

    page = on.forgejo().list(None)

    assert [r.path for r in page.repositories] == ["o/a"]
    assert [s.context for s in page.skipped] == [f"page 1, entry {n}" for n in range(5)]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({}, status=429, retry_after="9"), Defer),
        (json_reply({}, status=503, retry_after="9"), Defer),
        (json_reply({}, status=500), Retry),
        (Reply(body=b"<html>"), Retry),
        (json_reply({"ok": False, "data": []}), Malformed),
        (json_reply({"ok": True, "data": None}), Malformed),
        (json_reply({}, status=403), Private),
        (json_reply({}, status=451), Blocked),
        (json_reply({}, status=302, location="https://evil.example/"), Refused),
    ],
)
def test_a_fault_is_a_typed_error_without_the_token(
    stage: Callable[[Script], Stage], reply: Reply, expected: type[GhostcrawlError]
) -> None:
    on = stage(lambda _: reply)
    host = on.forgejo()

    with pytest.raises(expected) as caught:
        host.list(None)

    assert TOKEN not in str(caught.value) + repr(host) + repr(host.settings)
    assert len(on.server.asked) == 1
    assert on.server.asked[0].headers["authorization"] == f"token {TOKEN}"


@pytest.mark.parametrize("cursor", ["0", "-1", "x", "1&limit=9", ""])
def test_a_cursor_that_is_no_page_is_refused(stage: Callable[[Script], Stage], cursor: str) -> None:
    on = stage(lambda _: _page())

    with pytest.raises(Refused):
        on.forgejo().list(cursor)


def test_what_was_updated_since_a_time_is_listed_until_something_older_comes(
    stage: Callable[[Script], Stage],
) -> None:
    entries = [
        _entry(f"o/r{number:03}", updated_at=f"2026-05-{30 - number // 10:02}T10:00:00+02:00")
        for number in range(120)
    ]

    def script(asked: Asked) -> Reply:
        begin = 50 * (int(asked.query["page"]) - 1)
        return _page(*entries[begin : begin + 50], link=_NEXT if begin + 50 < 120 else "")

    on = stage(script)
    host = on.forgejo()
    page = host.list(host.since(datetime(2026, 5, 24, 8, tzinfo=UTC)))
    seen = [one.path for one in page.repositories]
    while page.next_cursor is not None:
        page = host.list(page.next_cursor)
        seen += [one.path for one in page.repositories]

    assert seen == [f"o/r{number:03}" for number in range(70)]
    assert [(a.query["sort"], a.query["order"], a.query["page"]) for a in on.server.asked] == [
        ("updated", "desc", "1"),
        ("updated", "desc", "2"),
    ]


@pytest.mark.parametrize(
    "cursor", ["@", "0@2026-01-01T00:00:00Z", "1@2026-13-01T00:00:00Z", "1@now", "1@&page=2"]
)
def test_a_cursor_of_changes_that_is_no_place_is_refused(
    stage: Callable[[Script], Stage], cursor: str
) -> None:
    on = stage(lambda _: _page())

    with pytest.raises(Refused):
        on.forgejo().list(cursor)

    assert on.server.asked == []
