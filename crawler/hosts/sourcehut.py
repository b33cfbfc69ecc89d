"""sourcehut (git.sr.ht): list the repositories of owners, permalinks; they are read over git.

Source: git.sr.ht's GraphQL schema (User.repositories, RepositoryCursor) and its documentation: pages
of 25 with an opaque cursor, a token in every request. There is no list of all repositories.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import Gone, Malformed, Refused
from crawler.hosts.answers import document, printable
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import (
    checked_commit,
    checked_tilde_path,
    quoted_file_path,
    range_fragment,
)
from crawler.hosts.owners import checked_owners, list_owners
from crawler.model import Repository, Skipped
from crawler.net import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

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


class SourceHut:
    """Host and Lister."""

    def __init__(self, settings: HostSettings, http: Http, *, owners: Iterable[str] = ()) -> None:
        """Ask the host of `settings`; `graphql_url` is `/query` below its web address by default.

        `owners` are those whose repositories are listed, with their `~` or without it. Raises
        ConfigurationError for what is no owner.
        """
        self._settings = settings
        self._http = http
        with_signs = (f"~{owner.removeprefix('~')}" for owner in owners)
        self._owners = checked_owners(with_signs, settings.name, _check)
        self._graphql_url = settings.graphql_url or f"{settings.web_url}/query"

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository `~owner/name` without asking; raises Refused for another shape."""
        checked = checked_tilde_path(path)
        clone_url = f"{self._settings.web_url}/{checked}"
        return Repository(host=self._settings.name, path=checked, clone_url=clone_url)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/~owner/name/tree/commit/item/path#L3-5` below the web address; raises Refused."""
        base = f"{self._settings.web_url}/{checked_tilde_path(repository.path)}"
        where = f"{checked_commit(commit)}/item/{quoted_file_path(path)}"
        return f"{base}/tree/{where}{range_fragment(lines)}"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 25 repositories of an owner; see `list_owners` for the order of owners.

        The host lists what was updated last first, so a repository that is pushed to meanwhile may
        leave the part that was not read yet; the next list begins with it. Raises Defer, Retry,
        Private (without a valid token), and Refused for a cursor that is none.
        """
        return list_owners(self._owners, cursor, _check, self._page)

    def _page(self, owner: str, place: str | None) -> ListPage:
        answer = self._post({"username": owner.removeprefix("~"), "cursor": place})
        root = document(answer.body, answer.url)
        faults = _faults(root, owner)
        data = root.node("data")
        user = None if data is None else data.node("user")
        found = None if user is None else user.node("repositories")
        if found is None:
            if faults:
                raise Malformed(f"{answer.url}: {faults[0].reason}")
            raise Gone(f"{answer.url} knows no user {owner}")
        entries = read_entries(
            found.nodes("results"), lambda node: self._repository_of(node, owner), owner
        )
        following, unread = _following(found, place, owner)
        return ListPage(
            repositories=entries.repositories,
            next_cursor=following,
            skipped=entries.skipped + faults + unread,
        )

    def _post(self, variables: dict[str, str | None]) -> Answer:
        headers = {"accept": "application/json", "content-type": "application/json"}
        if (token := self._settings.current_token()) is not None:
            headers["authorization"] = f"Bearer {token}"
        content = json.dumps({"query": QUERY, "variables": variables}).encode()
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        answer = self._http.request(
            "POST", self._graphql_url, headers=headers, content=content, bucket=bucket
        )
        return answer.raise_for_status()

    def _repository_of(self, node: Node, owner: str) -> Repository:
        if node.text("visibility") != "PUBLIC":
            raise Refused("not public: only public repositories are listed")
        return replace(
            self.repository(f"{owner}/{node.text('name')}"),
            native_id=str(node.number("id")),
            created_at=node.optional_text("created"),
            pushed_at=node.optional_text("updated"),
            description=node.optional_text("description"),
        )


def _check(owner: str, place: str | None = None) -> None:
    checked_tilde_path(f"{owner}/name")
    if place is not None and _CURSOR.fullmatch(place) is None:
        raise Refused(f"{place[:50]!r} is no place in the list of {owner}")


def _faults(root: Node, owner: str) -> tuple[Skipped, ...]:
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
    found: Node, place: str | None, owner: str
) -> tuple[str | None, tuple[Skipped, ...]]:
    """Return the cursor of the next page, or why it is not asked for."""
    following = found.fields.get("cursor")
    if following is None:
        return None, ()
    if isinstance(following, str) and following != place and _CURSOR.fullmatch(following):
        return following, ()
    reason = "the next page does not lead further; it was not asked for"
    return None, (Skipped(context=f"the rest of {owner}", reason=reason),)
