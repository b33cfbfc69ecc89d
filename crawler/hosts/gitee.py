"""Gitee: list the repositories of owners, permalinks; they are read over git.

Source: Gitee's OpenAPI v5, `GET /v5/orgs/{org}/repos` and `GET /v5/users/{username}/repos`, paged by
number, counted in the headers `total_count` and `total_page`. There is no list of all repositories.
GitCode answers under the same paths.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, assert_never

from crawler.errors import Defer, Gone, Refused
from crawler.hosts.answers import document
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import (
    checked_commit,
    checked_owner,
    checked_repository_path,
    quoted_file_path,
    range_fragment,
)
from crawler.hosts.offsets import PagePlace
from crawler.hosts.owners import checked_owners, list_owners
from crawler.model import Repository
from crawler.net import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Gitee"]

_PER_PAGE = 100
_LIMIT_WORDS = b"rate limit"
"""In the 403 of a spent quota, which names no time; the quota is counted by the minute."""
_UNTOLD_WAIT = 60.0


class Gitee:
    """Host and Lister."""

    def __init__(self, settings: HostSettings, http: Http, *, owners: Iterable[str] = ()) -> None:
        """Ask the host of `settings`; `api_url` is without `/api/v5` or with it.

        `owners` are the users and organisations whose repositories are listed. Raises
        ConfigurationError for what is no owner.
        """
        self._settings = settings
        self._http = http
        self._owners = checked_owners(owners, settings.name, checked_owner)
        base = settings.api_url or settings.web_url
        self._api_url = base if base.endswith("/api/v5") else f"{base}/api/v5"

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository `owner/name` without asking; raises Refused for another shape."""
        checked = checked_repository_path(path)
        clone_url = f"{self._settings.web_url}/{checked}.git"
        return Repository(host=self._settings.name, path=checked, clone_url=clone_url)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/owner/name/blob/commit/path#L3-5` below the web address; raises Refused."""
        base = f"{self._settings.web_url}/{checked_repository_path(repository.path)}"
        where = f"{checked_commit(commit)}/{quoted_file_path(path)}"
        return f"{base}/blob/{where}{range_fragment(lines)}"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 100 repositories of an owner; see `list_owners` for the order of owners.

        An owner is asked for as an organisation first, and where there is none or it is empty, as a
        user. A user's repositories come oldest first, so new ones come last; an organisation's in
        an order of the host's own, where a new one may move others to a page again. One that is
        deleted moves the others up past us; where the host's count shows it, pages are read again.
        Missed until the next list may be one that moved while as many came as went. Raises Defer,
        Retry, Private, and Refused for a cursor that is none.
        """
        return list_owners(self._owners, cursor, _check, self._page)

    def _page(self, owner: str, text: str | None) -> ListPage:
        place = _Place.of(text)
        as_user = ListPage(repositories=(), next_cursor=str(_Place(group=_Group.USERS)))
        try:
            answer = self._get(f"/{place.group}/{owner}/repos?{place.query}")
        except Gone:
            if not place.may_be_user:
                raise
            return as_user
        # The whole answer is one list, which `document` does not read by itself.
        root = document(b'{"repositories":' + answer.body + b"}", answer.url)
        nodes = root.nodes("repositories")
        if not nodes and place.may_be_user:
            return as_user
        page = f"{owner}, {place.group}, page {place.at.page}"
        entries = read_entries(nodes, self._repository_of, page)
        total = _count(answer, "total_count")
        further = _goes_on(answer, place, nodes)
        following = place.at.following(total, len(nodes), further=further)
        return ListPage(
            repositories=entries.repositories,
            next_cursor=None if following is None else str(replace(place, at=following)),
            skipped=entries.skipped + place.at.slipped(total),
        )

    def _get(self, path: str) -> Answer:
        headers = {"accept": "application/json"}
        if (token := self._settings.current_token()) is not None:
            headers["authorization"] = f"Bearer {token}"
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        answer = self._http.request("GET", f"{self._api_url}{path}", headers=headers, bucket=bucket)
        if answer.status == HTTPStatus.FORBIDDEN and _LIMIT_WORDS in answer.body[:4096].lower():
            raise Defer(_UNTOLD_WAIT, f"{self._settings.name} limits the api")
        return answer.raise_for_status()

    def _repository_of(self, node: Node) -> Repository:
        """Read one repository; its clone URL is built, never taken: a host could name any other."""
        if node.flag("private") or node.flag("internal"):
            raise Refused("not public: only public repositories are listed")
        parent = node.node("parent")
        return replace(
            self.repository(node.text("full_name")),
            native_id=str(node.number("id")),
            default_branch=node.optional_text("default_branch"),
            fork_of=None if parent is None else parent.optional_text("full_name"),
            created_at=node.optional_text("created_at"),
            pushed_at=node.optional_text("pushed_at"),
            description=node.optional_text("description"),
        )


class _Group(StrEnum):
    """What an owner is asked for as; the word in the API's paths."""

    ORGS = "orgs"
    USERS = "users"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A page of an owner's list; written `users:3/120`."""

    group: _Group = _Group.ORGS
    at: PagePlace = PagePlace()  # noqa: RUF009 - frozen, so one may stand for all

    @classmethod
    def of(cls, text: str | None) -> _Place:
        if text is None:
            return cls()
        group, _, page = text.partition(":")
        if group not in set(_Group):
            raise Refused(f"{text[:50]!r} is no place in this list")
        return cls(group=_Group(group), at=PagePlace.of(page))

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
    _Place.of(text)


def _goes_on(answer: Answer, place: _Place, nodes: tuple[Node | None, ...]) -> bool:
    """Say whether a further page is due; where the host does not count, an empty one is the end."""
    pages = _count(answer, "total_page")
    return bool(nodes) and (pages is None or place.at.page < pages)


def _count(answer: Answer, name: str) -> int | None:
    value = answer.headers.get(name, "")
    return int(value) if re.fullmatch(r"[0-9]{1,12}", value, re.ASCII) else None
