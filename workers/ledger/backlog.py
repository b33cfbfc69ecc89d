"""How much work there is, and what was given up."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, func, or_, select

from workers.ledger.pauses import is_paused
from workers.ledger.tables import work
from workers.ledger.work_items import Dead, Kind, Queue, State

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["counts", "dead", "due"]


def due(now: datetime) -> ColumnElement[bool]:
    """Return the condition for work that may be leased at `now`; of a paused host none may."""
    unleased = or_(work.c.lease_until.is_(None), work.c.lease_until <= now)
    return and_(work.c.state == State.OPEN, work.c.due_at <= now, unleased, ~is_paused())


def counts(conn: Connection, now: datetime) -> tuple[Queue, ...]:
    """Return how much work there is, one row per kind that has any.

    What waits for a paused host is neither due nor waiting for its time: see `pauses.paused`.
    """
    is_open = work.c.state == State.OPEN
    leased = and_(is_open, work.c.lease_until > now)
    later = and_(work.c.due_at > now, ~func.coalesce(work.c.lease_until > now, False))
    waiting = and_(is_open, later, ~is_paused())
    statement = select(
        work.c.kind,
        func.count().filter(due(now)),
        func.count().filter(leased),
        func.count().filter(waiting),
        func.min(work.c.due_at).filter(waiting),
        func.count().filter(work.c.state == State.DONE),
        func.count().filter(work.c.state == State.DEAD),
    )
    rows = conn.execute(statement.group_by(work.c.kind).order_by(work.c.kind))
    return tuple(
        Queue(
            kind=Kind(kind),
            due=due,
            leased=held,
            waiting=later,
            next_due_at=soonest,
            done=done,
            dead=given_up,
        )
        for kind, due, held, later, soonest, done, given_up in rows
    )


def dead(conn: Connection) -> tuple[Dead, ...]:
    """Return the work that was given up, in the order of its ids."""
    statement = select(work).where(work.c.state == State.DEAD).order_by(work.c.id)
    return tuple(
        Dead(
            id=row.id,
            kind=Kind(row.kind),
            key=row.key,
            host=row.host,
            attempts=row.attempts,
            why=row.last_error or "",
        )
        for row in conn.execute(statement)
    )
