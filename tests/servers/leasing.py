"""Work as a worker has it: begun in turns, without a worker."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from workers.ledger.tables import lane
from workers.ledger.work import lane_changes, turns
from workers.ledger.work.turns import Turn
from workers.ledger.work_items import Leased, WorkKind

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["lease"]


def lease(
    conn: Connection, kind: WorkKind, limit: int, now: datetime, host: str | None = None
) -> tuple[Leased, ...]:
    """Begin at most `limit` due items of `kind`, whatever their lanes are; turns without work end first."""
    lane_changes.write_down(conn)  # of this transaction
    idle = select(lane).where(lane.c.turn_until.is_not(None), lane.c.begun.is_(None))
    for row in conn.execute(idle).all():
        turns.end(conn, Turn(lane=row.key, fence=row.fence), now)
    found: list[Leased] = []
    due = select(lane.c.key).where(lane.c.next_due <= now).order_by(lane.c.key)
    due = due if host is None else due.where(lane.c.host == host)
    for key in conn.execute(due).scalars().all():
        turn = turns.take(conn, "a test", now, key=key, kinds={kind})
        if turn is not None:
            found += turns.begin(conn, turn, kind, limit - len(found), now) or ()
        if len(found) == limit:
            break
    return tuple(found)
