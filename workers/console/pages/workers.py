"""Workers: what is due, who does it, how fast, and what fails and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workers.console.interface import Page, PageRequest
from workers.ledger import backlog, days
from workers.ledger.backlog import WorkFailure
from workers.ledger.lanes import LaneShown, lanes
from workers.ledger.work.processes import GONE_AFTER, processes
from workers.ledger.work_items import Queue

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.days import Day
    from workers.ledger.work.processes import Process

__all__ = ["WORKERS", "ProcessRow", "VisitDay", "WorkersShown"]

_DAYS = timedelta(days=30)
_MOST_FAILURES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRow:
    """One worker process, as it last wrote."""

    name: str
    pool: str
    alive: bool
    """Whether it has written within a minute."""
    started_at: datetime
    beat_at: datetime
    turns: int
    clock_offset: float
    """Seconds that its clock is ahead of the database's."""
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDay:
    """The visits of one day, of all hosts."""

    day: str
    visits: int
    with_new_lock: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersShown:
    """The page."""

    queues: tuple[Queue, ...]
    lanes: tuple[LaneShown, ...]
    """The one that waits longest first."""
    processes: tuple[ProcessRow, ...]
    days: tuple[VisitDay, ...]
    """Of the last 30 days, those with any visit."""
    day_bars: tuple[tuple[str, int], ...]
    """Visits of every day of the last 30."""
    failures: tuple[WorkFailure, ...]
    more_failures: int


def _load(conn: Connection, asked: PageRequest) -> WorkersShown:
    failures = backlog.failures(conn)
    by_day = _by_day(days.days(conn, asked.now - _DAYS))
    visits = {one.day: one.visits for one in by_day}
    last = (asked.now - timedelta(days=ago) for ago in reversed(range(_DAYS.days)))
    return WorkersShown(
        queues=backlog.counts(conn, asked.now),
        lanes=lanes(conn, asked.now),
        processes=tuple(_process(one, asked.now) for one in processes(conn)),
        days=by_day,
        day_bars=tuple((day, visits.get(day, 0)) for day in map("{:%Y-%m-%d}".format, last)),
        failures=failures[:_MOST_FAILURES],
        more_failures=max(0, len(failures) - _MOST_FAILURES),
    )


def _process(one: Process, now: datetime) -> ProcessRow:
    return ProcessRow(
        name=one.name,
        pool=one.pool,
        alive=one.beat_at > now - GONE_AFTER,
        started_at=one.started_at,
        beat_at=one.beat_at,
        turns=one.turns,
        clock_offset=round(one.clock_offset, 1),
        version=one.version,
    )


def _by_day(rows: Sequence[Day]) -> tuple[VisitDay, ...]:
    of_day: defaultdict[str, list[Day]] = defaultdict(list)
    for row in rows:
        of_day[row.day].append(row)
    return tuple(
        VisitDay(
            day=day,
            visits=sum(one.visits for one in ones),
            with_new_lock=sum(one.eventful for one in ones),
            failed=sum(one.failed for one in ones),
        )
        for day, ones in sorted(of_day.items())
    )


WORKERS = Page(
    path="/workers",
    title="Workers",
    shows=WorkersShown,
    load=_load,
    template="workers.html",
)
