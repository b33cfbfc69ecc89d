"""The list of a Launchpad, walked by time of change while repositories change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.hosts.interface import ListPage
from crawler.hosts.launchpad import Launchpad
from tests.servers.api import json_reply
from tests.servers.forges import settings_on
from tests.servers.launchpad_repositories import LaunchpadRepositories, repository
from tests.servers.stage import Script, Stage


def _host(on: Stage) -> Launchpad:
    return Launchpad(settings_on(on, "https://git.launchpad.example"), on.http)


def _to_the_end(host: Launchpad, cursor: str | None = None, most: int = 50) -> list[ListPage]:
    pages = [host.list(cursor)]
    while (following := pages[-1].next_cursor) is not None and len(pages) < most:
        pages.append(host.list(following))
    return pages


def _paths(pages: list[ListPage]) -> list[str]:
    return [r.path for page in pages for r in page.repositories]


def _world(*minutes: int, size: int = 3, including: bool = True) -> LaunchpadRepositories:
    """Repositories `~o/p/+git/r0` and so on, changed at these minutes of one day."""
    changed = {
        f"~o/p/+git/r{number}": f"2026-05-01T{minute // 60:02}:{minute % 60:02}:00+00:00"
        for number, minute in enumerate(minutes)
    }
    return LaunchpadRepositories(size=size, including=including, changed=changed)


def test_a_repository_is_read_and_its_clone_url_is_ours(stage: Callable[[Script], Stage]) -> None:
    entry = repository(
        "~o/p/+git/r", "2026-05-01T00:00:00.123456+00:00", id=7, default_branch="refs/heads/dev/x"
    )
    on = stage(lambda _: json_reply({"start": 0, "total_size": 1, "entries": [entry]}))

    page = _host(on).list(None)

    (found,) = page.repositories
    assert found.clone_url == "https://git.launchpad.example/~o/p/+git/r"
    assert (found.path, found.native_id, found.default_branch) == ("~o/p/+git/r", "7", "dev/x")
    assert found.created_at == "2020-01-02T03:04:05.678901+00:00"
    assert found.pushed_at == "2026-05-01T00:00:00.123456+00:00"
    assert (page.next_cursor, page.skipped) == (None, ())
    assert on.server.asked[0].query == {
        "ws.op": "getRepositories", "order_by": "most neglected first",
    }  # fmt: skip
    assert "authorization" not in on.server.asked[0].headers


@pytest.mark.parametrize("including", [True, False])
def test_the_list_goes_on_by_time_whatever_since_means_to_the_host(
    stage: Callable[[Script], Stage],
    including: bool,  # noqa: FBT001
) -> None:
    on = stage(_world(1, 2, 3, 3, 4, including=including))

    pages = _to_the_end(_host(on))

    assert [page.next_cursor for page in pages] == [
        "2026-05-01T00:02:59.999999Z",
        None,
    ]
    assert _paths(pages) == [f"~o/p/+git/r{n}" for n in (0, 1, 2, 2, 3, 4)]
    assert on.server.asked[1].query["modified_since_date"] == "2026-05-01T00:02:59.999999+00:00"


def test_a_moment_with_more_changes_than_a_page_is_counted_through(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(_world(1, *[5] * 8, 9))

    pages = _to_the_end(_host(on))

    assert [page.next_cursor for page in pages] == [
        "2026-05-01T00:04:59.999999Z",
        "2026-05-01T00:04:59.999999Z+3",
        "2026-05-01T00:04:59.999999Z+6",
        None,
    ]
    assert set(_paths(pages)) == {f"~o/p/+git/r{n}" for n in range(10)}
    assert [a.query.get("memo") for a in on.server.asked] == [None, None, "3", "6"]


def test_a_repository_that_changes_meanwhile_moves_no_other_past_us(
    stage: Callable[[Script], Stage],
) -> None:
    world = _world(1, 2, 3, 4, 5)
    host = _host(stage(world))

    first = host.list(None)
    world.changed["~o/p/+git/r0"] = "2026-05-01T09:00:00+00:00"
    world.changed["~o/p/+git/r1"] = "2026-05-01T09:00:01+00:00"
    rest = _to_the_end(host, first.next_cursor)

    assert _paths(rest) == [f"~o/p/+git/r{n}" for n in (2, 3, 4, 4, 0, 1)]


def test_the_second_list_holds_what_changed_since(stage: Callable[[Script], Stage]) -> None:
    host = _host(stage(_world(1, 2, 3, 61)))

    pages = _to_the_end(host, host.since(datetime(2026, 5, 1, 1, 0, tzinfo=UTC)))

    assert _paths(pages) == ["~o/p/+git/r3"]


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    changed = "2026-05-01T00:00:00+00:00"
    bad = [
        repository("../evil", changed),
        repository("~o/p/+git/a", changed, private=True),
        repository("~o/p/+git/b", changed, information_type="Proprietary"),
        repository("~o/p/+git/c", changed, id="7"),
        "text",
        {"unique_name": None},
    ]
    entries = [*bad, repository("~o/p/+git/good", changed)]
    on = stage(lambda _: json_reply({"entries": entries}))

    page = _host(on).list(None)

    assert [r.path for r in page.repositories] == ["~o/p/+git/good"]
    assert [s.context for s in page.skipped] == [
        f"repositories after the beginning, entry {n}" for n in range(6)
    ]


@pytest.mark.parametrize(
    "changed",
    [
        *("soon", None, 5, "9999-99-99", "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59.999999+00:00", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_page_without_a_readable_time_is_counted_on(
    stage: Callable[[Script], Stage], changed: object
) -> None:
    entry = repository("~o/p/+git/a", "") | {"date_last_modified": changed}
    on = stage(lambda _: json_reply({"entries": [entry], "next_collection_link": "x"}))

    assert _host(on).list("2026-05-01T00:00:00.000000Z").next_cursor == (
        "2026-05-01T00:00:00.000000Z+1"
    )
    assert _host(on).list(None).next_cursor == "+1"


def test_an_empty_page_ends_a_list_that_promises_more_forever(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: json_reply({"entries": [], "next_collection_link": "https://x.example"}))

    assert _host(on).list(None).next_cursor is None
