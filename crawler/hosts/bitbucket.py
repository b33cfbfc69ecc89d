"""Bitbucket Cloud: list repositories, permalinks; they are read over git.

Source: Bitbucket Cloud's REST documentation, `GET /2.0/repositories` (public repositories, oldest
first), "Pagination" and "Partial responses"; `after` is the time of creation that a page begins at.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from crawler.errors import Malformed, Refused, Unsupported
from crawler.hosts.answers import document, printable
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import checked_commit, checked_repository_path, quoted_file_path
from crawler.model import Repository, Skipped
from crawler.net import Bucket

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Bitbucket"]

_PER_PAGE = 100
_MOST_FIELDS = 20
_FIELDS = "next," + ",".join(
    f"values.{name}"
    for name in (
        "uuid", "full_name", "scm", "is_private", "mainbranch.name", "parent.full_name",
        "created_on", "updated_on", "description",
    )
)  # fmt: skip
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


class Bitbucket:
    """Host and Lister."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the host of `settings`; `api_url` is without `/2.0` or with it.

        The token is an access token, or `e-mail:token` for an API token.
        """
        self._settings = settings
        self._http = http
        base = settings.api_url or settings.web_url
        self._api_url = base if base.endswith("/2.0") else f"{base}/2.0"

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository `workspace/name` without asking; raises Refused."""
        checked = checked_repository_path(path)
        clone_url = f"{self._settings.web_url}/{checked}.git"
        return Repository(host=self._settings.name, path=checked, clone_url=clone_url)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/workspace/name/src/commit/path#lines-3:5` below the web address; raises Refused."""
        base = f"{self._settings.web_url}/{checked_repository_path(repository.path)}"
        where = f"{checked_commit(commit)}/{quoted_file_path(path)}"
        return f"{base}/src/{where}{_line_fragment(lines)}"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 100 repositories by time of creation; the cursor is that time.

        Nothing that is created, renamed or deleted meanwhile moves the others. A next page at
        another address, or no later than this one, is not followed and said in `skipped`. Raises
        Defer, Retry, Refused (a redirect) and the like.
        """
        after = "" if cursor is None else f"&after={quote(_checked_cursor(cursor), safe='')}"
        answer = self._get(f"/repositories?pagelen={_PER_PAGE}&fields={_FIELDS}{after}")
        root = document(answer.body, answer.url)
        page = "first page" if cursor is None else f"page after {cursor}"
        entries = read_entries(root.nodes("values"), self._repository_of, page)
        listed = ListPage(
            repositories=entries.repositories, next_cursor=None, skipped=entries.skipped
        )
        try:
            return replace(listed, next_cursor=self._next(root, cursor))
        except Malformed as error:
            unread = Skipped(context=f"all behind the {page}", reason=str(error))
            return replace(listed, skipped=(*entries.skipped, unread))

    def _get(self, path: str) -> Answer:
        headers = {"accept": "application/json"}
        if (token := self._settings.current_token()) is not None:
            headers["authorization"] = _authorization(token)
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        answer = self._http.request("GET", f"{self._api_url}{path}", headers=headers, bucket=bucket)
        return answer.raise_for_status()

    def _repository_of(self, node: Node) -> Repository:
        """Read one repository; its clone URL is built, never taken: a host could name any other."""
        if node.flag("is_private"):
            raise Refused("private: only public repositories are listed")
        if (scm := node.text("scm")) != "git":
            raise Unsupported(f"kept in {printable(scm)}, which is not read")
        parent, branch = node.node("parent"), node.node("mainbranch")
        return replace(
            self.repository(node.text("full_name")),
            native_id=node.text("uuid"),
            default_branch=None if branch is None else branch.optional_text("name"),
            fork_of=None if parent is None else parent.optional_text("full_name"),
            created_at=node.optional_text("created_on"),
            pushed_at=node.optional_text("updated_on"),
            description=node.optional_text("description"),
        )

    def _next(self, root: Node, cursor: str | None) -> str | None:
        """Return `after` of the next page's address; raises Malformed where it leads elsewhere."""
        url = root.optional_text("next")
        if url is None:
            return None
        base, _, query = url.partition("?")
        if base != f"{self._api_url}/repositories":
            raise Malformed(f"the next page is not at {self._api_url}; it was not asked for")
        after = _after_in(query)
        if not _is_time(after) or (cursor is not None and not _is_later(after, cursor)):
            raise Malformed("the next page does not lead further; it was not asked for")
        return after


def _authorization(token: str) -> str:
    if ":" in token:
        return f"Basic {b64encode(token.encode()).decode('ascii')}"
    return f"Bearer {token}"


def _after_in(query: str) -> str:
    try:
        return parse_qs(query, max_num_fields=_MOST_FIELDS).get("after", [""])[0]
    except ValueError as error:
        raise Malformed("the next page has no usable address; it was not asked for") from error


def _checked_cursor(cursor: str) -> str:
    if _is_time(cursor):
        return cursor
    raise Refused(f"{cursor[:50]!r} is no time in this list")


def _is_time(text: str) -> bool:
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_later(text: str, than: str) -> bool:
    return datetime.fromisoformat(text) > datetime.fromisoformat(than)


def _line_fragment(lines: LineSpan | None) -> str:
    if lines is None:
        return ""
    last = "" if lines.last == lines.first else f":{lines.last}"
    return f"#lines-{lines.first}{last}"
