"""A snapshot goes into a ledger: what is newer in it is taken, what is newer here stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from crawler.errors import FeedError
from crawler.model import ProjectKey, Record, Skipped
from crawler.verdicts.withdrawals import ACCUSING
from feeds.guards import refuse_change
from workers.ledger import assertions, current_assertions, cursors
from workers.ledger.cursors import FeedPoll
from workers.steps.reconsidering import reconsider

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.ledger import Ledger
    from workers.snapshot.content import FeedState, SnapshotContent

__all__ = ["Imported", "take_in"]

_CLOCK_SKEW = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a snapshot."""

    taken: tuple[FeedState, ...]
    """Feeds that it knew more of."""
    kept: tuple[FeedState, ...]
    """Feeds of which as much or more is known here."""
    projects: tuple[ProjectKey, ...]
    """Those whose verdicts changed."""
    skipped: tuple[Skipped, ...]


@dataclass(slots=True)
class _Survey:
    """What the records of one feed hold, before any of it is believed."""

    ids: set[str] = field(default_factory=set)
    accusing: set[str] = field(default_factory=set)


def take_in(
    ledger: Ledger,
    content: SnapshotContent,
    now: datetime,
    protected: Collection[ProjectKey],
    *,
    accept_change: bool,
) -> Imported:
    """Take what `content` knows of feeds later than the ledger does, all of it or nothing.

    A feed that was heard here later is left alone, so that taking in the same twice changes nothing. Of
    the others a snapshot is the whole: accusations that are not in it are taken back. Raises FeedError
    for a content that is not readable, of the future, or changes more than 10 % of the accusations of a
    feed, unless a person accepts that.
    """
    if content.heading.made_at > now + _CLOCK_SKEW:
        msg = (
            f"the snapshot is dated {content.heading.made_at.date()}; is the clock of this machine "
            "right? Nothing was changed"
        )
        raise FeedError(msg)
    with ledger.read() as conn:
        if not _taken(conn, content):
            return Imported(taken=(), kept=content.heading.feeds, projects=(), skipped=())
    found, skipped = _surveyed(content)
    take = partial(
        _take, content=content, found=found, now=now, protected=protected, accept=accept_change
    )
    taken, projects = ledger.transaction(take)
    kept = tuple(state for state in content.heading.feeds if state not in taken)
    return Imported(taken=taken, kept=kept, projects=projects, skipped=skipped)


def _surveyed(content: SnapshotContent) -> tuple[Mapping[str, _Survey], tuple[Skipped, ...]]:
    """Read all of it once; raises FeedError where it holds less than its heading says."""
    found, skipped = defaultdict[str, _Survey](_Survey), list[Skipped]()
    for each in content.records():
        if isinstance(each, Skipped):
            skipped.append(each)
            continue
        feed, record = each
        found[feed].ids.add(record.id)
        if any(a.claim in ACCUSING and a.retracted_at is None for a in record.assertions):
            found[feed].accusing.add(record.id)
    stated = sum(state.records for state in content.heading.feeds)
    read = sum(len(survey.ids) for survey in found.values())
    if read + len(skipped) != stated or (stated and not read):
        msg = f"the snapshot holds {read} readable records instead of {stated}; nothing was changed"
        raise FeedError(msg)
    return found, tuple(skipped)


def _take(  # noqa: PLR0913, PLR0917 - as `take_in`
    conn: Connection,
    content: SnapshotContent,
    found: Mapping[str, _Survey],
    now: datetime,
    protected: Collection[ProjectKey],
    accept: bool,  # noqa: FBT001
) -> tuple[tuple[FeedState, ...], tuple[ProjectKey, ...]]:
    taken = _taken(conn, content)
    emptied = {
        state.feed: _emptied(conn, state, found.get(state.feed, _Survey()), accept=accept)
        for state in taken
    }
    changed = set[ProjectKey]()
    told = (each for each in content.records() if not isinstance(each, Skipped))
    for feed, group in groupby(told, key=lambda each: each[0]):
        if feed in emptied:
            changed |= assertions.append(conn, feed, (record for _, record in group), now)
    for state in taken:
        changed |= assertions.append(conn, state.feed, emptied[state.feed], now)
        cursors.restore(conn, _poll(state, now), state.cursor)
    return taken, reconsider(conn, changed, now, protected)


def _taken(conn: Connection, content: SnapshotContent) -> tuple[FeedState, ...]:
    """Return the feeds that were heard later there than here."""
    known = {poll.feed: poll for poll in cursors.polls(conn)}
    return tuple(s for s in content.heading.feeds if _knows_more(s, known.get(s.feed)))


def _knows_more(state: FeedState, known: FeedPoll | None) -> bool:
    heard = [] if known is None else [known.answered_at, known.cursor_at]
    latest = max(filter(None, heard), default=None)
    if latest is None or state.told_at is None:
        return latest is None
    return state.told_at > latest


def _emptied(
    conn: Connection, state: FeedState, found: _Survey, *, accept: bool
) -> Sequence[Record]:
    """Return the records of a feed that accuse here, are not in the snapshot, and are not newer.

    A record that is there and was withdrawn says so itself.
    """
    before = current_assertions.accusing(conn, state.feed)
    heard = state.told_at
    absent = before - found.ids
    gone = (
        () if heard is None else current_assertions.not_heard_since(conn, state.feed, absent, heard)
    )
    refuse_change(
        state.feed,
        before=len(before),
        lost=len(gone),
        new=len(found.accusing - before),
        accept=accept,
    )
    return [Record(id=record_id, assertions=()) for record_id in gone]


def _poll(state: FeedState, now: datetime) -> FeedPoll:
    """Return when a feed was heard; nothing was heard in the future."""

    def past(at: datetime | None) -> datetime | None:
        return None if at is None else min(at, now)

    return FeedPoll(
        feed=state.feed,
        asked_at=past(state.asked_at),
        answered_at=past(state.answered_at),
        cursor_at=past(state.cursor_at),
        news_at=past(state.news_at),
    )
