"""What was not looked at, gathered while a repository is read."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace
from operator import itemgetter

from crawler.errors import GhostcrawlError
from crawler.model import Skipped

__all__ = ["Skips"]

_MOST_NAMED = 200
_MOST_REASONS = 100


@dataclass(slots=True)
class Skips:
    """Names what is worth most one by one, as much as a reader could want, and counts the rest by reason.

    So that a great many things of little worth neither hide the others nor take the memory for it. Where
    even the reasons are too many, the rest is counted as more of `what`.
    """

    what: str
    _named: list[tuple[int, int, Skipped]] = field(default_factory=list)
    """A heap: what is worth least, and of that the last, comes out first."""
    _counted: dict[str, Skipped] = field(default_factory=dict)
    _number: int = 0

    def add(
        self,
        context: str,
        reason: str | GhostcrawlError,
        at: str | None = None,
        *,
        worth: int = 0,
        times: int = 1,
    ) -> None:
        """Note one thing that is worth so much, or the like of it so many times.

        `at` is the path that it may hide, as in `Skipped`.
        """
        self._number += 1
        one = Skipped(context=context, reason=str(reason), at=at, times=times)
        entry = (worth, -self._number, one)
        if len(self._named) < _MOST_NAMED:
            heapq.heappush(self._named, entry)
        else:
            self._count(heapq.heappushpop(self._named, entry)[-1])

    def _count(self, one: Skipped) -> None:
        reason, context = one.reason, one.context
        if reason not in self._counted and len(self._counted) >= _MOST_REASONS:
            reason, context = "for other reasons", self.what
        known = self._counted.get(reason)
        # What is only counted has no path of its own: it may hide any.
        self._counted[reason] = (
            Skipped(context=context, reason=reason, times=one.times)
            if known is None
            else replace(known, times=known.times + one.times)
        )

    def take(self) -> tuple[Skipped, ...]:
        """Return everything noted since it was last taken, in that order, then what was only counted."""
        named = sorted(self._named, key=itemgetter(1), reverse=True)
        taken = (*(one for _, _, one in named), *self._counted.values())
        self._named.clear()
        self._counted.clear()
        return taken
