"""How long it took from the push of a lure to its finding, and which way led there.

A host states when a repository was last pushed to, so a lure may be older than it says: then it took longer
than is told here, never less than the host knows of.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from crawler.errors import Malformed
from crawler.fields import instant
from crawler.model import Confidence
from workers.ledger.sql.keys import batched
from workers.ledger.tables import finding, repository
from workers.runs import Way

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

__all__ = ["TimeToFind", "note", "times_to_find"]

_TOLD = (Confidence.CONFIRMED.value, Confidence.LIKELY.value)
_WORST_TENTH = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToFind:
    """How fast one way led to repositories with a confirmed or likely finding."""

    way: Way | None
    """None: found before ways were noted."""
    timed: int
    """Repositories that were pushed to since the ledger began; the times are theirs."""
    median: timedelta | None
    ninetieth: timedelta | None
    """Nine of ten took at most that."""
    older: int
    """Repositories that had been pushed to before there was a ledger."""
    unknown: int
    """Repositories of which the host did not say when they were pushed to."""


def note(
    conn: Connection, keys: Collection[str], way: Way | None, pushed_at: str | None = None
) -> None:
    """Keep, of new findings, the way that led to them, and when their repository was pushed to.

    `way` None is the one that found the repository; `pushed_at`, as a host writes it, is that of the
    ledger where None.
    """
    for some in batched(keys):
        statement = (
            select(finding.c.key, repository.c.found_by, repository.c.pushed_at)
            .join(repository, repository.c.id == finding.c.repository_id)
            .where(finding.c.key.in_(some))
        )
        for key, found_by, stated in conn.execute(statement).all():
            values = {
                "found_by": found_by if way is None else way.value,
                "pushed_at": _moment(pushed_at or stated),
            }
            conn.execute(update(finding).where(finding.c.key == key).values(values))


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else instant(text, "pushed_at")
    except Malformed:
        return None


def times_to_find(conn: Connection) -> tuple[TimeToFind, ...]:
    """Return how fast each way was that led to anything, by its name.

    A repository counts once, by its first finding; those that were pushed to before the ledger began say
    when it began and not how fast it is, and are counted apart.
    """
    began = conn.scalar(select(func.min(repository.c.first_seen)))
    columns = (finding.c.found_by, finding.c.first_seen, finding.c.pushed_at)
    statement = select(finding.c.repository_id, *columns).where(finding.c.confidence.in_(_TOLD))
    first: dict[int | None, tuple[str | None, datetime, datetime | None]] = {}
    for number, *known in conn.execute(statement.order_by(finding.c.first_seen, finding.c.key)):
        first.setdefault(number, (known[0], known[1], known[2]))
    by_way: defaultdict[Way | None, list[timedelta | None]] = defaultdict(list)
    older: defaultdict[Way | None, int] = defaultdict(int)
    for found_by, found_at, pushed_at in first.values():
        way = None if found_by is None else Way(found_by)
        if pushed_at is not None and began is not None and pushed_at < began:
            older[way] += 1
        else:
            by_way[way].append(
                None if pushed_at is None else max(timedelta(), found_at - pushed_at)
            )
    ways = sorted(by_way.keys() | older.keys(), key=lambda way: way or "~")
    return tuple(_summary(way, by_way[way], older[way]) for way in ways)


def _summary(way: Way | None, times: Sequence[timedelta | None], older: int) -> TimeToFind:
    known = sorted(time for time in times if time is not None)
    return TimeToFind(
        way=way,
        timed=len(known),
        median=_share_of(known, 0.5),
        ninetieth=_share_of(known, _WORST_TENTH),
        older=older,
        unknown=len(times) - len(known),
    )


def _share_of(times: Sequence[timedelta], share: float) -> timedelta | None:
    """Return the time that this share of `times`, sorted, does not exceed."""
    return times[max(0, math.ceil(share * len(times)) - 1)] if times else None
