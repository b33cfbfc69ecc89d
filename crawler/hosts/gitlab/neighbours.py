"""GitLab: the forks of a project, and the other projects of its namespace.

Source: GitLab's documentation, "Projects API" (forks, a user's projects) and "Groups API" (a group's
projects). A path alone does not say whether its first part is a user or a group, so a user is asked
for first; a namespace with a `/` is a group.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import Gone, Refused
from crawler.hosts.answers import document
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import checked_nested_path

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.model import Repository
    from crawler.net import Answer

__all__ = ["GitLabNeighbours"]

_PER_PAGE = 100
_FORM = f"simple=true&visibility=public&per_page={_PER_PAGE}"


class GitLabNeighbours:
    """Neighbours of the GitLab that `ask` asks: a path below its API, with a leading slash."""

    def __init__(self, ask: Callable[[str], Answer], read: Callable[[Node], Repository]) -> None:
        """Ask through `ask`, which sends what identifies us; `read` reads one project, or raises."""
        self._ask, self._read = ask, read

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 forks, the newest first; the cursor is the number of the page.

        Raises Defer, Retry, Gone, Private and Refused (a redirect).
        """
        path = checked_nested_path(repository.path)
        page = self._page(f"/projects/{_quoted(path)}/forks?order_by=created_at", cursor)
        found = tuple(replace(r, fork_of=r.fork_of or path) for r in page.repositories)
        return replace(page, repositories=found)

    def of_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 projects of the user or group, the last active first; raises alike."""
        owner, _, _ = checked_nested_path(repository.path).rpartition("/")
        below = f"{_quoted(owner)}/projects?order_by=last_activity_at"
        if "/" not in owner:
            try:
                return self._page(f"/users/{below}", cursor)
            except Gone:  # no user of this name: a group
                pass
        return self._page(f"/groups/{below}", cursor)

    def _page(self, question: str, cursor: str | None) -> ListPage:
        number = _page_number(cursor)
        answer = self._ask(f"{question}&sort=desc&{_FORM}&page={number}").raise_for_status()
        # The answer is a list; as the field of an object it is read like any other.
        nodes = document(b'{"projects":' + answer.body + b"}", answer.url).nodes("projects")
        entries = read_entries(nodes, self._read, f"page {number}")
        further = bool(nodes) and answer.headers.get("x-next-page") == str(number + 1)
        return ListPage(
            repositories=entries.repositories,
            next_cursor=str(number + 1) if further else None,
            skipped=entries.skipped,
        )


def _quoted(path: str) -> str:
    """Return `path` as GitLab takes it for an id: one part, its slashes percent-encoded."""
    return quote(path, safe="")


def _page_number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not re.fullmatch(r"[1-9][0-9]{0,5}", cursor, re.ASCII):
        raise Refused(f"{cursor[:20]!r} is no page of a list of neighbours")
    return int(cursor)
