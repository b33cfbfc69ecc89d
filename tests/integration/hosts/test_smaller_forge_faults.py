"""What sourcehut, Gitee, Pagure and Launchpad do when their API misbehaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.errors import Blocked, Defer, GhostcrawlError, Gone, Malformed, Private, Refused, Retry
from crawler.hosts.gitee import Gitee
from crawler.hosts.interface import Lister
from crawler.hosts.launchpad import Launchpad
from crawler.hosts.pagure import Pagure
from crawler.hosts.sourcehut import SourceHut
from tests.servers.api import Reply, json_reply
from tests.servers.forges import settings_on
from tests.servers.stage import TOKEN, Script, Stage

_DAY = 24 * 3600.0
_EVIL = "https://evil.example/"


def _pagure(on: Stage) -> Lister:
    return Pagure(settings_on(on, "https://pagure.example"), on.http)


def _launchpad(on: Stage) -> Lister:
    return Launchpad(settings_on(on, "https://git.launchpad.example"), on.http)


def _gitee(on: Stage) -> Lister:
    return Gitee(settings_on(on, "https://gitee.example", owners=("a", "b")), on.http)


def _sourcehut(on: Stage) -> Lister:
    settings = settings_on(on, "https://git.sourcehut.example")
    url = f"{on.server.base_url}/query"
    return SourceHut(replace(settings, graphql_url=url, owners=("~a", "~b")), on.http)


_WHOLE = [_pagure, _launchpad]
_BY_OWNER = [_gitee, _sourcehut]
_LATER = [
    (json_reply({}, status=429), Defer),
    (json_reply({}, status=503, retry_after="9"), Defer),
    (json_reply({}, status=502), Retry),
    (Reply(body=b"<html>sign in</html>"), Retry),
    (Reply(body=b'[{"id": 1'), Retry),
    (Reply(body=b""), Retry),
    (json_reply({}, status=401), Private),
    (json_reply({}, status=403), Private),
]
_NEVER = [
    (json_reply("text"), Malformed),
    (json_reply({"entries": 1, "projects": 1}), Malformed),
    (Reply(body=b"[" * 100_000), Malformed),
    (json_reply({}, status=410), Gone),
    (json_reply({}, status=405), Malformed),
    (json_reply({}, status=451), Blocked),
    (json_reply({}, status=302, location=_EVIL), Refused),
]


@pytest.mark.parametrize("forge", [*_WHOLE, *_BY_OWNER])
@pytest.mark.parametrize(("reply", "expected"), _LATER)
def test_what_may_work_later_or_needs_a_token_is_raised(
    stage: Callable[[Script], Stage],
    forge: Callable[[Stage], Lister],
    reply: Reply,
    expected: type[GhostcrawlError],
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected) as caught:
        forge(on).list(None)

    assert TOKEN not in str(caught.value)
    assert len(on.server.asked) == 1


@pytest.mark.parametrize("forge", _WHOLE)
@pytest.mark.parametrize(("reply", "expected"), _NEVER)
def test_what_will_not_work_ends_the_list_of_all(
    stage: Callable[[Script], Stage],
    forge: Callable[[Stage], Lister],
    reply: Reply,
    expected: type[GhostcrawlError],
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected) as caught:
        forge(on).list(None)

    assert TOKEN not in str(caught.value)
    assert len(on.server.asked) == 1


@pytest.mark.parametrize("reply", [reply for reply, _ in _NEVER])
@pytest.mark.parametrize(
    ("forge", "cursor", "following"), [(_gitee, "a|users:1", "b"), (_sourcehut, "~a|x", "~b")]
)
def test_what_will_not_work_skips_one_owner(
    stage: Callable[[Script], Stage],
    reply: Reply,
    forge: Callable[[Stage], Lister],
    cursor: str,
    following: str,
) -> None:
    on = stage(lambda _: reply)

    page = forge(on).list(cursor)

    assert (page.repositories, page.next_cursor) == ((), following)
    assert [s.context for s in page.skipped] == [cursor]
    assert TOKEN not in page.skipped[0].reason
    assert len(on.server.asked) == 1


@pytest.mark.parametrize("forge", [*_WHOLE, *_BY_OWNER])
@pytest.mark.parametrize(
    ("told", "seconds"), [("9", 9.0), ("999999999999", _DAY), ("-5", 1.0), ("soon", 60.0)]
)
def test_an_absurd_wait_is_clamped(
    stage: Callable[[Script], Stage],
    forge: Callable[[Stage], Lister],
    told: str,
    seconds: float,
) -> None:
    on = stage(lambda _: json_reply({}, status=429, retry_after=told))

    with pytest.raises(Defer) as caught:
        forge(on).list(None)

    assert caught.value.seconds == seconds
    assert [bucket.resource for bucket in on.budget.spent] == ["api"]


@pytest.mark.parametrize("forge", [*_WHOLE, *_BY_OWNER])
@pytest.mark.parametrize(
    "cursor",
    ["-1", "1&per_page=9", "", "1\n", "\u0661", "9" * 400, "a|3", "a|orgs:0", "a|teams:1", "~a|",
     "~a|b c", "../a|orgs:1", "2026-02-30T00:00:00.000000Z", "2026-05-01T00:00:00Z", "+0"],
)  # fmt: skip
def test_a_cursor_that_is_no_place_is_refused_before_anything_is_asked(
    stage: Callable[[Script], Stage], forge: Callable[[Stage], Lister], cursor: str
) -> None:
    on = stage(lambda _: json_reply([]))

    with pytest.raises(Refused):
        forge(on).list(cursor)

    assert on.server.asked == []


@pytest.mark.parametrize(
    ("forge", "value"),
    [(_pagure, f"token {TOKEN}"), (_gitee, f"Bearer {TOKEN}"), (_sourcehut, f"Bearer {TOKEN}")],
)
def test_the_token_is_in_one_header_and_nowhere_else(
    stage: Callable[[Script], Stage], forge: Callable[[Stage], Lister], value: str
) -> None:
    on = stage(lambda _: json_reply({}, status=401))
    host = forge(on)

    with pytest.raises(Private):
        host.list(None)

    (asked,) = on.server.asked
    others = {name: text for name, text in asked.headers.items() if name != "authorization"}
    assert asked.headers["authorization"] == value
    assert TOKEN not in repr((others, asked.path, asked.query, asked.body, host))


def test_launchpad_is_asked_as_anyone(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: json_reply({"entries": []}))

    _launchpad(on).list(None)

    assert TOKEN not in repr(on.server.asked)
