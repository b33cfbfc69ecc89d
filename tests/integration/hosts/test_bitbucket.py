"""The list of Bitbucket Cloud: pages by time of creation, and addresses that lead elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.hosts.bitbucket import Bitbucket
from crawler.hosts.interface import ListPage
from tests.servers.api import Asked, Reply, json_reply
from tests.servers.bitbucket_repositories import BitbucketRepositories, repository
from tests.servers.forges import settings_on
from tests.servers.stage import Script, Stage


def _host(on: Stage) -> Bitbucket:
    return Bitbucket(settings_on(on, "https://bitbucket.example"), on.http)


def _created(day: int) -> str:
    return f"2026-01-{day:02}T12:00:00.123456+00:00"


def _world(stage: Callable[[Script], Stage], *days: int) -> tuple[Stage, BitbucketRepositories]:
    world = BitbucketRepositories(repositories=[repository(f"o/r{d}", _created(d)) for d in days])
    on = stage(world)
    world.base_url = on.server.base_url
    return on, world


def _paths(pages: list[ListPage]) -> list[str]:
    return [r.path for page in pages for r in page.repositories]


def test_a_repository_is_read_and_its_clone_url_is_ours(stage: Callable[[Script], Stage]) -> None:
    on, world = _world(stage)
    world.repositories = [
        repository(
            "team/app", _created(1), mainbranch={"type": "branch", "name": "trunk"},
            parent={"type": "repository", "full_name": "up/app"},
            links={"clone": [{"href": "https://evil.example/x.git", "name": "https"}]},
        )
    ]  # fmt: skip

    page = _host(on).list(None)

    (found,) = page.repositories
    assert found.clone_url == "https://bitbucket.example/team/app.git"
    assert (found.native_id, found.default_branch) == ("{team/app}", "trunk")
    assert (found.fork_of, found.created_at) == ("up/app", _created(1))
    assert (page.next_cursor, page.skipped) == (None, ())
    assert on.server.asked[0].query["pagelen"] == "100"
    assert "links" not in on.server.asked[0].query["fields"]


def test_pages_go_on_at_the_time_that_the_host_names(stage: Callable[[Script], Stage]) -> None:
    on, _ = _world(stage, 1, 2, 3, 4, 5)
    host = _host(on)

    first = host.list(None)
    second = host.list(first.next_cursor)
    third = host.list(second.next_cursor)

    assert _paths([first, second, third]) == ["o/r1", "o/r2", "o/r3", "o/r4", "o/r5"]
    assert [a.query.get("after") for a in on.server.asked] == [None, _created(3), _created(5)]
    assert third.next_cursor is None


def test_repositories_that_come_and_go_meanwhile_hide_no_others(
    stage: Callable[[Script], Stage],
) -> None:
    on, world = _world(stage, 1, 2, 3, 4)
    host = _host(on)

    first = host.list(None)
    world.repositories = [repository(f"o/r{d}", _created(d)) for d in (2, 4, 9)]
    second = host.list(first.next_cursor)

    assert _paths([first, second]) == ["o/r1", "o/r2", "o/r4", "o/r9"]


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    bad = [
        repository("../evil", _created(1)),
        repository("o/b", _created(1), is_private=True),
        repository("o/c", _created(1), scm="hg\x1b[2J"),
        repository("o/d", _created(1), uuid=5),
        "text",
        {},
    ]
    on = stage(lambda _: json_reply({"values": [*bad, repository("o/g", _created(1))]}))

    page = _host(on).list(None)

    assert [r.path for r in page.repositories] == ["o/g"]
    assert [s.context for s in page.skipped] == [f"first page, entry {n}" for n in range(6)]
    assert page.skipped[2].reason == "kept in hg [2J, which is not read"


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/2.0/repositories?after=2026-02-01T00:00:00Z",
        "{base}.evil.example/2.0/repositories?after=2026-02-01T00:00:00Z",
        "{base}/2.0/user?after=2026-02-01T00:00:00Z",
        "{base}/2.0/repositories",
        "{base}/2.0/repositories?after=",
        "{base}/2.0/repositories?after=tomorrow",
        "{base}/2.0/repositories?after=2026-13-41T00:00:00Z",
        "{base}/2.0/repositories?after=2026-01-05T00:00:00Z",
        "{base}/2.0/repositories?after=2025-01-05T00:00:00Z",
        "{base}/2.0/repositories?" + "a=1&" * 30,
    ],
)
def test_a_next_page_that_leads_elsewhere_or_back_is_not_asked_for_and_said(
    stage: Callable[[Script], Stage], following: str
) -> None:
    on: Stage | None = None

    def answer(asked: Asked) -> Reply:
        assert on is not None
        entry = repository("o/a", _created(9))
        url = following.replace("{base}", on.server.base_url)
        return json_reply({"values": [entry], "next": url})

    on = stage(answer)

    page = _host(on).list("2026-01-05T00:00:00+00:00")

    assert _paths([page]) == ["o/a"]
    assert page.next_cursor is None
    (skipped,) = page.skipped
    assert skipped.context == "all behind the page after 2026-01-05T00:00:00+00:00"
    assert "next page not followed" in skipped.reason


def test_an_empty_list_has_no_next_page(stage: Callable[[Script], Stage]) -> None:
    on, _ = _world(stage)

    assert _host(on).list(None) == ListPage(repositories=(), next_cursor=None)


def test_an_address_may_name_the_api_itself(stage: Callable[[Script], Stage]) -> None:
    on, _ = _world(stage, 1, 2, 3)
    settings = settings_on(on, "https://bitbucket.example", token=None)

    page = Bitbucket(replace(settings, api_url=f"{settings.api_url}/2.0"), on.http).list(None)

    assert (page.next_cursor, page.skipped) == (_created(3), ())
    assert "authorization" not in on.server.asked[0].headers
