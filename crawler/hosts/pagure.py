"""Pagure: list projects and forks, permalinks; they are read over git.

Source: Pagure's API documentation, "List projects" (`GET /api/0/projects`): at most 100 a page, by
name. Forks lie below `fork/user/` on the web and below `forks/user/` for git (pagure/ui/clone.py).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from crawler.errors import Malformed, Refused
from crawler.hosts.answers import document
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import (
    checked_commit,
    checked_pagure_path,
    quoted_file_path,
    range_fragment,
)
from crawler.hosts.offsets import PagePlace
from crawler.model import Repository, Skipped
from crawler.net import Bucket

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Pagure"]

_PER_PAGE = 100
_MOST_FIELDS = 20
_EPOCH = re.compile(r"[0-9]{1,11}", re.ASCII)


class Pagure:
    """Host and Lister."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the host of `settings`; `api_url` is without `/api/0` or with it."""
        self._settings = settings
        self._http = http
        base = settings.api_url or settings.web_url
        self._api_url = base if base.endswith("/api/0") else f"{base}/api/0"

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the project at `path` without asking; raises Refused for another shape.

        `path` is `name`, `namespace/name`, `fork/user/name` or `fork/user/namespace/name`.
        """
        checked = checked_pagure_path(path)
        cloned = f"forks/{checked.removeprefix('fork/')}" if _is_fork(checked) else checked
        clone_url = f"{self._settings.web_url}/{cloned}.git"
        return Repository(host=self._settings.name, path=checked, clone_url=clone_url)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/namespace/name/blob/commit/f/path#_3-5` below the web address; raises Refused."""
        base = f"{self._settings.web_url}/{checked_pagure_path(repository.path)}"
        where = f"{checked_commit(commit)}/f/{quoted_file_path(path)}"
        return f"{base}/blob/{where}{range_fragment(lines, '_')}"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page of 100 projects and forks by name; the cursor is the number of the page.

        The API pages by number alone. A project that comes meanwhile moves others to a page again;
        one that is deleted moves others up past us, and where the host's count (`total`) shows it,
        pages are read again. Missed until the next list may be one that was renamed past us, that
        moved while as many came as went, or of a name that others have too: the host keeps these
        in no order. A next page at another host, or that is not the next one, is not asked for and
        said in `skipped`. Raises Defer, Retry, Refused (a redirect) and the like.
        """
        place = PagePlace.of(cursor)
        answer = self._get(f"/projects?per_page={_PER_PAGE}&page={place.page}")
        root = document(answer.body, answer.url)
        total = None if root.fields.get("total_projects") is None else root.number("total_projects")
        page = f"page {place.page}"
        nodes = root.nodes("projects")
        entries = read_entries(nodes, self._repository_of, page)
        listed = ListPage(
            repositories=entries.repositories,
            next_cursor=None,
            total=total,
            skipped=entries.skipped + place.slipped(total),
        )
        try:
            further = bool(nodes) and self._goes_on(root, place)
        except Malformed as error:
            unread = Skipped(context=f"all behind {page}", reason=str(error))
            return replace(listed, skipped=(*listed.skipped, unread))
        following = place.following(total, len(nodes), further=further)
        return replace(listed, next_cursor=None if following is None else str(following))

    def _get(self, path: str) -> Answer:
        headers = {"accept": "application/json"}
        if (token := self._settings.current_token()) is not None:
            headers["authorization"] = f"token {token}"
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        answer = self._http.request("GET", f"{self._api_url}{path}", headers=headers, bucket=bucket)
        return answer.raise_for_status()

    def _repository_of(self, node: Node) -> Repository:
        """Read one project; its clone URL is built, never taken: a host could name any other."""
        if node.flag("private"):
            raise Refused("private: only public repositories are listed")
        parent = node.node("parent")
        return replace(
            self.repository(node.text("fullname")),
            native_id=str(node.number("id")),
            default_branch=node.optional_text("default_branch"),
            fork_of=None if parent is None else _web_path(parent.optional_text("fullname")),
            created_at=_time(node, "date_created"),
            pushed_at=_time(node, "date_modified"),
            description=node.optional_text("description"),
        )

    def _goes_on(self, root: Node, place: PagePlace) -> bool:
        """Say whether a next page is named; raises Malformed where that is not the next of ours.

        Old Pagures have no pages and answer with everything at once.
        """
        pagination = root.node("pagination")
        url = None if pagination is None else pagination.optional_text("next")
        if url is None:
            return False
        host, page = _address(url)
        if host not in {urlsplit(self._api_url).netloc, urlsplit(self._settings.web_url).netloc}:
            raise Malformed("the next page is at another host; it was not asked for")
        if page != str(place.page + 1):
            raise Malformed("the next page does not lead further; it was not asked for")
        return True


def _is_fork(path: str) -> bool:
    return path.startswith("fork/")


def _web_path(fullname: str | None) -> str | None:
    """Return the path of a parent as ours are written; it may be a fork itself."""
    return None if fullname is None else re.sub(r"\Aforks/", "fork/", fullname)


def _address(url: str) -> tuple[str, str]:
    """Return host and page of the address of a page; raises Malformed."""
    try:
        parts = urlsplit(url)
        pages = parse_qs(parts.query, max_num_fields=_MOST_FIELDS).get("page", [])
    except ValueError as error:
        raise Malformed("the next page has no usable address; it was not asked for") from error
    return parts.netloc, pages[0] if len(pages) == 1 else ""


def _time(node: Node, key: str) -> str | None:
    """Return a time, sent as a string of seconds since 1970, as ISO 8601."""
    text = node.optional_text(key)
    if text is None or _EPOCH.fullmatch(text) is None:
        return None
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
