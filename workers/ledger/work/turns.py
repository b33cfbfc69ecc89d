"""Turns: who does the work of a lane now.

A turn is the row of its lane, taken by one UPDATE, so a lane has one turn however many processes and
messages there are. Its fence is the lease of all that is done in it. A turn has half a minute at most to
live unless it is kept; one that is lost makes the work that it had begun suspect, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select, update

from workers.ledger.pauses import is_paused
from workers.ledger.sql.keys import batched
from workers.ledger.tables import lane, work
from workers.ledger.work.endings import held, leased
from workers.ledger.work_items import Leased, Waiting, WorkKind, WorkState, kinds_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

__all__ = [
    "TURN_SECONDS",
    "Standing",
    "Turn",
    "begin",
    "due_lanes",
    "end",
    "keep",
    "last_turn",
    "lose",
    "next_waiting",
    "reserve",
    "standing",
    "suspect",
    "take",
]

TURN_SECONDS = 20.0
"""How long a turn lives after it was taken, or last kept."""
_LEASE = timedelta(seconds=TURN_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The right to do the work of a lane."""

    lane: str
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand, from the rows of the lanes alone."""

    open: int
    """Items that are not done, those under way included."""
    busy: int
    """Items under way, of the kinds that were asked for."""
    turns: int
    """Lanes that somebody has the turn of."""
    done: int
    dead: int
    next_due_at: datetime | None
    """When the first of the lanes without a turn is due, by the kinds that were asked for."""


def take(  # noqa: PLR0913 - whose turn, of what, until when
    conn: Connection,
    worker: str,
    now: datetime,
    *,
    pool: str | None = None,
    key: str | None = None,
    kinds: Collection[WorkKind] = frozenset(WorkKind),
) -> Turn | None:
    """Take the turn of the lane of `pool` (or of the lane `key`) that is due longest; None: none is.

    What had been begun in a turn that was lost becomes suspect.
    """
    which = lane.c.pool == pool if key is None else lane.c.key == key
    statement = select(lane).where(which, _is_due(now, kinds)).order_by(lane.c.next_due, lane.c.key)
    row = conn.execute(statement.limit(1).with_for_update(skip_locked=True, of=lane)).first()
    return None if row is None else _taken(conn, row, worker, now)


def reserve(conn: Connection, worker: str, key: str, now: datetime) -> Turn | None:
    """Take the turn of the lane `key` for what is no work of the queue, whether or not anything is due.

    None: somebody has it, or nothing is known of that lane.
    """
    statement = select(lane).where(lane.c.key == key, _is_free(now))
    row = conn.execute(statement.with_for_update(of=lane)).first()
    return None if row is None else _taken(conn, row, worker, now)


def _taken(conn: Connection, row: Row[Any], worker: str, now: datetime) -> Turn:
    _mark(conn, json.loads(row.begun or "[]"))
    values = {
        "fence": row.fence + 1,
        "turn_until": now + _LEASE,
        "worker": worker,
        "begun": None,
    }
    conn.execute(update(lane).where(lane.c.key == row.key).values(values))
    return Turn(lane=row.key, fence=row.fence + 1)


def _is_due(now: datetime, kinds: Collection[WorkKind]) -> ColumnElement[bool]:
    """Return the condition for lanes whose turn can be taken; that of a paused one cannot."""
    due = and_(lane.c.next_due <= now, _is_free(now), ~is_paused())
    return due if _are_all(kinds) else and_(due, _has_due(now, kinds))


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(lane.c.turn_until.is_(None), lane.c.turn_until <= now)


def _are_all(kinds: Collection[WorkKind]) -> bool:
    return frozenset(WorkKind) <= frozenset(kinds)


def _has_due(now: datetime, kinds: Collection[WorkKind]) -> ColumnElement[bool]:
    wanted = work.c.kind.in_([kind.value for kind in kinds])
    ready = and_(work.c.state == WorkState.OPEN, wanted, work.c.due_at <= now)
    return exists().where(work.c.lane == lane.c.key, ready)


def _mark(conn: Connection, ids: Iterable[int]) -> None:
    for some in batched(ids):
        mine = and_(work.c.id.in_(some), work.c.state == WorkState.OPEN)
        conn.execute(update(work).where(mine).values(suspect=True))


def suspect(conn: Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Make what is still ours of (id, fence) pairs suspect: one of them is to blame, nobody knows which."""
    _mark(conn, [item.id for item in held(conn, pairs)])


