"""How much work there is, and what was given up."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select

from workers.ledger.left_out import alike
from workers.ledger.pauses import is_paused
from workers.ledger.sql.keys import batched
from workers.ledger.tables import lane, work
from workers.ledger.work_items import READING, Dead, Queue, WorkKind, WorkState

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "WorkFailure",
    "counts",
    "dead",
    "failures",
    "is_left_of",
    "open_of_hosts",
    "visits_within_a_day",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFailure:
    """Work that failed for one reason."""

    kind: WorkKind
    reason: str
    """With URL for addresses and N for numbers, so that equal reasons are counted together."""
    given_up: int
    waiting: int
    """It is tried again."""
    example: str
    """Key of one such piece of work."""


def counts(conn: Connection, now: datetime) -> tuple[Queue, ...]:
    """Return how much work there is, one row per kind that has any. It reads the whole queue.

    What waits for a paused host is neither due nor waiting for its time: see `pauses.paused`.
    """
    busy = _under_way(conn, now)
    held = select(lane.c.key).where(is_paused())
    free = and_(work.c.state == WorkState.OPEN, work.c.lane.not_in(held))
    waiting = and_(free, work.c.due_at > now)
    statement = select(
        work.c.kind,
        func.count().filter(and_(free, work.c.due_at <= now)),
        func.count().filter(waiting),
        func.min(work.c.due_at).filter(waiting),
        func.count().filter(work.c.state == WorkState.DONE),
        func.count().filter(work.c.state == WorkState.DEAD),
    )
    rows = conn.execute(statement.group_by(work.c.kind).order_by(work.c.kind))
    return tuple(
        Queue(
            kind=WorkKind(kind),
            due=max(0, due - busy[kind]),
            leased=busy[kind],
            waiting=later,
            next_due_at=soonest,
            done=done,
            dead=given_up,
        )
        for kind, due, later, soonest, done, given_up in rows
    )


def _under_way(conn: Connection, now: datetime) -> Counter[str]:
    """Return how many items of each kind are under way in turns that live."""
    live = select(lane.c.begun).where(lane.c.turn_until > now, lane.c.begun.is_not(None))
    ids = [i for begun in conn.execute(live).scalars() for i in json.loads(begun)]
    found: Counter[str] = Counter()
    for some in batched(ids):
        found.update(conn.execute(select(work.c.kind).where(work.c.id.in_(some))).scalars())
    return found


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


def is_left_of(conn: Connection, run: str, now: datetime, until: datetime) -> bool:
    """Say whether work that `run` asked for is due at `now`, or was put off to a moment before `until`.

    It looks at what is due only, and no further than the first that it finds.
    """
    due = or_(work.c.due_at <= now, and_(work.c.due_at < until, work.c.last_error.is_not(None)))
    mine = work.c.payload.contains(f'"run":"{run}"', autoescape=True)
    free = work.c.lane.in_(select(lane.c.key).where(~is_paused()))
    kinds = work.c.kind.in_(list(WorkKind))
    statement = exists().where(free, work.c.state == WorkState.OPEN, kinds, due, mine)
    return bool(conn.scalar(select(statement)))


def visits_within_a_day(conn: Connection, host: str, now: datetime) -> int:
    """Return how many repositories of `host` are due for a visit until a day from `now`."""
    statement = select(func.count()).where(
        work.c.state == WorkState.OPEN,
        work.c.kind.in_([kind.value for kind in READING]),
        work.c.host == host,
        work.c.due_at <= now + timedelta(days=1),
    )
    return conn.scalar(statement) or 0


def open_of_hosts(conn: Connection, kind: WorkKind) -> dict[str, int]:
    """Return how much open work of a kind each host has; hosts without any are left out."""
    statement = (
        select(work.c.host, func.count())
        .where(work.c.kind == kind.value, work.c.state == WorkState.OPEN, work.c.host.is_not(None))
        .group_by(work.c.host)
    )
    return dict(conn.execute(statement).all())


def failures(conn: Connection) -> tuple[WorkFailure, ...]:
    """Return why work was given up or waits to be tried again, the most frequent reason first."""
    statement = (
        select(work.c.kind, work.c.last_error, work.c.state, func.count(), func.min(work.c.key))
        .where(work.c.last_error.is_not(None), work.c.state != WorkState.DONE)
        .group_by(work.c.kind, work.c.last_error, work.c.state)
    )
    given_up, waiting = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    examples = dict[tuple[str, str], str]()
    for kind, error, state, times, key in conn.execute(statement):
        group = kind, alike(error)
        (given_up if state == WorkState.DEAD else waiting)[group] += times
        examples.setdefault(group, key)
    found = (
        WorkFailure(
            kind=WorkKind(group[0]),
            reason=group[1],
            given_up=given_up[group],
            waiting=waiting[group],
            example=example,
        )
        for group, example in examples.items()
    )
    return tuple(sorted(found, key=_frequency))


def _frequency(one: WorkFailure) -> tuple[object, ...]:
    return -one.given_up - one.waiting, one.kind, one.reason
