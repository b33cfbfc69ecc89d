"""What commands that rest on feeds say of their age, and how that ends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from crawler.errors import FeedError
from workers.cli.times import SPAN

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from workers.cli.session import Session
    from workers.ledger.ages import FeedAge

__all__ = [
    "ALLOW_STALE",
    "MAX_FEED_AGE",
    "Freshness",
    "age_of_feeds",
    "age_text",
    "code_by_age",
    "freshness_of",
]

MAX_FEED_AGE = click.option(
    "--max-feed-age",
    type=SPAN,
    default="24h",
    show_default=True,
    help="A feed is stale when its last answer is older: 90m, 24h, 2d. Imported files have no age.",
)
ALLOW_STALE = click.option(
    "--allow-stale", is_flag=True, help="Warn about stale feeds instead of ending with 5."
)
_MISSING = "no feed has been read to its end yet; run `ghostcrawl seed --from all`"
_ADVICE = "run `ghostcrawl seed --from all`, or import a newer snapshot"
_PARTIAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Whether what is known of removals is recent enough."""

    missing: bool
    """Whether no feed has ever come to its end."""
    stale: tuple[FeedAge, ...]
    """Feeds that are too old, or never came to their end, by name."""
    now: datetime

    @property
    def problem(self) -> str | None:
        """What is wrong, for people; None where nothing is."""
        if self.missing:
            return _MISSING
        if not self.stale:
            return None
        ages = (f"{one.feed} ({age_text(one.answered_at, self.now)})" for one in self.stale)
        return f"stale feeds, by their last answer: {', '.join(ages)}; {_ADVICE}"


def freshness_of(ages: Iterable[FeedAge], now: datetime, max_age: timedelta) -> Freshness:
    """Judge the feeds that were polled, at `now` (UTC)."""
    polled = tuple(ages)
    return Freshness(
        missing=all(one.answered_at is None for one in polled),
        stale=tuple(one for one in polled if one.grows_old and _is_old(one, now, max_age)),
        now=now,
    )


def _is_old(one: FeedAge, now: datetime, max_age: timedelta) -> bool:
    return one.answered_at is None or now - one.answered_at > max_age


def age_text(then: datetime | None, now: datetime) -> str:
    """Return how long ago it was, in its largest unit."""
    if then is None:
        return "never"
    minutes = max(0, int((now - then).total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days} d ago"
    return f"{hours} h ago" if hours else f"{minutes} min ago"


def code_by_age(
    session: Session,
    freshness: Freshness,
    code: int,
    *,
    allow_stale: bool,
    needs_seed: bool = True,
) -> int:
    """Say what is missing or stale; return the exit code of a command that would end with `code`.

    A stale feed is 5 unless that is allowed, and nothing learned at all is 5 where a command
    `needs_seed`. Findings, an interruption and wrong settings are stronger.
    """
    if freshness.problem is None:
        return code
    tolerated = not needs_seed if freshness.missing else allow_stale
    session.say(f"{'warning: ' if tolerated else ''}{freshness.problem}")
    return FeedError.exit_code if not tolerated and code in {0, _PARTIAL} else code


def age_of_feeds(
    session: Session,
    max_age: timedelta,
    code: int,
    *,
    allow_stale: bool,
    needs_seed: bool = True,
) -> int:
    """Do as `code_by_age` for the feeds of the ledger, as of now."""
    from workers.ledger import verdicts

    with session.wiring.ledger.read() as conn:
        ages = verdicts.reader(conn).ages()
    freshness = freshness_of(ages, session.wiring.clock(), max_age)
    return code_by_age(session, freshness, code, allow_stale=allow_stale, needs_seed=needs_seed)
