"""Reads from the ledger what is counted; writes nothing and asks no host."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import distinct, func, select

from crawler.model import Confidence, FindingStatus, Outcome, VerdictState
from crawler.verdicts.withdrawals import ACCUSING
from workers.census.samples import PinningShares, WayShare
from workers.census.shares import share_of
from workers.census.stories import ProjectStory, gravest, story_of
from workers.ledger import current_assertions
from workers.ledger.sql.keys import project_of
from workers.ledger.tables import assertion, finding, lock, repository, sighting, verdict
from workers.runs import Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

    from crawler.model import Assertion, ProjectKey

__all__ = ["JournalStretch", "Removals", "ever_named", "pinning_shares", "removals"]

_READ = tuple(outcome.value for outcome in (Outcome.VISITED, Outcome.UNCHANGED))
_OPEN = tuple(status.value for status in FindingStatus if status.is_open)
_SURE = (Confidence.CONFIRMED.value, Confidence.LIKELY.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalStretch:
    """From which event of an index's journal to which the ledger knows; UTC, None where it knows none."""

    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removals:
    """The stories of all projects of the public registries of which a feed ever said anything."""

    stories: Sequence[ProjectStory]
    journal: JournalStretch


def removals(conn: Connection) -> Removals:
    """Read what feeds said of every project of a public registry, and the verdicts of now."""
    causes = _causes(conn)
    keys = tuple(key for key in current_assertions.projects(conn) if not key.registry)
    events, stories = list[datetime](), list[ProjectStory]()
    for project, said in current_assertions.of_projects(conn, keys):
        stories.append(story_of(project, said, causes.get(project)))
        events += _ends(said)
    stretch = JournalStretch(first=min(events, default=None), last=max(events, default=None))
    return Removals(stories=stories, journal=stretch)


def ever_named(conn: Connection) -> frozenset[ProjectKey]:
    """Return the projects that any feed ever accused, taken back or not."""
    accused = select(assertion.c.project).where(assertion.c.claim.in_(sorted(ACCUSING)))
    return frozenset(map(project_of, conn.scalars(accused.distinct())))


def _ends(said: Iterable[Assertion]) -> Iterator[datetime]:
    """Yield the first and the last time of what has a place in its feed's own order."""
    times = sorted(one.valid_from for one in said if one.sequence)
    yield from (times[0], times[-1]) if times else ()


def _causes(conn: Connection) -> Mapping[ProjectKey, VerdictState]:
    states: defaultdict[str, set[VerdictState]] = defaultdict(set)
    current = select(verdict.c.project, verdict.c.state).where(verdict.c.until.is_(None))
    for project, state in conn.execute(current.distinct()):
        states[project].add(VerdictState(state))
    found = ((project_of(project), gravest(of_it)) for project, of_it in states.items())
    return {project: cause for project, cause in found if cause is not None}


def _holds() -> ColumnElement[bool]:
    return finding.c.state.in_(_OPEN) & finding.c.confidence.in_(_SURE)


def pinning_shares(conn: Connection) -> PinningShares:
    """Count the repositories and locks that were read, and those of them that pin a ghost."""
    read = repository.c.outcome.in_(_READ)
    counted = select(repository.c.found_by, func.count()).where(read)
    every = _by_way(conn.execute(counted.group_by(repository.c.found_by)))
    pinning = (
        select(repository.c.found_by, func.count(distinct(repository.c.id)))
        .join(finding, finding.c.repository_id == repository.c.id)
        .where(read, _holds())
    )
    with_pin = _by_way(conn.execute(pinning.group_by(repository.c.found_by)))
    ways = sorted(every, key=lambda way: way or "~")
    return PinningShares(
        ways=tuple(
            WayShare(way=way, repositories=share_of(with_pin.get(way, 0), every[way]))
            for way in ways
        ),
        repositories=share_of(sum(with_pin.values()), sum(every.values())),
        locks=share_of(*_locks(conn)),
    )


def _by_way(rows: Iterable[Sequence[object]]) -> Mapping[Way | None, int]:
    return {None if way is None else Way(str(way)): int(str(n)) for way, n in rows}


def _locks(conn: Connection) -> tuple[int, int]:
    """Return how many of the locks that were read pin a ghost, and how many were read."""
    read = (
        select(sighting.c.oid)
        .join(lock, (lock.c.oid == sighting.c.oid) & (lock.c.reading == sighting.c.reading))
        .where(~sighting.c.gone)
    )
    every = select(func.count()).select_from(read.distinct().subquery())
    pinning = select(func.count(distinct(finding.c.oid))).where(_holds(), finding.c.oid.in_(read))
    return conn.scalar(pinning) or 0, conn.scalar(every) or 0
