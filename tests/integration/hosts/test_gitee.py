"""The repositories of the owners of a Gitee: organisations and users, one after the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.errors import Defer, Private
from crawler.hosts.gitee import Gitee
from crawler.hosts.interface import ListPage
from tests.servers.api import Reply, json_reply
from tests.servers.forges import settings_on
from tests.servers.gitee_repositories import GiteeRepositories, repository
from tests.servers.stage import Script, Stage


def _host(on: Stage, *owners: str) -> Gitee:
    return Gitee(settings_on(on, "https://gitee.example", owners=owners), on.http)


def _to_the_end(host: Gitee, cursor: str | None = None, most: int = 50) -> list[ListPage]:
    pages = [host.list(cursor)]
    while (following := pages[-1].next_cursor) is not None and len(pages) < most:
        pages.append(host.list(following))
    return pages


def _paths(pages: list[ListPage]) -> list[str]:
    return [r.path for page in pages for r in page.repositories]


def test_a_repository_is_read_and_its_clone_url_is_ours(stage: Callable[[Script], Stage]) -> None:
    parent = repository(1, "up/app")
    entry = repository(7, "o/app", default_branch="dev", fork=True, parent=parent)
    on = stage(lambda _: json_reply([entry]))

    page = _host(on, "o").list(None)

    (found,) = page.repositories
    assert found.clone_url == "https://gitee.example/o/app.git"
    assert (found.native_id, found.default_branch, found.fork_of) == ("7", "dev", "up/app")
    assert found.pushed_at == "2026-05-01T00:00:00+08:00"
    assert on.server.asked[0].path == "/api/v5/orgs/o/repos"
    assert on.server.asked[0].query == {"type": "public", "per_page": "100", "page": "1"}


@pytest.mark.parametrize("counts", [True, False])
def test_owners_are_walked_one_after_the_other(
    stage: Callable[[Script], Stage],
    counts: bool,  # noqa: FBT001
) -> None:
    world = GiteeRepositories(most=2, counts=counts)
    world.orgs["team"] = ["team/a", "team/b", "team/c"]
    world.users["me"] = ["me/x", "me/y", "me/z"]
    on = stage(world)

    pages = _to_the_end(_host(on, "team", "me"))

    assert _paths(pages) == ["me/x", "me/y", "me/z", "team/a", "team/b", "team/c"]
    assert [s for page in pages for s in page.skipped] == []
    assert pages[0].next_cursor == "me|users:1"
    assert on.server.asked[1].query == {
        "type": "all", "sort": "created", "direction": "asc", "per_page": "100", "page": "1",
    }  # fmt: skip


def test_a_user_who_is_an_empty_organisation_to_the_host_is_asked_for_as_a_user(
    stage: Callable[[Script], Stage],
) -> None:
    world = GiteeRepositories(orgs={"me": []}, users={"me": ["me/x"]})

    assert _paths(_to_the_end(_host(stage(world), "me"))) == ["me/x"]


def test_an_owner_who_is_gone_is_said_and_the_next_one_is_listed(
    stage: Callable[[Script], Stage],
) -> None:
    world = GiteeRepositories(orgs={"team": ["team/a"]})
    on = stage(world)

    pages = _to_the_end(_host(on, "gone", "team"))

    assert _paths(pages) == ["team/a"]
    said = [s for page in pages for s in page.skipped]
    assert [s.context for s in said] == ["gone|users:1"]
    assert "404" in said[0].reason
    assert len(on.server.asked) == 3


def test_a_repository_that_vanishes_meanwhile_hides_no_other(
    stage: Callable[[Script], Stage],
) -> None:
    world = GiteeRepositories(most=2, orgs={"o": ["o/a", "o/b", "o/c", "o/d"]})
    host = _host(stage(world), "o")

    first = host.list(None)
    world.orgs["o"].remove("o/a")
    rest = _to_the_end(host, first.next_cursor)

    assert first.next_cursor == "o|orgs:2/4"
    assert [page.next_cursor for page in rest] == ["o|orgs:1/3/1", "o|orgs:2/3/1", None]
    assert _paths([first, *rest]) == ["o/a", "o/b", "o/d", "o/b", "o/c", "o/d"]
    assert [page.skipped for page in rest] == [(), (), ()]


def test_a_spent_quota_that_names_no_time_is_a_minute(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: json_reply({"message": "API Rate Limit Exceeded"}, status=403))

    with pytest.raises(Defer) as caught:
        _host(on, "o").list(None)

    assert caught.value.seconds == 60.0


def test_a_refusal_of_our_token_ends_the_list(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: json_reply({"message": "401 Unauthorized"}, status=401))

    with pytest.raises(Private):
        _host(on, "a", "b").list(None)


def test_an_answer_that_is_no_list_skips_its_owner_only(stage: Callable[[Script], Stage]) -> None:
    good = json_reply([repository(1, "b/x")])
    on = stage(lambda asked: good if "/b/" in asked.path else Reply(body=b'{"message": "no"}'))

    pages = _to_the_end(_host(on, "a", "b"), most=3)

    assert [s.context for s in pages[0].skipped] == ["a"]
    assert _paths(pages[:2]) == ["b/x"]


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    bad = [
        repository(1, "../evil"),
        repository(2, "o/a", private=True),
        repository(3, "o/b", internal=True),
        repository(4, "o/c", id="4"),
        5,
    ]
    on = stage(lambda _: json_reply([*bad, repository(6, "o/good")]))

    page = _host(on, "o").list(None)

    assert [r.path for r in page.repositories] == ["o/good"]
    assert [s.context for s in page.skipped] == [f"o, orgs, page 1, entry {n}" for n in range(5)]
