"""How long it took from the push of a lure to its finding, and which way led there.

The push is what the host states of the repository; where it states none, the date that the commit itself
bears stands for it, which anybody can write as they like. A lure may be older than the last push: then it
took longer than is told here.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, not_, select, tuple_, update

from crawler.fields import stated_instant
from crawler.model import Confidence
from workers.ledger.sql.keys import batched
from workers.ledger.tables import finding, repository
from workers.runs import Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from crawler.model import Finding, Visit

__all__ = ["TimeToFind", "note", "times_to_find"]

_TOLD = (Confidence.CONFIRMED.value, Confidence.LIKELY.value)
_WORST_TENTH = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToFind:
    """How fast one way led to repositories with a confirmed or likely finding."""

    way: Way | None
    """None: found before ways were noted."""
    timed: int
    """Repositories with a lure that is younger than the ledger; the times are theirs."""
    by_commit: int
    """Of these, the ones whose host states no push: their time is that of the commit."""
    median: timedelta | None
    ninetieth: timedelta | None
    """Nine of ten took at most that."""
    older: int
    """Repositories whose lure is older than the ledger: their time would say when that began."""
    unknown: int
    """Repositories of which neither a push nor the time of a commit is known."""


def note(conn: Connection, found: Iterable[Finding], way: Way | None, visit: Visit | None) -> None:
    """Keep, of new findings, the way that led to them, and when their lure was pushed.

    `way` None is the one that found the repository; `visit` is the one that saw them, None for a hunt.
    """
    for some in batched(found):
        commits = {one.key: one.sighting.commit for one in some}
        statement = (
            select(finding.c.key, repository.c.found_by, repository.c.pushed_at)
            .join(repository, repository.c.id == finding.c.repository_id)
            .where(finding.c.key.in_(list(commits)))
        )
        told: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)
        for key, found_by, stated in conn.execute(statement).all():
            pushed_at = stated_instant(
                stated if visit is None else visit.repository.pushed_at or stated
            )
            committed_at = None if visit is None else visit.committed.get(commits[key])
            pushed_by = "push" if pushed_at else "commit" if committed_at else None
            led_by = found_by if way is None else way.value
            told[led_by, pushed_at or committed_at, pushed_by].append(key)
        for values, keys in told.items():
            named = dict(zip(("found_by", "pushed_at", "pushed_by"), values, strict=True))
            conn.execute(update(finding).where(finding.c.key.in_(keys)).values(named))


def times_to_find(conn: Connection) -> tuple[TimeToFind, ...]:
    """Return how fast each way was that led to anything, by its name.

    A repository counts once, by its first finding; those that were pushed to before the ledger began say
    when it began and not how fast it is, and are counted apart.
    """
    # The first row is the oldest: a look at one row, however many there are.
    began = conn.scalar(select(repository.c.first_seen).order_by(repository.c.id).limit(1))
    if began is None:
        return ()
    other = finding.alias()
    earlier = select(other.c.key).where(
        other.c.repository_id == finding.c.repository_id,
        other.c.confidence.in_(_TOLD),
        tuple_(other.c.first_seen, other.c.key) < tuple_(finding.c.first_seen, finding.c.key),
    )
    first = and_(finding.c.confidence.in_(_TOLD), not_(earlier.exists()))
    columns = (finding.c.found_by, finding.c.first_seen, finding.c.pushed_at, finding.c.pushed_by)
    times: defaultdict[str | None, list[timedelta]] = defaultdict(list)
    by_commit: Counter[str | None] = Counter()
    young = select(*columns).where(first, finding.c.pushed_at >= began)
    for way, seen, pushed, by in conn.execute(young):
        times[way].append(max(timedelta(), seen - pushed))
        by_commit[way] += by == "commit"
    counted = select(finding.c.found_by, func.count(), func.count(finding.c.pushed_at))
    rows = conn.execute(counted.where(first).group_by(finding.c.found_by)).all()
    return tuple(
        TimeToFind(
            way=None if way is None else Way(way),
            timed=len(times[way]),
            by_commit=by_commit[way],
            median=_share_of(sorted(times[way]), 0.5),
            ninetieth=_share_of(sorted(times[way]), _WORST_TENTH),
            older=known - len(times[way]),
            unknown=found - known,
        )
        for way, found, known in sorted(rows, key=lambda row: row[0] or "~")
    )


def _share_of(times: Sequence[timedelta], share: float) -> timedelta | None:
    """Return the time that this share of `times`, sorted, does not exceed."""
    return times[max(0, math.ceil(share * len(times)) - 1)] if times else None
