"""Hours of GH Archive that are missing, torn or hostile."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawler.errors import Defer, GhostcrawlError, Refused, Retry
from crawler.hosts.gharchive.host import GHArchive
from crawler.hosts.interface import HostKind, HostSettings, PagePartMissing
from crawler.model import LineSpan
from tests.servers.api import Asked, Reply
from tests.servers.stage import TOKEN, Script, Stage

_NOW = datetime(2026, 6, 2, 1, 30, tzinfo=UTC)
_HOUR = "2026-06-01-5"


def _archive(on: Stage, *, hours: int = 24) -> GHArchive:
    settings = HostSettings(
        name="archive",
        kind=HostKind.GIT,
        web_url="https://github.example",
        api_url=f"{on.server.base_url}/hours",
        token=TOKEN,
        trusted=True,
    )
    return GHArchive(settings, on.http, lambda: _NOW, hours=hours)


def _event(kind: str, number: object, name: object) -> bytes:
    """An event as the archive has it, of a person with a mail address."""
    return json.dumps(
        {
            "id": "1",
            "type": kind,
            "actor": {"id": 77, "login": "somebody", "display_login": "somebody"},
            "repo": {"id": number, "name": name, "url": f"https://api.github.example/{name}"},
            "payload": {
                "ref": "refs/heads/main",
                "commits": [
                    {
                        "sha": "c" * 40,
                        "author": {"email": "somebody@mail.example", "name": "Some Body"},
                        "message": 'says "PushEvent" and "type":"CreateEvent"',
                    }
                ],
            },
            "public": True,
            "created_at": "2026-06-01T05:00:00Z",
        }
    ).encode()


def _hour(*lines: bytes) -> Reply:
    return Reply(
        headers={"content-type": "application/gzip"},
        body=gzip.compress(b"".join(line + b"\n" for line in lines)),
    )


def test_repositories_that_were_pushed_or_made_are_listed_once_and_nothing_else_is_kept(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(
        lambda _: _hour(
            _event("PushEvent", 5, "o/a"),
            _event("WatchEvent", 6, "o/watched"),
            _event("CreateEvent", 7, "o/new"),
            _event("PublicEvent", 8, "o/opened"),
            _event("PushEvent", 5, "o/renamed"),
        )
    )

    page = _archive(on).list(_HOUR)

    assert [(r.host, r.native_id, r.path, r.clone_url) for r in page.repositories] == [
        ("github.example", "5", "o/renamed", "https://github.example/o/renamed.git"),
        ("github.example", "7", "o/new", "https://github.example/o/new.git"),
        ("github.example", "8", "o/opened", "https://github.example/o/opened.git"),
    ]
    assert "ome" not in repr(page)
    assert (page.next_cursor, page.skipped) == ("2026-06-01-6", ())
    assert [asked.path for asked in on.server.asked] == ["/hours/2026-06-01-5.json.gz"]
    assert "authorization" not in on.server.asked[0].headers


def test_the_list_begins_a_day_ago_and_ends_with_the_last_complete_hour(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: _hour())
    host = _archive(on, hours=4)

    first = host.list(None)
    second = host.list(first.next_cursor)
    third = host.list(second.next_cursor)

    cursors = [first.next_cursor, second.next_cursor, third.next_cursor]
    assert cursors == ["2026-06-01-22", "2026-06-01-23", None]
    assert [asked.path.rpartition("/")[2] for asked in on.server.asked] == [
        "2026-06-01-21.json.gz",
        "2026-06-01-22.json.gz",
        "2026-06-01-23.json.gz",
    ]


def test_an_hour_that_is_not_over_is_not_asked_for(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _hour())

    page = _archive(on).list("2026-06-02-0")

    assert [(s.context, s.reason) for s in page.skipped] == [
        ("hour 2026-06-02-0", "not published yet")
    ]
    assert (page.next_cursor, on.server.asked) == (None, [])


def test_a_list_goes_on_where_the_last_one_began(stage: Callable[[Script], Stage]) -> None:
    host = _archive(stage(lambda _: _hour()))

    cursor = host.since(datetime(2026, 6, 1, 1, 59, tzinfo=timezone(timedelta(hours=2))))

    assert cursor == "2026-05-31-23"
    assert host.list(cursor).next_cursor == "2026-06-01-0"


def test_a_missing_hour_is_said_and_the_list_goes_on(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: Reply(status=404))

    page = _archive(on).list(_HOUR)

    assert [s.context for s in page.skipped] == ["hour 2026-06-01-5"]
    assert "404" in page.skipped[0].reason
    assert page.next_cursor == "2026-06-01-6"


def test_bad_lines_are_said_without_their_text_and_the_rest_is_listed(
    stage: Callable[[Script], Stage],
) -> None:
    bad = [
        b'{"type":"PushEvent", "actor": "somebody@mail.example"',
        b'"PushEvent"',
        b'{"type":"PushEvent"}',
        b'{"type":"PushEvent","x":"\xff"}',
        b'{"type":"PushEvent","x":' + b"[" * 100_000,
        _event("PushEvent", "5", "o/a"),
        _event("PushEvent", 5, "../evil"),
    ]
    on = stage(lambda _: _hour(*bad, b"", b"x" * 9_000_000, _event("PushEvent", 9, "o/good")))

    page = _archive(on).list(_HOUR)

    assert [r.path for r in page.repositories] == ["o/good"]
    assert [s.context for s in page.skipped] == [
        *(f"hour {_HOUR}, line {number}" for number in range(1, 8)),
        f"hour {_HOUR}",
    ]
    assert "mail.example" not in repr(page)


def test_many_bad_lines_are_counted(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _hour(*[b'"PushEvent"'] * 1000))

    page = _archive(on).list(_HOUR)

    assert len(page.skipped) == 21
    assert page.skipped[-1].reason == "980 more lines were not read"


def test_a_file_of_several_members_is_one_file(stage: Callable[[Script], Stage]) -> None:
    first, second = _hour(_event("PushEvent", 5, "o/a")), _hour(_event("PushEvent", 6, "o/b"))
    on = stage(lambda _: Reply(body=first.body + second.body))

    page = _archive(on).list(_HOUR)

    assert [r.path for r in page.repositories] == ["o/a", "o/b"]
    assert page.skipped == ()


@pytest.mark.parametrize("cut", [0.5, 0.9])
def test_of_a_torn_file_what_came_is_kept_and_the_rest_is_said(
    stage: Callable[[Script], Stage], cut: float
) -> None:
    lines = [_event("PushEvent", n, f"o/r{n * 7919 % 1000}") for n in range(1000)]
    whole = _hour(*lines).body
    on = stage(lambda _: Reply(body=whole[: int(len(whole) * cut)]))

    page = _archive(on).list(_HOUR)

    assert 0 < len(page.repositories) < 1000
    assert [s.reason for s in page.skipped] == ["truncated file"]
    assert page.next_cursor == "2026-06-01-6"


def test_of_a_broken_file_what_came_is_kept_and_the_rest_is_said(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: Reply(body=_hour(_event("PushEvent", 5, "o/a")).body + b"junk"))

    page = _archive(on).list(_HOUR)

    assert [r.path for r in page.repositories] == ["o/a"]
    assert [s.context for s in page.skipped] == [f"hour {_HOUR}"]


def test_behind_an_hour_that_never_comes_the_list_goes_on(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: Reply(status=500))

    with pytest.raises(PagePartMissing) as caught:
        _archive(on).list(_HOUR)

    assert caught.value.following == "2026-06-01-6"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(status=429, headers={"retry-after": "9"}), Defer),
        (Reply(status=500), Retry),
        (Reply(body=b"<html>"), Retry),
        (Reply(status=302, headers={"location": "https://evil.example/"}), Refused),
    ],
)
def test_a_fault_is_a_typed_error(
    stage: Callable[[Script], Stage], reply: Reply, expected: type[GhostcrawlError]
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected):
        _archive(on).list(_HOUR)

    assert len(on.server.asked) == 1


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "2026-06-01", "2026-06-01-24", "2026-06-01-05", "2026-13-01-5", "2014-12-31-23",
     "2026-06-01-5/../x", "2026-06-01-5\n"],
)  # fmt: skip
def test_a_cursor_that_is_no_hour_is_refused(stage: Callable[[Script], Stage], cursor: str) -> None:
    asked: list[Asked] = []
    on = stage(lambda _: _hour())

    with pytest.raises(Refused):
        _archive(on).list(cursor)

    assert on.server.asked == asked


def test_a_line_is_linked_to_at_the_listed_host(stage: Callable[[Script], Stage]) -> None:
    host = _archive(stage(lambda _: _hour()))

    link = host.permalink(
        host.repository("o/a"), "c" * 40, "sub dir/uv.lock", LineSpan(first=3, last=5)
    )

    assert link == f"https://github.example/o/a/blob/{'c' * 40}/sub%20dir/uv.lock#L3-L5"
