"""cgit: the list of repositories in its pages, permalinks; read over git.

Source: cgit's ui-repolist.c and ui-tree.c, and version 1.2.3 as it runs. cgit itself serves
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

from crawler.errors import Refused, Retry
from crawler.hosts.checked_names import checked_folder, quoted_folder
from crawler.hosts.cursors import OverlapCursor
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.pages import list_page
from crawler.net import HttpLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.hosts.interface import ListPage
    from crawler.model import Repository
    from crawler.net import Answer

__all__ = ["Cgit"]

_PAGE = HttpLimits(max_bytes=4 * 1024 * 1024)
"""A page of 1,000 repositories has 0.4 MB."""
_TAG = re.compile(r"<(table|td|ul|a)\b([^<>]{0,4000}+)>")
_ATTRIBUTE = re.compile(r"\b(class|href|summary)=(?:'([^']*+)'|\"([^\"]*+)\")")
_ROW_CLASSES = {"toplevel-repo", "sublevel-repo"}
_OFFSET = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class Cgit(Forge):
    """Host and Lister; anonymous. Its list is at `web_url`, git below `api_url` where that is set."""

    dialect = Dialect(
        checked=checked_folder,
        quoted=quoted_folder,
        cloned=quoted_folder,
        page="{path}/tree/{file}?id={commit}",
        lines=fragment("#n"),
        clones_at_api=True,
    )

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page, by name; how many repositories it has is the host's setting.

        cgit knows offsets only: see `OverlapCursor` for what happens when the list changes. Raises
        Defer, Retry (also for a page without a list), Refused (a redirect) and the like.
        """
        place = OverlapCursor.of(cursor)
        url = f"{self._settings.web_url}/?s=name&ofs={place.offset}"
        page = _page_of(self._get_page(url, _PAGE))
        known = place.known(page.links)
        new = enumerate(page.links[known:], start=place.offset + known + 1)
        return list_page(
            ((f"entry {number} of the list", link) for number, link in new),
            self._linked,
            following=place.following(page.links) if page.is_full else None,
            skipped=place.moved(page.links),
        )

    def _linked(self, link: str) -> Repository:
        """Return the repository that a link of the list leads to; it must lie below our own address."""
        base = f"{self._settings.web_url}/"
        try:
            url = urljoin(base, link)
            parts = urlsplit(url)
            path = unquote(url.removeprefix(base), errors="strict").removesuffix("/")
        except ValueError as error:
            raise Refused(f"invalid link {link[:200]!r}: expected a URL in UTF-8") from error
        if not url.startswith(base) or parts.query or parts.fragment:
            raise Refused(f"invalid link {link[:200]!r}: expected a repository below {base}")
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
