"""The list of a Gerrit that changes and misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from crawler.errors import Defer, GhostcrawlError, Malformed, Private, Refused, Retry
from crawler.hosts.gerrit import Gerrit
from crawler.hosts.interface import HostKind, HostSettings, Lister, ListPage
from crawler.model import LineSpan
from tests.servers.api import Reply, json_reply
from tests.servers.gerrit_projects import GerritProjects, gerrit_reply
from tests.servers.stage import TOKEN, Script, Stage

_COMMIT = "c" * 40


def _gerrit(on: Stage) -> Gerrit:
    settings = HostSettings(
        name="review.example",
        kind=HostKind.GIT,
        web_url=on.server.base_url,
        token=TOKEN,
        trusted=True,
    )
    return Gerrit(settings, on.http)


def _pages(host: Lister) -> Iterator[ListPage]:
    page = host.list(None)
    yield page
    while page.next_cursor is not None:
        page = host.list(page.next_cursor)
        yield page


def _active(count: int) -> dict[str, str]:
    return {f"platform/p{number:03}": "ACTIVE" for number in range(count)}


def test_a_project_is_read_from_the_list_behind_its_prefix(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(GerritProjects(states={"external/bison": "ACTIVE", "test": "ACTIVE"}))

    page = _gerrit(on).list(None)

    base = on.server.base_url
    assert [(r.path, r.clone_url, r.description) for r in page.repositories] == [
        ("external/bison", f"{base}/external/bison", "About external/bison"),
        ("test", f"{base}/test", "About test"),
    ]
    assert on.server.asked[0].query == {"type": "CODE", "n": "100", "S": "0"}
    assert "authorization" not in on.server.asked[0].headers


def test_only_active_projects_are_listed_and_the_others_are_said(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(GerritProjects(states={"a": "READ_ONLY", "b": "ACTIVE", "c": "HIDDEN"}))

    page = _gerrit(on).list(None)

    assert [r.path for r in page.repositories] == ["b"]
    assert [s.context for s in page.skipped] == ["project 'a'"]


@pytest.mark.parametrize(
    ("count", "most"), [(0, 500), (99, 500), (100, 500), (101, 500), (250, 500), (250, 30)]
)
def test_every_project_is_listed_once_whatever_the_size_of_a_page(
    stage: Callable[[Script], Stage], count: int, most: int
) -> None:
    states = _active(count)
    on = stage(GerritProjects(states=states, most=most))

    pages = list(_pages(_gerrit(on)))

    assert [r.path for page in pages for r in page.repositories] == sorted(states)
    assert [page.skipped for page in pages if page.skipped] == []


def test_projects_that_vanish_and_appear_meanwhile_hide_no_other(
    stage: Callable[[Script], Stage],
) -> None:
    server = GerritProjects(states=_active(150))
    host = _gerrit(stage(server))

    first = host.list(None)
    for number in range(4):
        del server.states[f"platform/p{number:03}"]
    second = host.list(first.next_cursor)
    server.states |= {f"a{number}": "ACTIVE" for number in range(60)}
    third = host.list(second.next_cursor)

    assert first.repositories[-1].path == "platform/p099"
    assert [r.path for r in second.repositories] == [f"platform/p{n:03}" for n in range(100, 150)]
    assert second.skipped == ()
    assert third.skipped == ()
    assert third.next_cursor is None


def test_a_list_that_shrinks_by_much_says_what_may_be_lost(
    stage: Callable[[Script], Stage],
) -> None:
    server = GerritProjects(states=_active(250))
    host = _gerrit(stage(server))

    first = host.list(None)
    for number in range(50):
        del server.states[f"platform/p{number:03}"]
    second = host.list(first.next_cursor)

    assert second.repositories[0].path == "platform/p145"
    assert [s.context for s in second.skipped] == ["entries before 96"]


def test_a_server_that_repeats_its_first_page_forever_is_left(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: gerrit_reply({"a": {"id": "a"}, "b": {"id": "b"}}))

    pages = list(_pages(_gerrit(on)))

    assert [[r.path for r in page.repositories] for page in pages] == [["a", "b"], []]


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    bad = {"../evil": {}, "": {}, "a\n": {}, "-x": {}, "n": None, "t": "text", "s": {"state": 1}}
    on = stage(lambda _: gerrit_reply(bad | {"old": {"id": "old"}}))

    page = _gerrit(on).list(None)

    assert [r.path for r in page.repositories] == ["old"]
    assert [s.context for s in page.skipped] == [f"project {name!r}" for name in bad]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({}, status=429, retry_after="9"), Defer),
        (json_reply({}, status=502), Retry),
        (Reply(body=b"<html>"), Retry),
        (Reply(body=b')]}\'\n{"a": {'), Retry),
        (Reply(body=b")]}'\n[]"), Malformed),
        (Reply(body=b")]}'\n" + b'{"a":' * 100_000), Malformed),
        (Reply(status=400, body=b'"-S" is not a valid option'), Malformed),
        (json_reply({}, status=401), Private),
        (json_reply({}, status=302, location="https://evil.example/"), Refused),
    ],
)
def test_a_fault_is_a_typed_error(
    stage: Callable[[Script], Stage], reply: Reply, expected: type[GhostcrawlError]
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected):
        _gerrit(on).list(None)

    assert len(on.server.asked) == 1


def test_a_line_is_linked_to_in_the_gitiles_plug_in_or_in_a_gitiles_of_its_own(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(GerritProjects())
    plugin = _gerrit(on)
    own = Gerrit(
        HostSettings(
            name="source.example",
            kind=HostKind.GIT,
            web_url="https://source.example",
            api_url="https://review.example",
        ),
        on.http,
    )
    where = (_COMMIT, "sub dir/uv.lock", LineSpan(first=3, last=5))

    links = [host.permalink(host.repository("a/b"), *where) for host in (plugin, own)]

    assert links == [
        f"{on.server.base_url}/plugins/gitiles/a/b/+/{_COMMIT}/sub%20dir/uv.lock#3",
        f"https://source.example/a/b/+/{_COMMIT}/sub%20dir/uv.lock#3",
    ]
