"""Pages of repositories: their entries, how an answer names a next page, and lists that are paged by number.

An entry that cannot be read is said, and the rest is kept. The address of a next page is never followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs, urlsplit

from crawler.errors import GiveUp, Malformed
from crawler.hosts.answers import array
from crawler.hosts.cursors import PageCursor, page_number
from crawler.hosts.interface import ListPage
from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.model import Repository
    from crawler.net import Answer

__all__ = [
    "RelatedPages",
    "header_count",
    "links_next",
    "list_page",
    "next_parameter",
    "not_followed",
    "numbered",
    "read_entries",
]

T = TypeVar("T")
R = TypeVar("R")
_NEXT = re.compile(r'<[^<>]*>\s*;[^,]*\brel="?next\b')
_COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)
_MOST_FIELDS = 20
"""Parameters in the address of a next page."""


def numbered(
    page: str, nodes: Iterable[JsonObject | None]
) -> Iterator[tuple[str, JsonObject | None]]:
    """Name each of `nodes` for people: `page 7, entry 3`, counted from 0."""
    return ((f"{page}, entry {index}", node) for index, node in enumerate(nodes))


def read_entries(
    entries: Iterable[tuple[str, T | None]], read: Callable[[T], R]
) -> tuple[tuple[R, ...], tuple[Skipped, ...]]:
    """Return what `read` makes of each of `entries`, which are named, and what it could not read.

    A GiveUp of it, or an entry that is None, skips the entry and not the page.
    """
    done: list[R] = []
    skipped: list[Skipped] = []
    for context, entry in entries:
        try:
            if entry is None:
                raise Malformed("expected an object")
            done.append(read(entry))
        except GiveUp as error:
            skipped.append(Skipped(context=context, reason=str(error)))
    return tuple(done), tuple(skipped)


def list_page(
    entries: Iterable[tuple[str, T | None]],
    read: Callable[[T], Repository],
    *,
    following: object = None,
    skipped: tuple[Skipped, ...] = (),
) -> ListPage:
    """Return the page with these entries; `following` is the next cursor, written with `str`.

    `skipped` is what is to be said of the page besides its entries.
    """
    repositories, unread = read_entries(entries, read)
    return ListPage(
        repositories=repositories,
        next_cursor=None if following is None else str(following),
        skipped=unread + skipped,
    )


def links_next(answer: Answer) -> bool:
    """Say whether the Link header (RFC 8288) names a next page."""
    return _NEXT.search(answer.headers.get("link", "")) is not None


def header_count(answer: Answer, name: str) -> int | None:
    """Return the number in the header `name` of an answer, or None where there is none."""
    value = answer.headers.get(name, "")
    return int(value) if _COUNT.fullmatch(value) else None


def next_parameter(url: str, name: str) -> str:
    """Return the parameter `name` in the address of a next page, empty unless there is exactly one.

    Raises Malformed for what cannot be an address.
    """
    try:
        values = parse_qs(urlsplit(url).query, max_num_fields=_MOST_FIELDS).get(name, [])
    except ValueError as error:
        raise not_followed("invalid address") from error
    return values[0] if len(values) == 1 else ""


def not_followed(why: str) -> Malformed:
    """Return the error for the address of a next page that we do not ask for."""
    return Malformed(f"next page not followed: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedPages:
    """Asks for forks of a repository and for what its owner has: lists that are paged by number."""

    ask: Callable[[str], Answer]
    """Asks for a path below the API's base; raises for a status other than success."""
    read: Callable[[JsonObject], Repository]
    """Reads one repository; raises GiveUp for one that is left out."""
    goes_on: Callable[[Answer, int], bool] = lambda answer, _number: links_next(answer)
    """Says whether an answer, the page of this number, names a next page."""
    per_page: int
    """How many entries the questions ask for."""

    def page(self, question: str, cursor: str | None) -> ListPage:
        """Ask `question`, a path with a query, for one page; the cursor is its number."""
        number = page_number(cursor)
        answer = self.ask(f"{question}&page={number}")
        nodes = array(answer.body, answer.url)
        following = number + 1 if nodes and self.goes_on(answer, number) else None
        totals = (header_count(answer, name) for name in ("x-total-count", "x-total"))
        total = next((one for one in totals if one is not None), None)
        cut = PageCursor(page=number).broken_off(
            total, len(nodes), asked=self.per_page, following=following
        )
        return list_page(
            numbered(f"page {number}", nodes), self.read, following=following, skipped=cut
        )

    def forks(self, path: str, question: str, cursor: str | None) -> ListPage:
        """Ask as `page` does for forks of `path`, which they are where they do not say of what."""
        page = self.page(question, cursor)
        found = tuple(replace(r, fork_of=r.fork_of or path) for r in page.repositories)
        return replace(page, repositories=found)
