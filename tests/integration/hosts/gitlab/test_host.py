"""The list of a GitLab: keyset pages over projects that come, go and fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.errors import Malformed, Retry
from crawler.hosts.gitlab.host import GitLab
from crawler.hosts.interface import ListPage
from tests.servers.api import json_reply
from tests.servers.forges import settings_on
from tests.servers.gitlab_projects import GitLabProjects, project
from tests.servers.stage import Script, Stage


def _host(on: Stage) -> GitLab:
    return GitLab(settings_on(on, "https://gitlab.example"), on.http)


def _to_the_end(host: GitLab, cursor: str | None = None, most: int = 50) -> list[ListPage]:
    pages = [host.list(cursor)]
    while (following := pages[-1].next_cursor) is not None and len(pages) < most:
        pages.append(host.list(following))
    return pages


def _paths(pages: list[ListPage]) -> list[str]:
    return [r.path for page in pages for r in page.repositories]


def test_a_project_is_read_and_its_clone_url_is_ours(stage: Callable[[Script], Stage]) -> None:
    projects = GitLabProjects()
    projects.add(
        7, "group/sub/app", default_branch="trunk", archived=True, description="d",
        forked_from_project={"id": 1, "path_with_namespace": "up/app"},
    )  # fmt: skip
    on = stage(projects)

    page = _host(on).list(None)

    (repository,) = page.repositories
    assert repository.clone_url == "https://gitlab.example/group/sub/app.git"
    assert (repository.native_id, repository.default_branch) == ("7", "trunk")
    assert (repository.archived, repository.fork_of) == (True, "up/app")
    assert repository.pushed_at == "2026-05-01T00:00:00.000Z"
    assert (page.next_cursor, page.skipped) == ("7", ())
    assert on.server.asked[0].query == {
        "pagination": "keyset", "order_by": "id", "sort": "asc", "simple": "true",
        "visibility": "public", "per_page": "100", "id_after": "0",
    }  # fmt: skip


def test_only_an_empty_page_is_the_end(stage: Callable[[Script], Stage]) -> None:
    projects = GitLabProjects()
    for number in range(1, 251):
        projects.add(number, f"o/p{number}")
    on = stage(projects)

    pages = _to_the_end(_host(on))

    assert [page.next_cursor for page in pages] == ["100", "200", "250", None]
    assert len(set(_paths(pages))) == 250


def test_projects_that_come_and_go_meanwhile_hide_no_others(
    stage: Callable[[Script], Stage],
) -> None:
    projects = GitLabProjects()
    for number in range(1, 151):
        projects.add(number, f"o/p{number}")
    host = _host(stage(projects))

    first = host.list(None)
    for number in range(40, 60):
        del projects.projects[number]
    projects.add(120, "o/renamed")
    projects.add(900, "o/new")
    rest = _to_the_end(host, first.next_cursor)

    assert first.next_cursor == "100"
    assert _paths(rest) == [
        *(f"o/p{n}" for n in range(101, 120)),
        "o/renamed",
        *(f"o/p{n}" for n in range(121, 151)),
        "o/new",
    ]


def test_a_project_that_breaks_its_page_costs_no_more_than_a_hundred_ids(
    stage: Callable[[Script], Stage],
) -> None:
    projects = GitLabProjects(broken={250})
    for number in (10, 110, 210, 260, 310, 900):
        projects.add(number, f"o/p{number}")

    pages = _to_the_end(_host(stage(projects)))

    assert _paths(pages) == ["o/p10", "o/p110", "o/p310", "o/p900"]
    assert [(s.context, s.reason) for page in pages for s in page.skipped] == [
        ("projects 201 to 300", "the host answered 500, also to a narrow page")
    ]


def test_a_page_that_failed_once_loses_nothing(stage: Callable[[Script], Stage]) -> None:
    projects = GitLabProjects(broken={5})
    projects.add(4, "o/a")
    host = _host(stage(projects))

    failed = host.list(None)
    projects.broken.clear()
    pages = _to_the_end(host, failed.next_cursor)

    assert (failed.repositories, failed.skipped, failed.next_cursor) == ((), (), "0/0")
    assert _paths(pages) == ["o/a"]
    assert [page.skipped for page in pages] == [(), ()]


def test_a_host_that_answers_500_to_everything_is_not_walked_to_the_end_of_numbers(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: json_reply({}, status=500))
    host = _host(on)

    pages = _to_the_end(host, most=5)
    with pytest.raises(Retry, match="ask again later"):
        host.list(pages[-1].next_cursor)

    assert [page.next_cursor for page in pages] == ["0/0", "100/1", "200/2", "300/3", "400/4"]
    assert [len(page.skipped) for page in pages] == [0, 1, 1, 1, 1]


def test_the_second_list_holds_what_was_active_since(stage: Callable[[Script], Stage]) -> None:
    projects = GitLabProjects()
    projects.add(1, "o/old", last_activity_at="2026-05-31T10:59:59.000Z")
    projects.add(2, "o/late", last_activity_at="2026-05-31T11:30:00.000Z")
    projects.add(3, "o/new", last_activity_at="2026-06-01T00:00:00.000Z")
    on = stage(projects)
    host = _host(on)

    pages = _to_the_end(host, host.since(datetime(2026, 5, 31, 12, tzinfo=UTC)))

    assert _paths(pages) == ["o/late", "o/new"]
    assert [page.next_cursor for page in pages] == ["3@2026-05-31T11:00:00Z", None]
    assert [a.query["last_activity_after"] for a in on.server.asked] == ["2026-05-31T11:00:00Z"] * 2


def test_the_second_list_goes_on_behind_a_page_that_fails(stage: Callable[[Script], Stage]) -> None:
    projects = GitLabProjects(broken={5})
    projects.add(150, "o/new")
    host = _host(stage(projects))

    pages = _to_the_end(host, "0@2026-01-01T00:00:00Z")

    assert [page.next_cursor for page in pages] == [
        "0/0@2026-01-01T00:00:00Z",
        "100/1@2026-01-01T00:00:00Z",
        "200@2026-01-01T00:00:00Z",
        None,
    ]
    assert _paths(pages) == ["o/new"]


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    bad = [
        project(1, "../evil"), project(2, "o/b", visibility="internal"), "text", {"id": 4},
        project(5, "o/e") | {"id": "5"}, project(6, "o/f", archived="yes"),
    ]  # fmt: skip
    on = stage(lambda _: json_reply([*bad, project(7, "o/g")]))

    page = _host(on).list("0")

    assert [r.path for r in page.repositories] == ["o/g"]
    assert [s.context for s in page.skipped] == [f"projects after 0, entry {n}" for n in range(6)]
    assert page.next_cursor == "7"


@pytest.mark.parametrize("number", [7, 6, True, "8", None, -1, 10**15, 1.5])
def test_a_page_without_a_new_id_does_not_send_the_list_in_circles(
    stage: Callable[[Script], Stage], number: object
) -> None:
    on = stage(lambda _: json_reply([project(0, "o/a") | {"id": number}]))

    with pytest.raises(Malformed, match="expected an id above"):
        _host(on).list("7")


def test_an_address_may_name_the_api_itself(stage: Callable[[Script], Stage]) -> None:
    on = stage(GitLabProjects())
    settings = settings_on(on, "https://gitlab.example", token=None)

    page = GitLab(replace(settings, api_url=f"{settings.api_url}/api/v4"), on.http).list(None)

    assert page == ListPage(repositories=(), next_cursor=None)
    assert on.server.asked[0].path == "/api/v4/projects"
    assert "private-token" not in on.server.asked[0].headers