def begin(
    conn: Connection, turn: Turn, kind: WorkKind, limit: int, now: datetime
) -> tuple[Leased, ...] | None:
    """Begin at most `limit` due items of `kind`, those due longest first; None: the turn is lost.

    What is suspect or has failed before comes alone, so that poison takes nothing with it.
    """
    ready = and_(
        work.c.lane == turn.lane,
        work.c.state == WorkState.OPEN,
        work.c.kind == kind.value,
        work.c.due_at <= now,
    )
    statement = select(work).where(ready).order_by(work.c.due_at, work.c.id).limit(limit)
    rows = conn.execute(statement.with_for_update(skip_locked=True))
    found = [leased(row, turn.fence) for row in rows]
    taken = found[:1] if found and _is_alone(found[0]) else [o for o in found if not _is_alone(o)]
    ids = json.dumps([item.id for item in taken]) if taken else None
    values = {"begun": ids, "turn_until": now + _LEASE}
    kept = conn.execute(update(lane).where(_is_ours(turn)).values(values)).rowcount
    return tuple(taken) if kept else None


def _is_alone(item: Leased) -> bool:
    return item.suspect or item.attempts > 0


def _is_ours(turn: Turn) -> ColumnElement[bool]:
    return and_(lane.c.key == turn.lane, lane.c.fence == turn.fence, lane.c.turn_until.is_not(None))


def keep(conn: Connection, turns: Iterable[Turn], now: datetime) -> frozenset[Turn]:
    """Let `turns` live on; return those that are lost."""
    gone = set()
    for turn in sorted(turns, key=lambda one: one.lane):
        values = {"turn_until": now + _LEASE}
        if not conn.execute(update(lane).where(_is_ours(turn)).values(values)).rowcount:
            gone.add(turn)
    return frozenset(gone)


def end(conn: Connection, turn: Turn, now: datetime) -> bool:
    """End a turn; what is begun and not ended is due as before. False: it was lost.

    A lane with work left is due at once, behind those that have waited since before.
    """
    return _end(conn, turn, now, blame=False)


def lose(conn: Connection, turn: Turn, now: datetime) -> bool:
    """End a turn whose work does not come to an end: what is begun in it becomes suspect."""
    return _end(conn, turn, now, blame=True)


def _end(conn: Connection, turn: Turn, now: datetime, *, blame: bool) -> bool:
    row = conn.execute(select(lane).where(_is_ours(turn)).with_for_update()).first()
    if row is None:
        return False
    if blame:
        _mark(conn, json.loads(row.begun or "[]"))
    # In a statement of its own, after the row is locked: what was offered meanwhile is seen.
    earliest = _earliest(conn, turn.lane)
    values = {
        "begun": None,
        "turn_until": None,
        "turned_at": now,
        "turns": lane.c.turns + 1,
        "next_due": None if earliest is None else max(earliest, now),
    }
    conn.execute(update(lane).where(lane.c.key == turn.lane).values(values))
    return True


def _earliest(
    conn: Connection, key: str, kinds: Collection[WorkKind] = frozenset(WorkKind)
) -> datetime | None:
    """Return when the first open work of a lane is due: one step into the index for each kind."""
    minima = [
        select(func.min(work.c.due_at))
        .where(work.c.lane == key, work.c.state == WorkState.OPEN, work.c.kind == kind.value)
        .scalar_subquery()
        for kind in kinds_of(key)
        if kind in kinds
    ]
    row = conn.execute(select(*minima)).one() if minima else ()
    return min((at for at in row if at is not None), default=None)


