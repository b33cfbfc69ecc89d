"""What the dispatcher asks the ledger: what is due, and what is under way.

A message under way is a set of live leases of one kind and host that end at the same moment, since one
call leases a batch and one call extends it. Counting rows instead of remembering messages keeps the
count right over restarts and for several dispatchers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select, text

from workers.dispatch.lanes import LANES, Due
from workers.ledger.pauses import is_paused
from workers.ledger.tables import work
from workers.ledger.work import WorkKind

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["due", "in_flight", "one_at_a_time"]

_ADVISORY_LOCK = 0x6768_6F73
"""Any number that no other application on the same database uses."""


def one_at_a_time(conn: Connection) -> None:
    """Let other dispatchers wait until this transaction ends, so that none counts old numbers.

    SQLite has one writer anyway (BEGIN IMMEDIATE).
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def due(conn: Connection, now: datetime) -> tuple[Due, ...]:
    """Return what may be leased at `now`, in the order of the lanes, the longest due host first.

    All of it is counted, however much it is: a host of which little is due is not to wait until a
    large one has come to its end.
    """
    return tuple(group for kind in LANES for group in _due_of(conn, kind, now))


def _due_of(conn: Connection, kind: WorkKind, now: datetime) -> list[Due]:
    free = or_(work.c.lease_until.is_(None), work.c.lease_until <= now)
    mine = and_(work.c.state == "open", work.c.kind == kind.value, ~is_paused())
    ready = and_(mine, work.c.due_at <= now, free)
    groups = select(work.c.host, func.count()).where(ready).group_by(work.c.host)
    rows = conn.execute(groups.order_by(func.min(work.c.due_at), work.c.host))
    return [Due(kind=kind, host=host, count=count) for host, count in rows]


def in_flight(conn: Connection, now: datetime) -> Mapping[tuple[WorkKind, str | None], int]:
    """Return how many messages of each kind and host are under way at `now`."""
    live = and_(work.c.state == "open", work.c.lease_until > now)
    batches = select(work.c.kind, work.c.host, work.c.lease_until).where(live).distinct()
    return Counter((WorkKind(kind), host) for kind, host, _ in conn.execute(batches))
