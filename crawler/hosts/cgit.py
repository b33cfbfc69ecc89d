"""cgit: the list of repositories in its pages, permalinks, the blob behind a line; read over git.

Source: cgit's ui-repolist.c, ui-tree.c and ui-plain.c, and version 1.2.3 as it runs. cgit itself serves
git's dumb protocol only, so the base of the clone URLs is a setting of its own.

Pages are taken apart by expressions that cannot backtrack: `html.parser` of Python 3.11 needs half a
minute for 200 kB of `<!--` and longer for others, and the page is a stranger's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from crawler.errors import GiveUp, Refused, Retry
from crawler.hosts.folders import folder_repository, quoted_folder
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import checked_commit, quoted_file_path
from crawler.hosts.overlap import Place
from crawler.model import Repository, Skipped
from crawler.net import Bucket, HttpLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Cgit"]

_PAGE = HttpLimits(max_bytes=4 * 1024 * 1024)
"""A page of 1,000 repositories has 0.4 MB."""
_TAG = re.compile(r"<(table|td|ul|a)\b([^<>]{0,4000}+)>")
_ATTRIBUTE = re.compile(r"\b(class|href|summary)=(?:'([^']*+)'|\"([^\"]*+)\")")
_ROW_CLASSES = {"toplevel-repo", "sublevel-repo"}
_OFFSET = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_OID = re.compile(r'(?:W/)?"([0-9a-f]{40}|[0-9a-f]{64})"')


class Cgit:
    """Host and Lister; anonymous, a token is never sent."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the cgit whose list is at `web_url`; git is spoken below `api_url`, else below `web_url`."""
        self._settings = settings
        self._http = http
        self._clone_base = settings.api_url or settings.web_url

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository that cgit calls `path` (`team/app.git`) without asking; raises Refused."""
        return folder_repository(self._settings, self._clone_base, path)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/R/tree/path?id=commit#n3` below the web address; cgit links to a single line."""
        line = "" if lines is None else f"#n{lines.first}"
        return f"{self._page(repository, 'tree', commit, path)}{line}"

    def blob_oid(self, repository: Repository, commit: str, path: str) -> str | None:
        """Ask, with one HEAD request, which blob `path` is at `commit`; None where cgit does not say.

        The ETag of a plain page is the object name (ui-plain.c). Raises Gone, Defer and the like.
        """
        answer = self._request("HEAD", self._page(repository, "plain", commit, path))
        match = _OID.fullmatch(answer.headers.get("etag", ""))
        return None if match is None else match[1]

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page, by name; how many repositories it has is the host's setting.

        cgit knows offsets only: see `crawler.hosts.overlap` for what happens when the list changes.
        Raises Defer, Retry (also for a page that is no list), Refused (a redirect) and the like.
        """
        place = Place.of(cursor)
        answer = self._request("GET", f"{self._settings.web_url}/?s=name&ofs={place.offset}")
        page = _page_of(answer)
        repositories: list[Repository] = []
        skipped = list(place.moved(page.links))
        known = place.known(page.links)
        for number, link in enumerate(page.links[known:], start=place.offset + known + 1):
            try:
                repositories.append(self._linked(link))
            except GiveUp as error:
                skipped.append(Skipped(context=f"entry {number} of the list", reason=str(error)))
        following = place.following(page.links) if page.is_full else None
        return ListPage(
            repositories=tuple(repositories),
            next_cursor=None if following is None else str(following),
            skipped=tuple(skipped),
        )

    def _page(self, repository: Repository, kind: str, commit: str, path: str) -> str:
        folder = f"{self._settings.web_url}/{quoted_folder(repository.path)}"
        return f"{folder}/{kind}/{quoted_file_path(path)}?id={checked_commit(commit)}"

    def _request(self, method: str, url: str) -> Answer:
        bucket = Bucket(host=self._settings.name, resource="web", identity=self._settings.identity)
        answer = self._http.request(method, url, limits=_PAGE, bucket=bucket)
        return answer.raise_for_status()

    def _linked(self, link: str) -> Repository:
        """Return the repository that a link of the list leads to; it must lie below our own address."""
        base = f"{self._settings.web_url}/"
        try:
            url = urljoin(base, link)
            parts = urlsplit(url)
            path = unquote(url.removeprefix(base), errors="strict").removesuffix("/")
        except ValueError as error:
            raise Refused(f"{link[:200]!r} is no URL, or not UTF-8") from error
        if not url.startswith(base) or parts.query or parts.fragment:
            raise Refused(f"{link[:200]!r} does not lead to a repository below {base}")
        return self.repository(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ListPage:
    """What a page of the list says."""

    links: tuple[str, ...]
    """One per repository."""
    per_page: int | None
    """Where the second page begins; None where there is one page only."""

    @property
    def is_full(self) -> bool:
        return self.per_page is not None and len(self.links) >= self.per_page


def _page_of(answer: Answer) -> _ListPage:
    """Read the table of repositories and the pager; raises Retry where there is no table."""
    links: list[str] = []
    offsets: list[int] = []
    inside, found = "", False
    for tag, text in _tags(answer.body):
        attributes = {name: a or b for name, a, b in _ATTRIBUTE.findall(text)}
        kind = attributes.get("class", "")
        if tag != "a":
            found = found or attributes.get("summary") == "repository list"
            inside = kind
        elif inside in _ROW_CLASSES:
            links.append(unescape(attributes.get("href", "")))
            inside = ""
        elif inside == "pager":
            offsets += _offset(unescape(attributes.get("href", "")))
    if not found:
        raise Retry(f"{answer.url}: expected cgit's list of repositories; ask again later")
    return _ListPage(links=tuple(links), per_page=min(offsets, default=None))


def _tags(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield (name, attributes as written) of the tags that matter."""
    for match in _TAG.finditer(body.decode("utf-8", "surrogateescape")):
        yield match[1], match[2]


def _offset(link: str) -> list[int]:
    """Return the offset that a link of the pager names, if it names one."""
    values = parse_qs(link.partition("?")[2]).get("ofs", [])
    return [int(value) for value in values[:1] if _OFFSET.fullmatch(value)]
