"""sourcehut (git.sr.ht): list the repositories of owners, permalinks; they are read over git.

Source: git.sr.ht's GraphQL schema (User.repositories, RepositoryCursor) and its documentation: pages
of 25 with an opaque cursor, a token in every request. There is no list of all repositories.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from crawler.errors import Gone, Malformed, Refused
from crawler.hosts.answers import document, printable
from crawler.hosts.checked_names import checked_tilde_path
from crawler.hosts.cursors import invalid_cursor
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.owners import checked_owners, list_owners
from crawler.hosts.pages import list_page, not_followed, numbered
from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import HostSettings, ListPage
    from crawler.model import Repository
    from crawler.net import Http

__all__ = ["QUERY", "SourceHut"]

QUERY = """\
query ($username: String!, $cursor: Cursor) {
  user(username: $username) {
    repositories(cursor: $cursor) {
      results { id name visibility description created updated }
      cursor
    }
  }
}
"""
"""The one question that is asked; the default branch is left out, it costs the host a look at the disk."""
_CURSOR = re.compile(r"[A-Za-z0-9+/_=.-]{1,500}", re.ASCII)
_MOST_FAULTS = 20


class SourceHut(Forge):
    """Host, OwnerLister, and Lister of the repositories of `settings.owners`, with their `~` or without."""

    dialect = Dialect(
        checked=checked_tilde_path,
        cloned=str,
        page="{path}/tree/{commit}/item/{file}",
        lines=fragment("#L", "-"),
        authorization=lambda token: f"Bearer {token}",
    )

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the host of `settings`; `graphql_url` is `/query` below its web address by default.

        Raises ConfigurationError for an invalid owner.
        """
        super().__init__(settings, http)
        with_signs = (f"~{owner.removeprefix('~')}" for owner in settings.owners)
        self._owners = checked_owners(with_signs, settings.name, _check)
        self._api_url = settings.graphql_url or f"{settings.web_url}/query"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 25 repositories of an owner; see `list_owners` for the order of owners.

        The host lists what was updated last first, so a repository that is pushed to meanwhile may
        leave the part that was not read yet; the next list begins with it. Raises Defer, Retry,
        Private (without a valid token), and Refused for an invalid cursor.
        """
        return list_owners(self._owners, cursor, _check, self._page)

    def list_owned(self, owner: str, cursor: str | None) -> ListPage:
        """Ask for the next 25 public repositories of one owner; others are read over ssh alone, and said."""
        return list_owners((f"~{owner.removeprefix('~')}",), cursor, _check, self._page)

    def _page(self, owner: str, place: str | None) -> ListPage:
        variables = {"username": owner.removeprefix("~"), "cursor": place}
        answer = self._ask("", json.dumps({"query": QUERY, "variables": variables}).encode())
        root = document(answer.raise_for_status().body, answer.url)
        faults = _faults(root, owner)
        data = root.node("data")
        user = None if data is None else data.node("user")
        found = None if user is None else user.node("repositories")
        if found is None:
            if faults:
                raise Malformed(f"{answer.url}: {faults[0].reason}")
            raise Gone(f"{answer.url}: user {owner} not found")
        following, unread = _following(found, place, owner)
        return list_page(
            numbered(owner, found.nodes("results")),
            lambda node: self._repository_of(node, owner),
            following=following,
            skipped=faults + unread,
        )

    def _repository_of(self, node: JsonObject, owner: str) -> Repository:
        if node.text("visibility") != "PUBLIC":
            raise Refused("not public: only public repositories are listed")
        path = f"{owner}/{node.text('name')}"
        return self._described(node, path, created="created", pushed="updated")


def _check(owner: str, place: str | None = None) -> None:
    checked_tilde_path(f"{owner}/name")
    if place is not None and _CURSOR.fullmatch(place) is None:
        raise invalid_cursor(place, f"one that the list of {owner} gave")


def _faults(root: JsonObject, owner: str) -> tuple[Skipped, ...]:
    """Read `errors`, which may come together with data (GraphQL specification, 7.1)."""
    if root.fields.get("errors") is None:
        return ()
    messages = (
        "" if node is None else str(node.fields.get("message", ""))
        for node in root.nodes("errors")[:_MOST_FAULTS]
    )
    return tuple(
        Skipped(context=owner, reason=f"the host says: {printable(text) or 'unnamed error'}")
        for text in messages
    )


def _following(
    found: JsonObject, place: str | None, owner: str
) -> tuple[str | None, tuple[Skipped, ...]]:
    """Return the cursor of the next page, or why it is not asked for."""
    following = found.fields.get("cursor")
    if following is None:
        return None, ()
    if isinstance(following, str) and following != place and _CURSOR.fullmatch(following):
        return following, ()
    reason = str(not_followed("expected a new cursor"))
    return None, (Skipped(context=f"the rest of {owner}", reason=reason),)
