"""How work is forgotten: rows go, and the lanes that they were in know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from workers.ledger.sql.keys import batched
from workers.ledger.tables import work
from workers.ledger.work.lane_changes import change_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

__all__ = ["remove"]


def remove(conn: Connection, which: ColumnElement[bool]) -> int:
    """Remove the work that `which` holds for; who has some of it under way may no longer write its results."""
    columns = (work.c.id, work.c.lane, work.c.state)
    rows = conn.execute(select(*columns).where(which).order_by(work.c.id).with_for_update()).all()
    for row in rows:
        change = change_of(conn, row.lane)
        change.ended.add(row.id)
        change.count(row.state, -1)
    for some in batched(row.id for row in rows):
        conn.execute(delete(work).where(work.c.id.in_(some)))
    return len(rows)
