"""How the visits went, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import String, func, literal_column, not_, select, type_coerce

from crawler.model import Outcome
from workers.ledger.tables import repository, visit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["Day", "days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The visits of one host on one day (UTC)."""

    host: str
    day: str
    """`2026-11-22`."""
    visits: int
    eventful: int
    """Those that saw a new lock."""
    failed: int
    """Gone, private and blocked ones too."""


def days(conn: Connection, since: datetime) -> tuple[Day, ...]:
    """Return how the visits after `since` went, by day and host."""
    day = func.substr(
        type_coerce(visit.c.visited_at, String), literal_column("1"), literal_column("10")
    )
    read = visit.c.outcome.in_([Outcome.VISITED, Outcome.UNCHANGED, Outcome.EMPTY])
    statement = (
        select(
            repository.c.host,
            day,
            func.count(),
            func.count().filter(visit.c.new_sightings > 0),
            func.count().filter(not_(read)),
        )
        .join(repository, repository.c.id == visit.c.repository_id)
        .where(visit.c.visited_at > since)
        .group_by(repository.c.host, day)
    )
    rows = (
        Day(host=host, day=day, visits=count, eventful=eventful, failed=failed)
        for host, day, count, eventful, failed in conn.execute(statement)
    )
    return tuple(sorted(rows, key=lambda row: (row.day, row.host)))
