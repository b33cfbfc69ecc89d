"""What the doctor says of the feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeds.registry import is_imported
from workers.cli.feed_ages import age_text, freshness_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from workers.cli.session import Session
    from workers.ledger.ages import FeedAge
    from workers.ledger.cursors import FeedPoll
    from workers.ledger.work_items import Dead

__all__ = ["Check", "feeds_check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the doctor."""

    what: str
    fine: bool
    text: str


_NEVER = "never asked; run seed --from all"
_MOST_NAMED = 3


def feeds_check(session: Session, max_age: timedelta, *, allow_stale: bool) -> Check:
    """Check that feeds were read, still answer, and are not older than `max_age`."""
    from workers.ledger import backlog, cursors, verdicts
    from workers.ledger.work_items import WorkKind

    now = session.wiring.clock()
    with session.wiring.ledger.read() as conn:
        polls, ages = cursors.polls(conn), verdicts.reader(conn).ages()
        given_up = [dead for dead in backlog.dead(conn) if dead.kind is WorkKind.POLL]
    if not polls:
        return Check(what="feeds", fine=False, text=_NEVER)
    freshness = freshness_of(ages, now, max_age)
    failures = [*_all_failed(polls), *_given_up(given_up)]
    said = [_state(ages, polls, now), *filter(None, [freshness.problem]), *failures]
    tolerated = freshness.problem is None or (allow_stale and not freshness.missing)
    return Check(what="feeds", fine=tolerated and not failures, text="; ".join(said))


def _state(ages: Sequence[FeedAge], polls: Sequence[FeedPoll], now: datetime) -> str:
    answers = [(one.answered_at, one.feed) for one in ages if one.answered_at is not None]
    oldest = (
        f", oldest answer: {min(answers)[1]} {age_text(min(answers)[0], now)}" if answers else ""
    )
    failed = sum(poll.problem is not None for poll in polls)
    return f"{len(polls)} asked{oldest}" + (
        f", {failed} failed in their last poll" if failed else ""
    )


def _all_failed(polls: Sequence[FeedPoll]) -> Iterator[str]:
    network = [poll for poll in polls if not is_imported(poll.feed)]
    if network and all(poll.problem is not None for poll in network):
        named = ", ".join(f"{poll.feed}: {poll.problem}" for poll in network[:_MOST_NAMED])
        yield f"every feed of the network failed ({named}); see `ghostcrawl feeds freshness`"


def _given_up(polls: Sequence[Dead]) -> Iterator[str]:
    for dead in polls:
        yield f"the polls of {dead.key} were given up ({dead.why}); start `ghostcrawl run` again"
