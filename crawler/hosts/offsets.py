"""Lists that are paged by number: the place in one, and going back where entries slipped past; pure.

An entry that vanishes meanwhile moves all behind it up by one, so that the first entry of the next
page would never be seen. The host's own count tells: where it is smaller, pages are read again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from crawler.errors import Refused
from crawler.model import Skipped

__all__ = ["PagePlace"]

_PLACE = re.compile(r"([1-9][0-9]{0,8})(?:/([0-9]{1,12})(?:/([1-9]))?)?", re.ASCII)
_MOST_RETURNS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlace:
    """A page of such a list; written `3/1200`, `3/1200/1` after a return, `3` without a count."""

    page: int = 1
    total: int | None = None
    """How many entries the host counted in all on the page before."""
    returns: int = 0
    """How often we went back; it also tells a page from the same page read earlier."""

    @classmethod
    def of(cls, cursor: str | None) -> PagePlace:
        """Read a cursor; None is the first page. Raises Refused for any other text."""
        if cursor is None:
            return cls()
        match = _PLACE.fullmatch(cursor)
        if match is None:
            raise Refused(f"{cursor[:50]!r} is no page of this list")
        total = None if match[2] is None else int(match[2])
        return cls(page=int(match[1]), total=total, returns=int(match[3] or 0))

    def following(self, total: int | None, count: int, *, further: bool) -> PagePlace | None:
        """Return the page to ask for next, after this one of `count` entries; None at the end.

        `total` is what the host counts now, `further` whether it has a next page. Where it counts
        fewer than before, that is as many pages back as the others can have moved up. As many that
        came as went leave the count as it was; that cannot be seen.
        """
        fewer = self._fewer(total)
        if fewer and self.returns < _MOST_RETURNS:
            back = -(-fewer // max(1, count))
            return PagePlace(page=max(1, self.page - back), total=total, returns=self.returns + 1)
        return replace(self, page=self.page + 1, total=total) if further else None

    def slipped(self, total: int | None) -> tuple[Skipped, ...]:
        """Say how many entries may be lost in a list that shrinks too often to go back once more."""
        fewer = self._fewer(total)
        if not fewer or self.returns < _MOST_RETURNS:
            return ()
        reason = f"{fewer} entries vanished since the page before; as many may have slipped past"
        return (Skipped(context=f"page {self.page}", reason=reason),)

    def _fewer(self, total: int | None) -> int:
        return 0 if self.total is None or total is None else max(0, self.total - total)

    def __str__(self) -> str:
        """Write the cursor."""
        counted = "" if self.total is None else f"/{self.total}"
        return f"{self.page}{counted}/{self.returns}" if self.returns else f"{self.page}{counted}"
