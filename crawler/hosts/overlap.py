"""Paging through a list that knows only offsets, while it changes; pure.

Each page begins a few entries before the end of the last one, so that some may vanish meanwhile without
a loss. More than that is seen, because the last entry is then missing from the page, and said. (Pages of
a single entry cannot overlap: there it is always said.)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.errors import Refused
from crawler.model import Skipped

__all__ = ["MOST_OVERLAP", "Place"]

MOST_OVERLAP = 5
_CURSOR = re.compile(r"(?P<offset>0|[1-9][0-9]{0,8})(?:\.(?P<mark>[0-9a-f]{12}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the next page begins; written `45.3f9a1c22d4e1` as a cursor."""

    offset: int = 0
    mark: str | None = None
    """Part of a digest of the last name that was listed: a name may be long."""

    @classmethod
    def of(cls, cursor: str | None) -> Place:
        """Return the place that `cursor` says, the beginning for None; raise Refused."""
        if cursor is None:
            return cls()
        match = _CURSOR.fullmatch(cursor)
        if match is None:
            raise Refused(f"{cursor[:30]!r} is no place in this list")
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

    def following(self, names: Sequence[str]) -> Place | None:
        """Return the place of the page behind one with these names; None where nothing was new."""
        if not names or _mark(names[-1]) == self.mark:
            return None
        overlap = min(MOST_OVERLAP, len(names) // 2)
        return Place(offset=self.offset + len(names) - overlap, mark=_mark(names[-1]))

    def __str__(self) -> str:
        """Write it as a cursor."""
        return f"{self.offset}" if self.mark is None else f"{self.offset}.{self.mark}"


def _mark(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
