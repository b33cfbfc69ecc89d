"""What was not looked at, gathered while a repository is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.errors import GhostcrawlError
from crawler.model import Skipped

__all__ = ["Skips"]

_MOST_SKIPPED = 200


@dataclass(slots=True)
class Skips:
    """Named one by one only while a reader could want that; then counted as more of `what`."""

    what: str
    named: list[Skipped] = field(default_factory=list)
    more: int = 0

    def add(self, context: str, reason: str | GhostcrawlError, at: str | None = None) -> None:
        """Note one thing; `at` is the path that it may hide, as in `Skipped`."""
        if len(self.named) < _MOST_SKIPPED:
            self.named.append(Skipped(context=context, reason=str(reason), at=at))
        else:
            self.more += 1

    def take(self) -> tuple[Skipped, ...]:
        """Return everything that was noted since it was last taken."""
        taken, more = tuple(self.named), self.more
        self.named.clear()
        self.more = 0
        if not more:
            return taken
        return (*taken, Skipped(context=self.what, reason=f"{more} more of these"))
