"""What a transaction changes about lanes: gathered on its connection, written in its last statements.

Many transactions write to the same few lanes. Each holds their rows for a moment only, and all take them
in the order of their keys, so none waits for another in a circle.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, literal, or_, select, update

from workers.ledger.marks import first_fence
from workers.ledger.sql.columns import Instant
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import lane
from workers.ledger.work_items import WorkState

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.ledger.work_items import LaneName

__all__ = ["LaneChange", "change_of", "forget", "is_ended", "write_down"]

_INFO = "ghostcrawl_lane_changes"


@dataclass(slots=True)
class LaneChange:
    """What one transaction does to one lane; counters are differences."""

    name: LaneName | None = None
    """Given where work is offered: there may be no row yet."""
    open: int = 0
    done: int = 0
    dead: int = 0
    due: datetime | None = None
    """The lane has work that is due then."""
    ended: set[int] = field(default_factory=set)
    """Ids of work that is no longer under way."""

    def count(self, state: str, by: int) -> None:
        """Count `by` more pieces of work in `state`."""
        self.open += by * (state == WorkState.OPEN)
        self.done += by * (state == WorkState.DONE)
        self.dead += by * (state == WorkState.DEAD)

    def lower(self, due_at: datetime) -> None:
        """Let the lane be due at `due_at` at the latest."""
        self.due = due_at if self.due is None else min(self.due, due_at)


def change_of(conn: Connection, key: str) -> LaneChange:
    """Return what the transaction of `conn` does to the lane `key`, to be added to."""
    changes: dict[str, LaneChange] = conn.info.setdefault(_INFO, {})
    return changes.setdefault(key, LaneChange())


def is_ended(conn: Connection, key: str, work_id: int) -> bool:
    """Say whether the transaction of `conn` has ended work that its lane still names as begun."""
    changes: dict[str, LaneChange] = conn.info.get(_INFO, {})
    return key in changes and work_id in changes[key].ended


def forget(conn: Connection) -> None:
    """Drop what a transaction that was rolled back had gathered."""
    conn.info.pop(_INFO, None)


def write_down(conn: Connection) -> None:
    """Write what was gathered; the last thing that a transaction does."""
    changes: dict[str, LaneChange] = conn.info.pop(_INFO, {})
    for key, change in sorted(changes.items()):
        values = _values(conn, key, change)
        statement = update(lane).where(lane.c.key == key).values(values)
        if not conn.execute(statement).rowcount and change.name is not None:
            insert_new(conn, lane, [_new(change.name, first_fence(conn))])
            conn.execute(statement)


def _values(conn: Connection, key: str, change: LaneChange) -> dict[str, Any]:
    values: dict[str, Any] = {
        "open": lane.c.open + change.open,
        "done": lane.c.done + change.done,
        "dead": lane.c.dead + change.dead,
    }
    if change.due is not None:
        later = or_(lane.c.next_due.is_(None), lane.c.next_due > change.due)
        values["next_due"] = case((later, literal(change.due, Instant())), else_=lane.c.next_due)
    if change.ended:
        begun = conn.scalar(select(lane.c.begun).where(lane.c.key == key).with_for_update())
        left = [i for i in json.loads(begun or "[]") if i not in change.ended]
        values["begun"] = json.dumps(left) if left else None
    return values


def _new(name: LaneName, fence: int) -> dict[str, Any]:
    return {
        "key": name.key,
        "pool": name.pool,
        "host": name.host,
        "next_due": None,
        "turn_until": None,
        "fence": fence,
        "worker": None,
        "begun": None,
        "open": 0,
        "done": 0,
        "dead": 0,
        "turns": 0,
        "turned_at": None,
    }
