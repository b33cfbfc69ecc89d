"""When each polled feed answered last: one question, whoever carries it to the database.

SQLAlchemy carries it for most commands, the standard library for a scan (`workers.ledger.read_only`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from feeds.interface import is_imported

if TYPE_CHECKING:
    from workers.ledger.verdict_reader import Ask

__all__ = ["FeedAge", "ages"]

_ASKED = (
    "SELECT feed, answered_at FROM feed_poll UNION ALL SELECT feed, checked_at FROM feed_cursor "
    "WHERE feed NOT IN (SELECT feed FROM feed_poll)"
)


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


def ages(ask: Ask) -> tuple[FeedAge, ...]:
    """Return all feeds that were ever polled, by name; `ask` as in `workers.ledger.verdict_reader`."""
    found = (
        FeedAge(feed=feed, answered_at=None if at is None else datetime.fromisoformat(at))
        for feed, at in ask(_ASKED, ())
    )
    return tuple(sorted(found, key=lambda one: one.feed))
