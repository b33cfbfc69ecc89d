"""What became of reported cases per host, and how long it took from the report to the removal."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import String, func, literal, select, type_coerce

from crawler.model import CaseEvent, CaseState
from workers.ledger.tables import case, case_event, repository

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["CaseReported", "TakedownTimes", "reported_by_month", "takedown_times"]

_CLEANED = frozenset({"pin-gone", "lock-gone", "file-gone"})
"""Codes of what is gone though the repository is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakedownTimes:
    """The reported cases of one host, each by its last report."""

    host: str
    reported: int
    removed: int
    """Repository or account is gone, blocked or empty, or the host says so; those that came back too."""
    median: timedelta | None
    """From the report to the first look that saw it gone, of the removed ones; None where there is none."""
    cleaned: int
    """The pin or its file is gone, and the repository is still there."""
    returned: int
    """Of the removed and the cleaned ones, those that have regressed."""
    withdrawn: int
    """The verdict was taken back after the report."""
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReported:
    """As much of a reported case as times are made of."""

    number: int
    """Of its repository in the ledger."""
    host: str
    state: CaseState
    reported_at: datetime
    """UTC; the last time."""
    resolved_at: datetime | None


class _Became(Enum):
    REMOVED = "removed"
    CLEANED = "cleaned"
    WITHDRAWN = "withdrawn"
    OPEN = "open"


def _reported(conn: Connection) -> tuple[CaseReported, ...]:
    """Return the cases that were reported, in the order of their repositories' numbers."""
    columns = (case.c.repository_id, repository.c.host, case.c.state)
    statement = (
        select(*columns, case.c.reported_at, case.c.resolved_at)
        .join(repository, repository.c.id == case.c.repository_id)
        .where(case.c.reported_at.is_not(None))
        .order_by(case.c.repository_id)
    )
    return tuple(
        CaseReported(
            number=number, host=host, state=CaseState(state), reported_at=told, resolved_at=gone
        )
        for number, host, state, told, gone in conn.execute(statement)
    )


def reported_by_month(conn: Connection) -> dict[str, int]:
    """Return how many cases were reported in each month (`2026-11`, UTC), by their last report."""
    month = func.substr(type_coerce(case.c.reported_at, String), literal(1), literal(7))
    told = select(month, func.count()).where(case.c.reported_at.is_not(None)).group_by(month)
    return dict(conn.execute(told).all())


def takedown_times(conn: Connection) -> tuple[TakedownTimes, ...]:
    """Return what became of the reported cases, by host; hosts without any are left out."""
    by_host: dict[str, list[tuple[CaseReported, _Became]]] = defaultdict(list)
    ends = _ends(conn)
    for one in _reported(conn):
        by_host[one.host].append((one, _became(one, ends.get(one.number))))
    return tuple(_times(host, of_one) for host, of_one in sorted(by_host.items()))


def _times(host: str, known: list[tuple[CaseReported, _Became]]) -> TakedownTimes:
    def of(became: _Became) -> list[CaseReported]:
        return [one for one, is_now in known if is_now is became]

    removed, cleaned = of(_Became.REMOVED), of(_Became.CLEANED)
    spans = [
        (one.resolved_at - one.reported_at).total_seconds()
        for one in removed
        if one.resolved_at is not None
    ]
    return TakedownTimes(
        host=host,
        reported=len(known),
        removed=len(removed),
        median=timedelta(seconds=median(spans)) if spans else None,
        cleaned=len(cleaned),
        returned=sum(one.state is CaseState.REGRESSED for one in (*removed, *cleaned)),
        withdrawn=len(of(_Became.WITHDRAWN)),
        open=len(of(_Became.OPEN)),
    )


def _ends(conn: Connection) -> dict[int, str]:
    """Return by which code the cases of repositories ended last, by number."""
    line = case_event.alias()
    ended = line.c.event.in_((CaseEvent.GONE.value, CaseEvent.REMOVED.value))
    last = select(func.max(line.c.id)).where(ended).group_by(line.c.repository_id)
    rows = select(case_event.c.repository_id, case_event.c.code).where(case_event.c.id.in_(last))
    return dict(conn.execute(rows).all())


def _became(one: CaseReported, code: str | None) -> _Became:
    if one.state is CaseState.FALSE_POSITIVE:
        return _Became.WITHDRAWN
    if one.resolved_at is None or one.resolved_at < one.reported_at:
        return _Became.OPEN
    return _Became.CLEANED if code in _CLEANED else _Became.REMOVED
