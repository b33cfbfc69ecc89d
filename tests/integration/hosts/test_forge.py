"""A forge that nobody has written yet: what a new adapter gets from the base of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from crawler.errors import Gone, Refused
from crawler.hosts.answers import array
from crawler.hosts.cursors import PageCursor
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.interface import Lister, ListPage
from crawler.hosts.pages import links_next, list_page, numbered
from crawler.model import LineSpan
from tests.servers.api import json_reply
from tests.servers.forges import settings_on
from tests.servers.stage import TOKEN, Script, Stage

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.model import Repository


class _Thirteenth(Forge):
    """Host and Lister, with what differs and nothing else."""

    dialect = Dialect(
        page="{path}/at/{commit}/{file}",
        lines=fragment("#line-"),
        api_path="/rest",
        authorization=lambda token: f"Key {token}",
    )

    def list(self, cursor: str | None) -> ListPage:
        place = PageCursor.of(cursor)
        answer = self._get(f"/all?page={place.page}")
        nodes = array(answer.body, answer.url)
        following = place.following(None, len(nodes), further=links_next(answer))
        return list_page(
            numbered(f"page {place.page}", nodes), self._repository_of, following=following
        )

    def _repository_of(self, node: JsonObject) -> Repository:
        return self._described(node, node.text("full_name"))


def _host(on: Stage, *, token: str | None = TOKEN) -> _Thirteenth:
    return _Thirteenth(settings_on(on, "https://git.example", token=token), on.http)


def test_it_lists_page_by_page_and_says_what_it_cannot_read(
    stage: Callable[[Script], Stage],
) -> None:
    entry = {"full_name": "o/a", "id": 7, "default_branch": "dev", "archived": True}
    odd = {"full_name": "../evil", "id": 8}
    on = stage(lambda _: json_reply([entry, odd, 5], link='<https://evil.example>; rel="next"'))
    host = _host(on)

    page = host.list(None)
    host.list(page.next_cursor)

    (found,) = page.repositories
    assert (found.native_id, found.default_branch, found.archived) == ("7", "dev", True)
    assert found.clone_url == "https://git.example/o/a.git"
    assert [s.context for s in page.skipped] == ["page 1, entry 1", "page 1, entry 2"]
    assert [(a.path, a.query) for a in on.server.asked] == [
        ("/rest/all", {"page": "1"}),
        ("/rest/all", {"page": "2"}),
    ]
    paid = {(b.host, b.resource, b.identity) for b in on.budget.spent}
    assert (paid, len(on.budget.spent)) == ({("git.example", "api", "fingerprint")}, 2)
    assert isinstance(host, Lister)


@pytest.mark.parametrize(("token", "sent"), [(TOKEN, f"Key {TOKEN}"), (None, None)])
def test_its_token_goes_into_its_header(
    stage: Callable[[Script], Stage], token: str | None, sent: str | None
) -> None:
    on = stage(lambda _: json_reply([]))

    _host(on, token=token).list(None)

    assert on.server.asked[0].headers.get("authorization") == sent


def test_its_links_are_of_its_own_kind(stage: Callable[[Script], Stage]) -> None:
    host = _host(stage(lambda _: json_reply([])))

    link = host.permalink(
        host.repository("o/a"), "c" * 40, "{x}/uv.lock", LineSpan(first=3, last=5)
    )

    assert link == f"https://git.example/o/a/at/{'c' * 40}/%7Bx%7D/uv.lock#line-3"
    with pytest.raises(Refused, match="invalid repository path 'o': expected owner/name"):
        host.repository("o")


def test_the_path_of_its_api_may_be_configured_or_not(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: json_reply([]))
    settings = settings_on(on, "https://git.example")
    whole = replace(settings, api_url=f"{settings.api_url}/rest")

    _Thirteenth(whole, on.http).list(None)

    assert on.server.asked[0].path == "/rest/all"


def test_an_error_of_its_api_is_raised(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: json_reply({}, status=404))

    with pytest.raises(Gone):
        _host(on).list(None)
