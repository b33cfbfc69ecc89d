"""Forgejo and Gitea (Codeberg): list repositories, forks, owners, permalinks; they are read over git.

Source: Gitea swagger, `GET /repos/search`, `GET /repos/{owner}/{repo}/forks` and
`GET /users/{username}/repos` (which answers for organisations, too). Forgejo clamps `limit` to 50 but
echoes the limit that was asked in its Link header, so only a missing `next` is the end (facts/hosts.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.errors import Malformed, Refused
from crawler.hosts.answers import document
from crawler.hosts.checked_names import checked_repository_path
from crawler.hosts.cursors import PageCursor
from crawler.hosts.forge import Dialect, Forge
from crawler.hosts.pages import RelatedPages, header_count, links_next, list_page, numbered

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import ListPage
    from crawler.model import Repository

__all__ = ["Forgejo"]

_PER_PAGE = 50


class Forgejo(Forge):
    """Host, Lister and RelatedLister."""

    dialect = Dialect(
        page="{path}/src/commit/{commit}/{file}",
        api_path="/api/v1",
        authorization=lambda token: f"token {token}",
    )

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page of 50, by id; the cursor is a `PageCursor`.

        Ids only grow, so a repository created meanwhile comes last; one deleted meanwhile moves the
        others up by one, and where the host's count shows it, pages are read again.
        """
        place = PageCursor.of(cursor)
        page = place.page
        answer = self._get(f"/repos/search?limit={_PER_PAGE}&page={page}&sort=id&order=asc")
        root = document(answer.body, answer.url)
        if not root.flag("ok"):
            raise Malformed(f"{answer.url}.ok: expected true, got false")
        nodes, total = root.nodes("data"), header_count(answer, "x-total-count")
        return list_page(
            numbered(f"page {page}", nodes),
            self._repository_of,
            following=place.following(
                total, len(nodes), further=bool(nodes) and links_next(answer)
            ),
            skipped=place.slipped(total),
        )

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 50 forks; the cursor is the number of the page.

        Raises Defer, Retry, Gone, Private, and Refused where it was renamed (a redirect).
        """
        path = checked_repository_path(repository.path)
        return self._related.forks(path, f"/repos/{path}/forks?limit={_PER_PAGE}", cursor)

    def list_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 50 repositories of the owner; raises like `forks`."""
        owner, _, _ = checked_repository_path(repository.path).partition("/")
        return self._related.page(f"/users/{owner}/repos?limit={_PER_PAGE}", cursor)

    @property
    def _related(self) -> RelatedPages:
        return RelatedPages(ask=self._get, read=self._repository_of)

    def _repository_of(self, node: JsonObject) -> Repository:
        if node.flag("private"):
            raise Refused("private: only public repositories are listed")
        parent = node.inner_text("parent", "full_name")
        return self._described(node, node.text("full_name"), fork_of=parent, pushed="updated_at")
