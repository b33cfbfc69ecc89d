"""When a polled feed answered last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feeds.registry import is_imported

__all__ = ["FeedAge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAge:
    """A feed that was polled."""

    feed: str
    answered_at: datetime | None
    """UTC; end of the last poll that came to its end."""

    @property
    def grows_old(self) -> bool:
        """Whether its answer says less every day; a file that was imported once does not."""
        return not is_imported(self.feed)
