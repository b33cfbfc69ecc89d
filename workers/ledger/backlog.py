"""How much work there is, and what was given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, func, or_, select

from workers.ledger.pauses import is_paused
from workers.ledger.tables import work
from workers.ledger.work_items import Dead, Queue, Waiting, WorkKind, WorkState

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

__all__ = ["counts", "dead", "due", "next_waiting", "visits_within_a_day"]


def due(now: datetime) -> ColumnElement[bool]:
    """Return the condition for work that may be leased at `now`; of a paused host none may."""
    unleased = or_(work.c.lease_until.is_(None), work.c.lease_until <= now)
    return and_(work.c.state == WorkState.OPEN, work.c.due_at <= now, unleased, ~is_paused())


def counts(conn: Connection, now: datetime) -> tuple[Queue, ...]:
    """Return how much work there is, one row per kind that has any.

    What waits for a paused host is neither due nor waiting for its time: see `pauses.paused`.
    """
    leased = and_(work.c.state == WorkState.OPEN, work.c.lease_until > now)
    waiting = _waiting(now)
    statement = select(
        work.c.kind,
        func.count().filter(due(now)),
        func.count().filter(leased),
        func.count().filter(waiting),
        func.min(work.c.due_at).filter(waiting),
        func.count().filter(work.c.state == WorkState.DONE),
        func.count().filter(work.c.state == WorkState.DEAD),
    )
    rows = conn.execute(statement.group_by(work.c.kind).order_by(work.c.kind))
    return tuple(
        Queue(
            kind=WorkKind(kind),
            due=due,
            leased=held,
            waiting=later,
            next_due_at=soonest,
            done=done,
            dead=given_up,
        )
        for kind, due, held, later, soonest, done, given_up in rows
    )


def _waiting(now: datetime) -> ColumnElement[bool]:
    """Return the condition for work whose time has not come; of a paused host none waits for it."""
    later = and_(work.c.due_at > now, ~func.coalesce(work.c.lease_until > now, False))
    return and_(work.c.state == WorkState.OPEN, later, ~is_paused())


def next_waiting(conn: Connection, now: datetime, without: Collection[WorkKind]) -> Waiting | None:
    """Return the work that is due next after `now`, of all kinds but `without`; None: there is none."""
    columns = (work.c.kind, work.c.host, work.c.due_at, work.c.last_error)
    others = work.c.kind.not_in([kind.value for kind in without])
    statement = select(*columns).where(_waiting(now), others).order_by(work.c.due_at).limit(1)
    row = conn.execute(statement).first()
    if row is None:
        return None
    return Waiting(
        kind=WorkKind(row.kind), host=row.host, due_at=row.due_at, why=row.last_error or ""
    )


def dead(conn: Connection) -> tuple[Dead, ...]:
    """Return the work that was given up, in the order of its ids."""
    statement = select(work).where(work.c.state == WorkState.DEAD).order_by(work.c.id)
    return tuple(
        Dead(
            id=row.id,
            kind=WorkKind(row.kind),
            key=row.key,
            host=row.host,
            attempts=row.attempts,
            why=row.last_error or "",
        )
        for row in conn.execute(statement)
    )


def visits_within_a_day(conn: Connection, host: str, now: datetime) -> int:
    """Return how many repositories of `host` are due for a visit until a day from `now`."""
    statement = select(func.count()).where(
        work.c.state == WorkState.OPEN,
        work.c.kind.in_([WorkKind.READ.value, WorkKind.VISIT.value]),
        work.c.host == host,
        work.c.due_at <= now + timedelta(days=1),
    )
    return conn.scalar(statement) or 0
