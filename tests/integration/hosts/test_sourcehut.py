"""The repositories of the owners of a git.sr.ht, asked for in GraphQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.errors import Private
from crawler.hosts.interface import ListPage
from crawler.hosts.sourcehut import SourceHut
from tests.servers.api import json_reply, variables_of
from tests.servers.forges import settings_on
from tests.servers.sourcehut_repositories import SourceHutRepositories
from tests.servers.stage import TOKEN, Script, Stage


def _host(on: Stage, *owners: str, token: str | None = TOKEN) -> SourceHut:
    settings = settings_on(on, "https://git.sourcehut.example", token=token)
    url = f"{on.server.base_url}/query"
    return SourceHut(replace(settings, graphql_url=url, owners=owners), on.http)


def _to_the_end(host: SourceHut, cursor: str | None = None, most: int = 50) -> list[ListPage]:
    pages = [host.list(cursor)]
    while (following := pages[-1].next_cursor) is not None and len(pages) < most:
        pages.append(host.list(following))
    return pages


def _paths(pages: list[ListPage]) -> list[str]:
    return [r.path for page in pages for r in page.repositories]


def _answer(*results: object, cursor: object = None, **more: object) -> dict[str, object]:
    found = {"results": results, "cursor": cursor}
    return {"data": {"user": {"repositories": found}}} | more


def _entry(name: str, **more: object) -> dict[str, object]:
    return {"id": 1, "name": name, "visibility": "PUBLIC"} | more


def test_a_repository_is_read_and_its_clone_url_is_ours(stage: Callable[[Script], Stage]) -> None:
    world = SourceHutRepositories(token=TOKEN)
    world.add("me", "app", description="an app")
    on = stage(world)

    page = _host(on, "~me").list(None)

    (found,) = page.repositories
    assert (found.path, found.native_id) == ("~me/app", "1")
    assert found.clone_url == "https://git.sourcehut.example/~me/app"
    assert found.created_at == "2026-01-02T03:04:05.678901Z"
    assert (found.pushed_at, found.description) == ("2026-05-01T00:00:00Z", "an app")
    assert (page.next_cursor, page.skipped) == (None, ())
    assert variables_of(on.server.asked[0]) == {"username": "me", "cursor": None}


def test_owners_are_walked_one_after_the_other(stage: Callable[[Script], Stage]) -> None:
    world = SourceHutRepositories(token=TOKEN, size=2)
    for name in ("a", "b", "c"):
        world.add("zoe", name)
    world.add("ann", "x")

    pages = _to_the_end(_host(stage(world), "zoe", "~ann", "~zoe"))

    assert _paths(pages) == ["~ann/x", "~zoe/c", "~zoe/b", "~zoe/a"]
    assert [page.next_cursor for page in pages] == ["~zoe", "~zoe|gAAAA_2", None]


def test_an_owner_who_is_gone_is_said_and_the_next_one_is_listed(
    stage: Callable[[Script], Stage],
) -> None:
    world = SourceHutRepositories(token=TOKEN)
    world.add("zoe", "a")

    pages = _to_the_end(_host(stage(world), "~gone", "~zoe"))

    assert _paths(pages) == ["~zoe/a"]
    assert [s.context for page in pages for s in page.skipped] == ["~gone"]
    assert pages[0].skipped[0].reason.endswith("user ~gone not found")


def test_without_a_token_the_list_ends(stage: Callable[[Script], Stage]) -> None:
    on = stage(SourceHutRepositories(token=TOKEN))

    with pytest.raises(Private):
        _host(on, "~a", "~b", token=None).list(None)


def test_an_error_of_the_host_skips_its_owner_only_and_is_said(
    stage: Callable[[Script], Stage],
) -> None:
    broken = {"data": None, "errors": [{"message": "internal\x1b system error"}]}
    on = stage(lambda _: json_reply(broken))

    page = _host(on, "~a", "~b").list(None)

    (said,) = page.skipped
    assert (said.context, page.next_cursor) == ("~a", "~b")
    assert said.reason.endswith("the host says: internal  system error")


def test_what_came_in_spite_of_an_error_is_listed_and_the_error_said(
    stage: Callable[[Script], Stage],
) -> None:
    errors = [{"message": "internal system error"}, "text", {}]
    on = stage(lambda _: json_reply(_answer(_entry("a"), None, errors=errors)))

    page = _host(on, "~me").list(None)

    assert _paths([page]) == ["~me/a"]
    assert [(s.context, s.reason) for s in page.skipped] == [
        ("~me, entry 1", "expected an object"),
        ("~me", "the host says: internal system error"),
        ("~me", "the host says: unnamed error"),
        ("~me", "the host says: unnamed error"),
    ]


@pytest.mark.parametrize("cursor", ["same", "", "a b", "x" * 501, "a\n", 7, ["a"]])
def test_a_next_page_that_leads_nowhere_is_not_asked_for_and_said(
    stage: Callable[[Script], Stage], cursor: object
) -> None:
    on = stage(lambda _: json_reply(_answer(_entry("a"), cursor=cursor)))

    page = _host(on, "~me").list("~me|same")

    assert (_paths([page]), page.next_cursor) == (["~me/a"], None)
    assert [s.context for s in page.skipped] == ["the rest of ~me"]


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    bad = [
        _entry("../evil"),
        _entry("a", visibility="UNLISTED"),
        _entry("b", visibility="PRIVATE"),
        _entry("c", id="1"),
        _entry("d.git"),
    ]
    on = stage(lambda _: json_reply(_answer(*bad, _entry("good"))))

    page = _host(on, "~me").list(None)

    assert _paths([page]) == ["~me/good"]
    assert [s.context for s in page.skipped] == [f"~me, entry {n}" for n in range(5)]
