"""Forgejo and Gitea (Codeberg): list repositories, neighbours, permalinks; they are read over git.

Source: Gitea swagger, `GET /repos/search`, `GET /repos/{owner}/{repo}/forks` and
`GET /users/{username}/repos` (which answers for organisations, too). Forgejo clamps `limit` to 50 but echoes the limit that was
asked in its Link header, so only a missing `next` is the end (facts/hosts.md).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import GiveUp, Malformed, Refused
from crawler.hosts.answers import document
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import (
    checked_commit,
    checked_repository_path,
    line_fragment,
    quoted_file_path,
)
from crawler.hosts.offsets import PagePlace
from crawler.model import Repository, Skipped
from crawler.net import Bucket

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Forgejo"]

_PER_PAGE = 50
_NEXT = re.compile(r'<[^<>]*>\s*;[^,]*\brel="?next\b')


class Forgejo:
    """Host, Lister and Neighbours."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the host of `settings`; `api_url` is without `/api/v1` or with it."""
        self._settings = settings
        self._http = http
        base = settings.api_url or settings.web_url
        self._api_url = base if base.endswith("/api/v1") else f"{base}/api/v1"

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
        """Return `/owner/name/src/commit/commit/path#L3-L5` below the web address; raises Refused."""
        owner_and_name = checked_repository_path(repository.path)
        where = f"{checked_commit(commit)}/{quoted_file_path(path)}"
        return f"{self._settings.web_url}/{owner_and_name}/src/commit/{where}{line_fragment(lines)}"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page of 50, by id; the cursor is a `PagePlace`.

        Ids only grow, so a repository created meanwhile comes last; one deleted meanwhile moves the
        others up by one, and where the host's count (`total`) shows it, pages are read again. Raises
        Defer, Retry, Refused (a redirect) and the like.
        """
        place = PagePlace.of(cursor)
        page = place.page
        answer = self._get(f"/repos/search?limit={_PER_PAGE}&page={page}&sort=id&order=asc")
        root = document(answer.body, answer.url)
        if not root.flag("ok"):
            raise Malformed(f"{answer.url} says that it is not ok")
        repositories: list[Repository] = []
        skipped: list[Skipped] = []
        nodes, total = root.nodes("data"), _total(answer)
        for index, node in enumerate(nodes):
            try:
                repositories.append(self._repository_of(node))
            except GiveUp as error:
                skipped.append(Skipped(context=f"page {page}, data[{index}]", reason=str(error)))
        further = bool(nodes) and _NEXT.search(answer.headers.get("link", "")) is not None
        following = place.following(total, len(nodes), further=further)
        return ListPage(
            repositories=tuple(repositories),
            next_cursor=None if following is None else str(following),
            total=total,
            skipped=(*skipped, *place.slipped(total)),
        )

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 50 forks; the cursor is the number of the page.

        Raises Defer, Retry, Gone, Private, and Refused where it was renamed (a redirect).
        """
        path = checked_repository_path(repository.path)
        page = self._neighbours(f"/repos/{path}/forks", cursor)
        found = tuple(replace(r, fork_of=r.fork_of or path) for r in page.repositories)
        return replace(page, repositories=found)

    def of_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 50 repositories of the owner; raises like `forks`."""
        owner, _, _ = checked_repository_path(repository.path).partition("/")
        return self._neighbours(f"/users/{owner}/repos", cursor)

    def _neighbours(self, path: str, cursor: str | None) -> ListPage:
        page = _page_number(cursor)
        answer = self._get(f"{path}?limit={_PER_PAGE}&page={page}")
        # The answer is a list; as the field of an object it is read like any other.
        nodes = document(b'{"data":' + answer.body + b"}", answer.url).nodes("data")
        entries = read_entries(nodes, self._repository_of, f"page {page}")
        further = bool(nodes) and _NEXT.search(answer.headers.get("link", "")) is not None
        return ListPage(
            repositories=entries.repositories,
            next_cursor=str(page + 1) if further else None,
            total=_total(answer),
            skipped=entries.skipped,
        )

    def _get(self, path: str) -> Answer:
        headers = {"accept": "application/json"}
        if (token := self._settings.current_token()) is not None:
            headers["authorization"] = f"token {token}"
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        answer = self._http.request("GET", f"{self._api_url}{path}", headers=headers, bucket=bucket)
        return answer.raise_for_status()

    def _repository_of(self, node: Node | None) -> Repository:
        """Read one repository; its clone URL is built, never taken: a host could name any other."""
        if node is None:
            raise Malformed("expected an object")
        if node.flag("private"):
            raise Refused("private: only public repositories are listed")
        parent = node.node("parent")
        return replace(
            self.repository(node.text("full_name")),
            native_id=str(node.number("id")),
            default_branch=node.optional_text("default_branch"),
            fork_of=None if parent is None else parent.optional_text("full_name"),
            created_at=node.optional_text("created_at"),
            pushed_at=node.optional_text("updated_at"),
            archived=node.flag("archived"),
            description=node.optional_text("description"),
        )


def _page_number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    if not re.fullmatch(r"[1-9][0-9]{0,8}", cursor, re.ASCII):
        raise Refused(f"{cursor[:20]!r} is no page of this list")
    return int(cursor)


def _total(answer: Answer) -> int | None:
    value = answer.headers.get("x-total-count", "")
    return int(value) if re.fullmatch(r"[0-9]{1,12}", value, re.ASCII) else None
