"""The list of a Pagure: pages by number over projects that come and go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.hosts.interface import ListPage
from crawler.hosts.pagure import Pagure
from tests.servers.api import json_reply
from tests.servers.forges import settings_on
from tests.servers.pagure_projects import PagureProjects, project
from tests.servers.stage import Script, Stage


def _host(on: Stage) -> Pagure:
    return Pagure(settings_on(on, "https://pagure.example"), on.http)


def _to_the_end(host: Pagure, cursor: str | None = None, most: int = 50) -> list[ListPage]:
    pages = [host.list(cursor)]
    while (following := pages[-1].next_cursor) is not None and len(pages) < most:
        pages.append(host.list(following))
    return pages


def _paths(pages: list[ListPage]) -> list[str]:
    return [r.path for page in pages for r in page.repositories]


def test_projects_and_forks_are_read_and_the_clone_urls_are_ours(
    stage: Callable[[Script], Stage],
) -> None:
    projects = PagureProjects()
    projects.add(1, "alone")
    projects.add(2, "rpms/lib++", date_modified=None)
    projects.add(3, "forks/me/rpms/zlib", parent=project(4, "rpms/zlib"))
    on = stage(projects)

    page = _host(on).list(None)

    assert [(r.path, r.clone_url) for r in page.repositories] == [
        ("alone", "https://pagure.example/alone.git"),
        ("rpms/lib++", "https://pagure.example/rpms/lib++.git"),
        ("fork/me/rpms/zlib", "https://pagure.example/forks/me/rpms/zlib.git"),
    ]
    assert [r.native_id for r in page.repositories] == ["1", "2", "3"]
    assert [r.fork_of for r in page.repositories] == [None, None, "rpms/zlib"]
    assert page.repositories[0].created_at == "2017-06-30T16:48:09Z"
    assert [r.pushed_at for r in page.repositories[:2]] == ["2017-07-11T17:48:30Z", None]
    assert (page.next_cursor, page.skipped) == (None, ())
    assert on.server.asked[0].query == {"per_page": "100", "page": "1"}


def test_the_list_is_walked_page_by_page(stage: Callable[[Script], Stage]) -> None:
    projects = PagureProjects(most=2)
    for number in range(5):
        projects.add(number, f"p{number}")

    pages = _to_the_end(_host(stage(projects)))

    assert [page.next_cursor for page in pages] == ["2/5", "3/5", None]
    assert _paths(pages) == ["p0", "p1", "p2", "p3", "p4"]


def test_a_project_that_vanishes_meanwhile_hides_no_other(
    stage: Callable[[Script], Stage],
) -> None:
    projects = PagureProjects(most=2)
    for number in range(5):
        projects.add(number, f"p{number}")
    host = _host(stage(projects))

    first = host.list(None)
    projects.remove("p0")
    rest = _to_the_end(host, first.next_cursor)

    assert [page.next_cursor for page in rest] == ["1/4/1", "2/4/1", None]
    assert _paths([first, *rest]) == ["p0", "p1", "p3", "p4", "p1", "p2", "p3", "p4"]
    assert [page.skipped for page in rest] == [(), (), ()]


def test_a_project_that_slips_off_the_last_page_is_found_again(
    stage: Callable[[Script], Stage],
) -> None:
    projects = PagureProjects(most=2)
    for number in range(5):
        projects.add(number, f"p{number}")
    host = _host(stage(projects))

    host.list("2/5")
    projects.remove("p0")
    pages = _to_the_end(host, "3/5")

    assert [page.next_cursor for page in pages] == ["2/4/1", None]
    assert _paths(pages) == ["p3", "p4"]


def test_a_list_that_never_stops_shrinking_is_said_to_hide_others(
    stage: Callable[[Script], Stage],
) -> None:
    projects = PagureProjects(most=2)
    for number in range(5):
        projects.add(number, f"p{number}")

    page = _host(stage(projects)).list("2/6/9")

    assert page.next_cursor == "3/5/9"
    assert [s.context for s in page.skipped] == ["page 2"]


def test_a_project_that_comes_meanwhile_hides_no_other(stage: Callable[[Script], Stage]) -> None:
    projects = PagureProjects(most=2)
    for number in range(4):
        projects.add(number, f"p{number}")
    host = _host(stage(projects))

    first = host.list(None)
    projects.add(9, "a-new-one")
    rest = _to_the_end(host, first.next_cursor)

    assert _paths([first, *rest]) == ["p0", "p1", "p1", "p2", "p3"]
    assert [page.skipped for page in rest] == [(), ()]


@pytest.mark.parametrize(
    ("following", "reason"),
    [
        ("https://evil.example/api/0/projects?page=2", "another host"),
        ("https://pagure.example.evil.example/api/0/projects?page=2", "another host"),
        ("https://pagure.example@evil.example/api/0/projects?page=2", "another host"),
        ("https://pagure.example/api/0/projects?page=1", "expected page 2"),
        ("https://pagure.example/api/0/projects?page=3", "expected page 2"),
        ("https://pagure.example/api/0/projects?page=2&page=9", "expected page 2"),
        ("https://pagure.example/api/0/projects", "expected page 2"),
        ("https://[", "invalid address"),
        ("https://pagure.example/?" + "a=1&" * 30, "invalid address"),
        (7, "expected str"),
    ],
)
def test_a_next_page_elsewhere_is_not_asked_for_and_said(
    stage: Callable[[Script], Stage], following: object, reason: str
) -> None:
    answer = {"total_projects": 1, "projects": [project(1, "a")], "pagination": {"next": following}}
    on = stage(lambda _: json_reply(answer))

    page = _host(on).list(None)

    assert (_paths([page]), page.next_cursor) == (["a"], None)
    (said,) = page.skipped
    assert said.context == "all behind page 1"
    assert reason in said.reason


def test_a_host_that_names_its_pages_by_plain_http_is_still_the_same_host(
    stage: Callable[[Script], Stage],
) -> None:
    projects = PagureProjects(most=1, host="http://pagure.example")
    projects.add(1, "a")
    projects.add(2, "b")

    assert _paths(_to_the_end(_host(stage(projects)))) == ["a", "b"]


def test_an_old_pagure_answers_with_everything_at_once(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: json_reply({"total_projects": 1, "projects": [project(1, "a")]}))

    page = _host(on).list(None)

    assert (_paths([page]), page.next_cursor, page.skipped) == (["a"], None, ())


def test_an_empty_page_ends_a_list_that_promises_more_forever(
    stage: Callable[[Script], Stage],
) -> None:
    more = {"next": "https://pagure.example/api/0/projects?page=2"}
    on = stage(lambda _: json_reply({"projects": [], "pagination": more}))

    page = _host(on).list(None)

    assert (page.next_cursor, page.skipped) == (None, ())


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    bad = [
        project(1, "../evil"),
        project(2, "a", private=True),
        project(3, "b", id="3"),
        project(4, "c", parent="d"),
        "text",
    ]
    answer = {"total_projects": 6, "projects": [*bad, project(6, "good", date_created="soon")]}
    on = stage(lambda _: json_reply(answer))

    page = _host(on).list(None)

    assert [(r.path, r.created_at) for r in page.repositories] == [("good", None)]
    assert [s.context for s in page.skipped] == [f"page 1, entry {n}" for n in range(5)]
