"""The lanes of work as people look at them: what is open in each, and which one waits longest for its turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from workers.ledger.tables import lane

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["LaneShown", "lanes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneShown:
    """What is done one after the other."""

    lane: str
    pool: str
    due_since: datetime | None
    """UTC; None where nothing of it is due, or a worker has the turn."""
    worker: str | None
    """Who has the turn now."""
    open: int
    done: int
    dead: int
    turns: int
    turned_at: datetime | None


def lanes(conn: Connection, now: datetime) -> tuple[LaneShown, ...]:
    """Return all lanes, the one that waits longest at `now` first."""
    found = []
    for row in conn.execute(select(lane)):
        busy = row.turn_until is not None and row.turn_until > now
        due = row.next_due is not None and row.next_due <= now
        found.append(
            LaneShown(
                lane=row.key,
                pool=row.pool,
                due_since=row.next_due if due and not busy else None,
                worker=row.worker if busy else None,
                open=row.open,
                done=row.done,
                dead=row.dead,
                turns=row.turns,
                turned_at=row.turned_at,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.due_since or now, -one.open, one.lane)))