def due_lanes(
    conn: Connection, pool: str, now: datetime, kinds: Collection[WorkKind] = frozenset(WorkKind)
) -> int:
    """Return how many lanes of `pool` wait for somebody to take their turn."""
    ready = and_(lane.c.pool == pool, _is_due(now, kinds))
    return int(conn.execute(select(func.count()).select_from(lane).where(ready)).scalar_one())


def last_turn(conn: Connection, pool: str) -> datetime | None:
    """Return when the last turn in `pool` ended; None: there was none."""
    told: datetime | None = conn.scalar(
        select(func.max(lane.c.turned_at)).where(lane.c.pool == pool)
    )
    return told


def standing(
    conn: Connection, now: datetime, kinds: Collection[WorkKind] = frozenset(WorkKind)
) -> Standing:
    """Return how things stand at `now`; counters are of all kinds."""
    live = func.coalesce(lane.c.turn_until > now, False)
    counted = select(
        func.coalesce(func.sum(lane.c.open), 0),
        func.coalesce(func.sum(lane.c.done), 0),
        func.coalesce(func.sum(lane.c.dead), 0),
        func.count().filter(live),
    ).select_from(lane)
    opened, done, dead, turns = conn.execute(counted).one()
    return Standing(
        open=opened,
        busy=_busy(conn, now, kinds),
        turns=turns,
        done=done,
        dead=dead,
        next_due_at=min((at for at, _ in _waiting(conn, now, kinds)), default=None),
    )


def _busy(conn: Connection, now: datetime, kinds: Collection[WorkKind]) -> int:
    live = select(lane.c.begun).where(lane.c.turn_until > now, lane.c.begun.is_not(None))
    ids = [i for begun in conn.execute(live).scalars() for i in json.loads(begun)]
    if _are_all(kinds):
        return len(ids)
    wanted = work.c.kind.in_([kind.value for kind in kinds])
    return sum(
        conn.execute(
            select(func.count()).select_from(work).where(work.c.id.in_(some), wanted)
        ).scalar_one()
        for some in batched(ids)
    )


def _waiting(
    conn: Connection, now: datetime, kinds: Collection[WorkKind]
) -> Sequence[tuple[datetime, str]]:
    """Return when the lanes without a turn are due, and their keys; of all lanes where kinds are left out."""
    ready = (lane.c.next_due.is_not(None), ~is_paused())
    statement = select(lane.c.next_due, lane.c.key).where(*ready)
    if _are_all(kinds):
        row = conn.execute(
            statement.where(_is_free(now)).order_by(lane.c.next_due).limit(1)
        ).first()
        return [] if row is None else [(row.next_due, row.key)]
    found = ((_earliest(conn, key, kinds), key) for _, key in conn.execute(statement).all())
    return [(at, key) for at, key in found if at is not None]


def next_waiting(
    conn: Connection, now: datetime, kinds: Collection[WorkKind] = frozenset(WorkKind)
) -> Waiting | None:
    """Return the work that is due first in the lanes without a turn, and what it waits for."""
    waiting = _waiting(conn, now, kinds)
    if not waiting:
        return None
    _, key = min(waiting)
    firsts = [_first(conn, key, kind) for kind in kinds_of(key) if kind in kinds]
    row = min((row for row in firsts if row is not None), key=lambda row: row.due_at, default=None)
    if row is None:
        return None
    why = row.last_error or ""
    return Waiting(kind=WorkKind(row.kind), host=row.host, due_at=row.due_at, why=why)


def _first(conn: Connection, key: str, kind: WorkKind) -> Row[Any] | None:
    mine = and_(work.c.lane == key, work.c.state == WorkState.OPEN, work.c.kind == kind.value)
    return conn.execute(select(work).where(mine).order_by(work.c.due_at).limit(1)).first()
