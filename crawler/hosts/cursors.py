"""Cursors of lists that change while they are read; pure.

By page number: an entry that vanishes meanwhile moves all behind it up by one, so that the first entry of
the next page would never be seen. The host's own count tells: where it is smaller, pages are read again.

By offset: each page begins a few entries before the end of the last one, so that some may vanish meanwhile
without a loss. More than that is seen, because the last entry is then missing from the page, and said.
(Pages of a single entry cannot overlap: there it is always said.)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler.errors import Refused
from crawler.model import Skipped

__all__ = [
    "MOST_OVERLAP",
    "OverlapCursor",
    "PageCursor",
    "invalid_cursor",
    "match_cursor",
    "page_number",
]

MOST_OVERLAP = 5
_MOST_RETURNS = 9
_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_PAGE = re.compile(r"([1-9][0-9]{0,8})(?:/([0-9]{1,12})(?:/([1-9]))?)?", re.ASCII)
_OVERLAP = re.compile(r"(?P<offset>0|[1-9][0-9]{0,8})(?:\.(?P<mark>[0-9a-f]{12}))?", re.ASCII)


def invalid_cursor(cursor: str, expected: str) -> Refused:
    """Return the error for a cursor that this list did not write."""
    return Refused(f"invalid cursor {cursor[:50]!r}: expected {expected}")


def match_cursor(pattern: re.Pattern[str], cursor: str, expected: str) -> re.Match[str]:
    """Return how `cursor` matches `pattern`; raises Refused where it does not."""
    match = pattern.fullmatch(cursor)
    if match is None:
        raise invalid_cursor(cursor, expected)
    return match


def page_number(cursor: str | None, most: int = 999_999) -> int:
    """Return the page that `cursor` names, the first for None; raises Refused for any other text."""
    if cursor is None:
        return 1
    if not _NUMBER.fullmatch(cursor) or int(cursor) > most:
        raise invalid_cursor(cursor, f"a page from 1 to {most}")
    return int(cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCursor:
    """A page of a list; written `3/1200`, `3/1200/1` after a return, `3` without a count."""

    page: int = 1
    total: int | None = None
    """How many entries the host counted in all on the page before."""
    returns: int = 0
    """How often we went back; it also tells a page from the same page read earlier."""

    @classmethod
    def of(cls, cursor: str | None) -> PageCursor:
        """Read a cursor; None is the first page. Raises Refused for any other text."""
        if cursor is None:
            return cls()
        match = match_cursor(_PAGE, cursor, "page, page/total or page/total/returns")
        total = None if match[2] is None else int(match[2])
        return cls(page=int(match[1]), total=total, returns=int(match[3] or 0))

    def following(self, total: int | None, count: int, *, further: bool) -> PageCursor | None:
        """Return the page to ask for next, after this one of `count` entries; None at the end.

        `total` is what the host counts now, `further` whether it has a next page. Where it counts
        fewer than before, that is as many pages back as the others can have moved up. As many that
        came as went leave the count as it was; that cannot be seen.
        """
        fewer = self._fewer(total)
        if fewer and self.returns < _MOST_RETURNS:
            back = -(-fewer // max(1, count))
            return PageCursor(page=max(1, self.page - back), total=total, returns=self.returns + 1)
        return replace(self, page=self.page + 1, total=total) if further else None

    def slipped(self, total: int | None) -> tuple[Skipped, ...]:
        """Say how many entries may be lost in a list that shrinks too often to go back once more."""
        fewer = self._fewer(total)
        if not fewer or self.returns < _MOST_RETURNS:
            return ()
        reason = f"{fewer} entries vanished since the page before; as many may have slipped past"
        return (Skipped(context=f"page {self.page}", reason=reason),)

    def broken_off(
        self, total: int | None, count: int, *, asked: int, following: object
    ) -> tuple[Skipped, ...]:
        """Say how many entries a list still has by the host's own count, where it names no next page.

        `count` entries came of the `asked`; a host that gives fewer a page than that is thought to have given
        all.
        """
        left = 0 if total is None else total - (self.page - 1) * asked - count
        if following is not None or left <= 0:
            return ()
        reason = f"the list ends here, and the host counts {left} more of {total} entries"
        return (Skipped(context=f"page {self.page}", reason=reason),)

    def _fewer(self, total: int | None) -> int:
        return 0 if self.total is None or total is None else max(0, self.total - total)

    def __str__(self) -> str:
        """Write the cursor."""
        counted = "" if self.total is None else f"/{self.total}"
        return f"{self.page}{counted}/{self.returns}" if self.returns else f"{self.page}{counted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapCursor:
    """The offset that the next page begins at; written `45.3f9a1c22d4e1` as a cursor."""

    offset: int = 0
    mark: str | None = None
    """Part of a digest of the last name that was listed: a name may be long."""

    @classmethod
    def of(cls, cursor: str | None) -> OverlapCursor:
        """Return the place that `cursor` says, the beginning for None; raise Refused."""
        if cursor is None:
            return cls()
        match = match_cursor(_OVERLAP, cursor, "offset or offset.mark")
        return cls(offset=int(match["offset"]), mark=match["mark"])

    def known(self, names: Sequence[str]) -> int:
        """Return how many of the page's first entries were listed already."""
        marks = [_mark(name) for name in names]
        return marks.index(self.mark) + 1 if self.mark in marks else 0

    def moved(self, names: Sequence[str]) -> tuple[Skipped, ...]:
        """Say, for the page with these names, that the list was cut behind our back; or nothing."""
        if self.mark is None or self.known(names):
            return ()
        reason = "entries vanished while the list was read; some may have been passed over"
        return (Skipped(context=f"entries before {self.offset + 1}", reason=reason),)

    def following(self, names: Sequence[str]) -> OverlapCursor | None:
        """Return the place of the page behind one with these names; None where nothing was new."""
        if not names or _mark(names[-1]) == self.mark:
            return None
        overlap = min(MOST_OVERLAP, len(names) // 2)
        return OverlapCursor(offset=self.offset + len(names) - overlap, mark=_mark(names[-1]))

    def __str__(self) -> str:
        """Write it as a cursor."""
        return f"{self.offset}" if self.mark is None else f"{self.offset}.{self.mark}"


def _mark(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
