"""Forgejo and Gitea (Codeberg): list repositories, forks, owners, permalinks; they are read over git.

Source: Gitea swagger, `GET /repos/search`, `GET /repos/{owner}/{repo}/forks` and
`GET /users/{username}/repos` (which answers for organisations, too). Forgejo clamps `limit` to 50 but
echoes the limit that was asked in its Link header, so only a missing `next` is the end (facts/hosts.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.errors import Malformed, Refused
from crawler.fields import instant
from crawler.hosts.answers import document
from crawler.hosts.checked_names import checked_owner, checked_repository_path
from crawler.hosts.cursors import PageCursor, invalid_cursor, match_cursor
from crawler.hosts.forge import Dialect, Forge
from crawler.hosts.pages import RelatedPages, header_count, links_next, list_page, numbered

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import ListPage
    from crawler.model import Repository
    from crawler.net import Answer

__all__ = ["Forgejo"]

_PER_PAGE = 50


_CHANGED = re.compile(
    r"(?P<page>[1-9][0-9]{0,5})@(?P<since>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)",
    re.ASCII,
)
_WRITTEN = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChangedCursor:
    """A page of what was updated since a time; written `3@2026-01-02T03:04:05Z`."""

    since: datetime
    """UTC, whole seconds."""
    page: int = 1

    @classmethod
    def of(cls, cursor: str) -> _ChangedCursor:
        expected = "page@time"
        match = match_cursor(_CHANGED, cursor, expected)
        try:
            since = datetime.strptime(match["since"], _WRITTEN).replace(tzinfo=UTC)
        except ValueError as error:
            raise invalid_cursor(cursor, expected) from error
        return cls(page=int(match["page"]), since=since)

    def __str__(self) -> str:
        return f"{self.page}@{self.since.strftime(_WRITTEN)}"


class Forgejo(Forge):
    """Host, SinceLister, RelatedLister and OwnerLister."""

    dialect = Dialect(
        page="{path}/src/commit/{commit}/{file}",
        api_path="/api/v1",
        authorization=lambda token: f"token {token}",
        git_login="oauth2:{}".format,
    )

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page of 50, by id; the cursor is a `PageCursor`.

        Ids only grow, so a repository created meanwhile comes last; one deleted meanwhile moves the
        others up by one, and where the host's count shows it, pages are read again.
        """
        if cursor is not None and "@" in cursor:
            return self._changed(_ChangedCursor.of(cursor))
        place = PageCursor.of(cursor)
        page = place.page
        answer = self._get(f"/repos/search?limit={_PER_PAGE}&page={page}&sort=id&order=asc")
        nodes, total = _found(answer), header_count(answer, "x-total-count")
        further = bool(nodes) and links_next(answer)
        following = place.following(total, len(nodes), further=further)
        cut = place.broken_off(total, len(nodes), asked=_PER_PAGE, following=following)
        return list_page(
            numbered(f"page {page}", nodes),
            self._repository_of,
            following=following,
            skipped=(*place.slipped(total), *cut),
        )

    def since(self, when: datetime) -> str:
        """Return the first cursor of a list of what was updated after `when`, which is aware."""
        return str(_ChangedCursor(since=when.astimezone(UTC)))

    def _changed(self, place: _ChangedCursor) -> ListPage:
        """Ask for one page of 50, updated last first, until one is older than the cursor says.

        What is updated meanwhile comes to the front and moves others back, so these come twice and the
        other is in the next such list; one that is deleted moves others up past us, and is noticed by
        nobody.
        """
        answer = self._get(
            f"/repos/search?limit={_PER_PAGE}&page={place.page}&sort=updated&order=desc"
        )
        nodes = _found(answer)
        page = list_page(
            numbered(f"page {place.page} of what was updated", nodes), self._repository_of
        )
        times = [_updated(one) for one in page.repositories]
        recent = [
            one
            for one, time in zip(page.repositories, times, strict=True)
            if time is None or time >= place.since
        ]
        older = any(time is not None and time < place.since for time in times)
        further = bool(nodes) and links_next(answer) and not older
        following = replace(place, page=place.page + 1) if further else None
        return replace(
            page,
            repositories=tuple(recent),
            next_cursor=None if following is None else str(following),
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

    def list_owned(self, owner: str, cursor: str | None) -> ListPage:
        """Ask for one page of 50 repositories of an organisation or user; see `OwnerLister`."""
        owned = RelatedPages(ask=self._get, read=self._owned_of, per_page=_PER_PAGE)
        return owned.page(f"/users/{checked_owner(owner)}/repos?limit={_PER_PAGE}", cursor)

    @property
    def _related(self) -> RelatedPages:
        return RelatedPages(ask=self._get, read=self._repository_of, per_page=_PER_PAGE)

    def _repository_of(self, node: JsonObject) -> Repository:
        if node.flag("private"):
            raise Refused("private: only public repositories are listed")
        return self._named(node)

    def _owned_of(self, node: JsonObject) -> Repository:
        hidden = node.flag("private") or node.flag("internal")
        return replace(self._named(node), private=hidden)

    def _named(self, node: JsonObject) -> Repository:
        parent = node.inner_text("parent", "full_name")
        return self._described(node, node.text("full_name"), fork_of=parent, pushed="updated_at")


def _found(answer: Answer) -> Sequence[JsonObject | None]:
    """Return the entries of a search; raises Malformed where the host says that it failed."""
    root = document(answer.body, answer.url)
    if not root.flag("ok"):
        raise Malformed(f"{answer.url}.ok: expected true, got false")
    return root.nodes("data")


def _updated(repository: Repository) -> datetime | None:
    """Return when a repository was updated last; None where the host wrote no time."""
    try:
        return None if repository.pushed_at is None else instant(repository.pushed_at, "updated_at")
    except Malformed:
        return None
