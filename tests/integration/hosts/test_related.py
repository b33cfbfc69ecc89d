"""What lies around a repository: its forks and its owner's others, as three forges tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.errors import (
    Defer,
    GhostcrawlError,
    Gone,
    Malformed,
    Private,
    Refused,
    Retry,
)
from crawler.hosts.forgejo import Forgejo
from crawler.hosts.github.host import GitHub
from crawler.hosts.gitlab.host import GitLab
from crawler.hosts.interface import HostKind, HostSettings, Lister, RelatedLister, Searcher
from crawler.hosts.registry import BUILDERS, LISTERS, RELATED_LISTERS, SEARCHERS
from crawler.net import NullBudget
from tests.servers.api import Asked, Reply, json_reply
from tests.servers.forges import settings_on
from tests.servers.gitlab_projects import project
from tests.servers.stage import TOKEN, Script, Stage

_Start = Callable[[Script], Stage]
_NEXT = '<https://elsewhere.example/?page=2>; rel="next", <https://elsewhere.example/>; rel="last"'


def _entry(path: str = "o/a", **more: object) -> dict[str, object]:
    return {"id": 5, "full_name": path, "clone_url": "https://evil.example/x.git"} | more


def _gitlab(on: Stage) -> GitLab:
    return GitLab(settings_on(on, "https://gitlab.example"), on.http)


def _all(on: Stage) -> tuple[GitHub, Forgejo, GitLab]:
    return on.github(), on.forgejo(), _gitlab(on)


def test_github_tells_forks_and_repositories_of_an_owner(stage: _Start) -> None:
    def answer(asked: Asked) -> Reply:
        path = "x/app" if asked.path.endswith("/forks") else "lure/other"
        return json_reply([_entry(path, pushed_at="2026-05-01T00:00:00Z", archived=True)])

    on = stage(answer)
    host = on.github()
    origin = host.repository("lure/app")

    forks, others = host.forks(origin, None), host.list_owner(origin, None)

    (fork,), (other,) = forks.repositories, others.repositories
    assert (fork.path, fork.fork_of, fork.native_id) == ("x/app", "lure/app", "5")
    assert fork.clone_url == "https://github.example/x/app.git"
    assert (other.path, other.fork_of, other.archived) == ("lure/other", None, True)
    assert [(a.path, dict(a.query)) for a in on.server.asked] == [
        ("/repos/lure/app/forks", {"sort": "newest", "per_page": "100", "page": "1"}),
        ("/users/lure/repos", {"sort": "pushed", "per_page": "100", "page": "1"}),
    ]
    assert {bucket.resource for bucket in on.budget.spent} == {"core"}


def test_forgejo_tells_forks_and_repositories_of_an_owner(stage: _Start) -> None:
    def answer(asked: Asked) -> Reply:
        path = "x/app" if asked.path.endswith("/forks") else "lure/other"
        return json_reply([_entry(path)], x_total_count="1")

    on = stage(answer)
    host = on.forgejo()
    origin = host.repository("lure/app")

    forks, others = host.forks(origin, None), host.list_owner(origin, None)

    assert [(r.path, r.fork_of) for r in forks.repositories] == [("x/app", "lure/app")]
    assert [(r.path, r.fork_of) for r in others.repositories] == [("lure/other", None)]
    assert forks.next_cursor is None
    assert [(a.path, dict(a.query)) for a in on.server.asked] == [
        ("/api/v1/repos/lure/app/forks", {"limit": "50", "page": "1"}),
        ("/api/v1/users/lure/repos", {"limit": "50", "page": "1"}),
    ]


def test_gitlab_tells_forks_and_projects_of_a_user(stage: _Start) -> None:
    def answer(asked: Asked) -> Reply:
        path = "x/app" if asked.path.endswith("/forks") else "lure/other"
        return json_reply([project(7, path)])

    on = stage(answer)
    host = _gitlab(on)
    origin = host.repository("lure/app")

    forks, others = host.forks(origin, None), host.list_owner(origin, None)

    assert [(r.path, r.fork_of) for r in forks.repositories] == [("x/app", "lure/app")]
    assert [r.clone_url for r in others.repositories] == ["https://gitlab.example/lure/other.git"]
    assert [a.path for a in on.server.asked] == [
        "/api/v4/projects/lure%2Fapp/forks",
        "/api/v4/users/lure/projects",
    ]
    assert on.server.asked[0].query == {
        "order_by": "created_at", "sort": "desc", "simple": "true", "visibility": "public",
        "per_page": "100", "page": "1",
    }  # fmt: skip


def test_gitlab_asks_for_a_group_where_there_is_no_such_user(stage: _Start) -> None:
    def answer(asked: Asked) -> Reply:
        if "/users/" in asked.path:
            return json_reply({"message": "404 User Not Found"}, status=404)
        return json_reply([project(7, "team/other")])

    on = stage(answer)
    host = _gitlab(on)

    top = host.list_owner(host.repository("team/app"), None)
    nested = host.list_owner(host.repository("team/sub/app"), None)

    assert [r.path for r in top.repositories] == ["team/other"]
    assert [r.path for r in nested.repositories] == ["team/other"]
    assert [a.path for a in on.server.asked] == [
        "/api/v4/users/team/projects",
        "/api/v4/groups/team/projects",
        "/api/v4/groups/team%2Fsub/projects",
    ]


def test_each_names_its_next_page_and_an_empty_one_is_the_last(stage: _Start) -> None:
    def answer(asked: Asked) -> Reply:
        found = [_entry() | project(5, "o/a")] if asked.query["page"] == "1" else []
        return json_reply(found, link=_NEXT, x_next_page="2")

    for host in _all(stage(answer)):
        first = host.forks(host.repository("lure/app"), None)
        second = host.forks(host.repository("lure/app"), first.next_cursor)

        assert (first.next_cursor, second.next_cursor) == ("2", None)


def test_bad_entries_are_said_and_the_rest_is_told(stage: _Start) -> None:
    hidden = _entry(private=True) | project(6, "o/b", visibility="private")
    hostile = _entry("../evil") | project(7, "../evil")
    unnumbered = _entry(id="5") | {"path_with_namespace": "o/c"}
    on = stage(
        lambda _: json_reply([hidden, hostile, unnumbered, "x", _entry() | project(5, "o/a")])
    )

    for host in _all(on):
        page = host.list_owner(host.repository("lure/app"), None)

        assert [r.path for r in page.repositories] == ["o/a"]
        assert [s.context for s in page.skipped] == [f"page 1, entry {n}" for n in range(4)]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({}, status=429, retry_after="9"), Defer),
        (json_reply({}, status=500), Retry),
        (Reply(body=b"<html>"), Retry),
        (json_reply({"message": "no list"}), Malformed),
        (json_reply({}, status=403), Private),
        (json_reply({}, status=404), Gone),
        (json_reply({}, status=301, location="https://evil.example/"), Refused),
    ],
)
def test_a_fault_is_a_typed_error_without_the_token(
    stage: _Start, reply: Reply, expected: type[GhostcrawlError]
) -> None:
    for host in _all(stage(lambda _: reply)):
        origin = host.repository("lure/app")

        for ask in (host.forks, host.list_owner):
            with pytest.raises(expected) as caught:
                ask(origin, None)
            assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("cursor", ["0", "-1", "x", "1&per_page=9", "", "1" * 99])
def test_a_cursor_that_is_no_page_is_refused(stage: _Start, cursor: str) -> None:
    on = stage(lambda _: json_reply([]))

    for host in _all(on):
        with pytest.raises(Refused):
            host.forks(host.repository("lure/app"), cursor)

    assert on.server.asked == []


def test_a_repository_of_a_hostile_name_is_never_asked_about(stage: _Start) -> None:
    on = stage(lambda _: json_reply([]))

    for host in _all(on):
        hostile = replace(host.repository("lure/app"), path="../../admin")
        with pytest.raises(Refused):
            host.forks(hostile, None)
        with pytest.raises(Refused):
            host.list_owner(hostile, None)

    assert on.server.asked == []


@pytest.mark.parametrize("kind", HostKind)
def test_the_tables_of_kinds_say_what_the_hosts_can_do(stage: _Start, kind: HostKind) -> None:
    on = stage(lambda _: json_reply([]))
    settings = HostSettings(
        name="h.example", kind=kind, web_url="https://h.example", api_url="https://api.h.example"
    )

    host = BUILDERS[kind](settings, on.http, NullBudget(), lambda: on.now)

    assert isinstance(host, RelatedLister) == (kind in RELATED_LISTERS)
    assert isinstance(host, Searcher) == (kind in SEARCHERS)
    assert isinstance(host, Lister) == (kind in LISTERS)
