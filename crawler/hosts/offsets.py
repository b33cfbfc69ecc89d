"""Lists that are paged by number: the place in one, and saying what may slip past.

An entry that vanishes meanwhile moves all behind it up by one, so that the first entry of the next
page is never seen. Nothing can be done about that but to notice: the host's own count is smaller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.errors import Refused
from crawler.model import Skipped

__all__ = ["PagePlace"]

_PLACE = re.compile(r"([1-9][0-9]{0,8})(?:/([0-9]{1,12}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlace:
    """A page of such a list; written `3/1200`, or `3` where the host does not count."""

    page: int = 1
    total: int | None = None
    """How many entries the host counted in all on the page before."""

    @classmethod
    def of(cls, cursor: str | None) -> PagePlace:
        """Read a cursor; None is the first page. Raises Refused for any other text."""
        if cursor is None:
            return cls()
        match = _PLACE.fullmatch(cursor)
        if match is None:
            raise Refused(f"{cursor[:50]!r} is no page of this list")
        return cls(page=int(match[1]), total=None if match[2] is None else int(match[2]))

    def following(self, total: int | None) -> PagePlace:
        """Return the next page, reached from a page on which the host counted `total`."""
        return PagePlace(page=self.page + 1, total=total)

    def slipped(self, total: int | None) -> tuple[Skipped, ...]:
        """Say how many entries may be lost where the host counts fewer now than a page before.

        As many that came as went leave the count as it was; that cannot be seen.
        """
        if self.total is None or total is None or total >= self.total:
            return ()
        fewer = self.total - total
        reason = f"{fewer} entries vanished since the page before; as many may have slipped past"
        return (Skipped(context=f"page {self.page}", reason=reason),)

    def __str__(self) -> str:
        """Write the cursor."""
        return str(self.page) if self.total is None else f"{self.page}/{self.total}"
