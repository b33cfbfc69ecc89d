"""GitHub: the forks of a repository, and the other repositories of its owner.

Source: GitHub's REST documentation, "List forks" and "List repositories for a user" (which answers for
organisations, too). Both tell public repositories only, whoever asks, and are paid from `core`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import Refused
from crawler.hosts.answers import document
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import checked_repository_path

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.github.api import GitHubApi
    from crawler.model import Repository

__all__ = ["GitHubNeighbours"]

_PER_PAGE = 100
_NEXT = re.compile(r'<[^<>]*>\s*;[^,]*\brel="?next\b')


class GitHubNeighbours:
    """Neighbours of the GitHub behind one API; `located` makes a repository of `owner/name`."""

    def __init__(self, api: GitHubApi, located: Callable[[str], Repository]) -> None:
        """Ask as the identity of `api`; `located` raises Refused for a hostile name."""
        self._api, self._located = api, located

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 forks, the newest first; the cursor is the number of the page.

        Raises Defer, Retry, Gone, Private, Blocked, and Refused where it was renamed (a redirect).
        """
        path = checked_repository_path(repository.path)
        page = self._page(f"/repos/{path}/forks?sort=newest", cursor)
        found = tuple(replace(r, fork_of=r.fork_of or path) for r in page.repositories)
        return replace(page, repositories=found)

    def of_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 repositories of the owner, those pushed last first; raises alike."""
        owner, _, _ = checked_repository_path(repository.path).partition("/")
        return self._page(f"/users/{owner}/repos?sort=pushed", cursor)

    def _page(self, question: str, cursor: str | None) -> ListPage:
        number = _page_number(cursor)
        answer = self._api.get(f"{question}&per_page={_PER_PAGE}&page={number}")
        # The answer is a list; as the field of an object it is read like any other.
        nodes = document(b'{"repositories":' + answer.body + b"}", answer.url).nodes("repositories")
        entries = read_entries(nodes, self._repository_of, f"page {number}")
        further = bool(nodes) and _NEXT.search(answer.headers.get("link", "")) is not None
        return ListPage(
            repositories=entries.repositories,
            next_cursor=str(number + 1) if further else None,
            skipped=entries.skipped,
        )

    def _repository_of(self, node: Node) -> Repository:
        """Read one repository; its clone URL is built, never taken: a host could name any other."""
        if node.flag("private"):
            raise Refused("private: only public repositories are looked at")
        return replace(
            self._located(node.text("full_name")),
            native_id=str(node.number("id")),
            default_branch=node.optional_text("default_branch"),
            created_at=node.optional_text("created_at"),
            pushed_at=node.optional_text("pushed_at"),
            archived=node.flag("archived"),
            description=node.optional_text("description"),
        )


def _page_number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not re.fullmatch(r"[1-9][0-9]{0,5}", cursor, re.ASCII):
        raise Refused(f"{cursor[:20]!r} is no page of a list of neighbours")
    return int(cursor)
