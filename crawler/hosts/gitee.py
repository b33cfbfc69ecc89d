"""Gitee: list the repositories of owners, permalinks; they are read over git.

Source: Gitee's OpenAPI v5, `GET /v5/orgs/{org}/repos` and `GET /v5/users/{username}/repos`, paged by
number, counted in the headers `total_count` and `total_page`. There is no list of all repositories.
GitCode answers under the same paths.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, assert_never

from crawler.errors import Defer, Gone, Refused
from crawler.hosts.answers import array
from crawler.hosts.checked_names import checked_owner
from crawler.hosts.cursors import PageCursor, invalid_cursor
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.interface import ListPage
from crawler.hosts.owners import checked_owners, list_owners
from crawler.hosts.pages import header_count, list_page, numbered

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import HostSettings
    from crawler.model import Repository
    from crawler.net import Answer, Http

__all__ = ["Gitee"]

_PER_PAGE = 100
_LIMIT_WORDS = b"rate limit"
"""In the 403 of a spent quota, which names no time; the quota is counted by the minute."""
_DEFAULT_RETRY_AFTER = 60.0


class Gitee(Forge):
    """Host, OwnerLister, and Lister of the repositories of `settings.owners`, users and organisations."""

    dialect = Dialect(
        lines=fragment("#L", "-"),
        api_path="/api/v5",
        authorization=lambda token: f"Bearer {token}",
    )

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the host of `settings`; raises ConfigurationError for an invalid owner."""
        super().__init__(settings, http)
        self._owners = checked_owners(settings.owners, settings.name, checked_owner)

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 100 repositories of an owner; see `list_owners` for the order of owners.

        An owner is asked for as an organisation first, and where there is none or it is empty, as a
        user. A user's repositories come oldest first, so new ones come last; an organisation's in
        an order of the host's own, where a new one may move others to a page again. One that is
        deleted moves the others up past us; where the host's count shows it, pages are read again.
        Missed until the next list may be one that moved while as many came as went. Raises Defer,
        Retry, Private, and Refused for an invalid cursor.
        """
        return list_owners(self._owners, cursor, _check, self._page)

    def list_owned(self, owner: str, cursor: str | None) -> ListPage:
        """Ask for the next 100 public repositories of one owner; see `OwnerLister`."""
        return list_owners((owner,), cursor, _check, self._page)

    def _page(self, owner: str, text: str | None) -> ListPage:
        place = _Cursor.of(text)
        as_user = ListPage(repositories=(), next_cursor=str(_Cursor(group=_Group.USERS)))
        try:
            answer = self._get(f"/{place.group}/{owner}/repos?{place.query}")
        except Gone:
            if not place.may_be_user:
                raise
            return as_user
        nodes = array(answer.body, answer.url)
        if not nodes and place.may_be_user:
            return as_user
        total, pages = header_count(answer, "total_count"), header_count(answer, "total_page")
        # Where the host does not count its pages, an empty one is the end.
        further = bool(nodes) and (pages is None or place.at.page < pages)
        following = place.at.following(total, len(nodes), further=further)
        cut = place.at.broken_off(total, len(nodes), asked=_PER_PAGE, following=following)
        return list_page(
            numbered(f"{owner}, {place.group}, page {place.at.page}", nodes),
            self._repository_of,
            following=None if following is None else replace(place, at=following),
            skipped=(*place.at.slipped(total), *cut),
        )

    def _get(self, path: str) -> Answer:
        answer = self._ask(path)
        if answer.status == HTTPStatus.FORBIDDEN and _LIMIT_WORDS in answer.body[:4096].lower():
            raise Defer(_DEFAULT_RETRY_AFTER, f"{self._settings.name}: rate limit of api reached")
        return answer.raise_for_status()

    def _repository_of(self, node: JsonObject) -> Repository:
        if node.flag("private") or node.flag("internal"):
            raise Refused("not public: only public repositories are listed")
        parent = node.inner_text("parent", "full_name")
        return self._described(node, node.text("full_name"), fork_of=parent)


class _Group(StrEnum):
    """What an owner is asked for as; the word in the API's paths."""

    ORGS = "orgs"
    USERS = "users"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor:
    """A page of an owner's list; written `users:3/120`."""

    group: _Group = _Group.ORGS
    at: PageCursor = PageCursor()  # noqa: RUF009 - frozen, so one may stand for all

    @classmethod
    def of(cls, text: str | None) -> _Cursor:
        if text is None:
            return cls()
        group, _, page = text.partition(":")
        if group not in set(_Group):
            raise invalid_cursor(text, "orgs:page or users:page")
        return cls(group=_Group(group), at=PageCursor.of(page))

    @property
    def may_be_user(self) -> bool:
        """Whether the owner may turn out to be a user: the list of the organisation begins here."""
        return self.group is _Group.ORGS and self.at.page == 1

    @property
    def query(self) -> str:
        paged = f"per_page={_PER_PAGE}&page={self.at.page}"
        match self.group:
            case _Group.ORGS:
                return f"type=public&{paged}"
            case _Group.USERS:
                return f"type=all&sort=created&direction=asc&{paged}"
            case unknown:
                assert_never(unknown)

    def __str__(self) -> str:
        return f"{self.group}:{self.at}"


def _check(owner: str, text: str | None) -> None:
    checked_owner(owner)
    _Cursor.of(text)
