"""How work ends: done, due again, failed, given up; each shown with the fence of its turn.

Whoever ends work locks its row first and looks at its lane afterwards; whoever takes a lost turn over
changes the lane first and then these rows. So either the end comes first and counts, or it is refused.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from crawler.errors import StoreError
from workers.ledger.sql.keys import batched
from workers.ledger.tables import lane, work
from workers.ledger.work.lane_changes import change_of, is_ended
from workers.ledger.work_items import Leased, WorkKind, WorkState

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = ["fail", "finish", "finish_all", "held", "leased", "lost", "postpone"]

_ATTEMPTS = 3
"""Attempts before work is dead."""
_BACKOFF = timedelta(minutes=1)
"""Pause after the first failure; ten times as long after each further one."""


def leased(row: Row[Any], fence: int) -> Leased:
    """Return the work of `row` as under way in the turn of `fence`; StoreError for a broken payload."""
    payload = json.loads(row.payload)
    if not isinstance(payload, dict):
        raise StoreError(
            "invalid payload in the queue: expected an object; run `ghostcrawl db check`"
        )
    return Leased(
        id=row.id,
        kind=WorkKind(row.kind),
        key=row.key,
        host=row.host,
        payload=payload,
        fence=fence,
        attempts=row.attempts,
        suspect=row.suspect,
    )


def held(conn: Connection, pairs: Iterable[tuple[int, int]]) -> tuple[Leased, ...]:
    """Return the work behind (id, fence) pairs that is still under way in these very turns."""
    return tuple(leased(row, fence) for row, fence in _mine(conn, dict(pairs)))


def finish(
    conn: Connection, work_id: int, fence: int, now: datetime, due_at: datetime | None = None
) -> bool:
    """End work well; return False, and change nothing, where its turn is not ours any more.

    With `due_at` the work is open again at that moment; without, it is done, unless it was offered
    again meanwhile.
    """
    for row, _ in _mine(conn, {work_id: fence}):
        _write(conn, row, _ended(due_at or row.again_at, now))
        return True
    return False


def finish_all(conn: Connection, items: Iterable[Leased], now: datetime) -> tuple[Leased, ...]:
    """End much work well at once, as `finish` does; return what was still ours."""
    known = {item.id: item for item in items}
    found = _mine(conn, {item.id: item.fence for item in known.values()})
    if found:
        conn.execute(
            update(work).where(work.c.id == bindparam("row")),
            [{"row": row.id} | _ended(row.again_at, now) for row, _ in found],
        )
    for row, _ in found:
        _note(conn, row, WorkState.DONE if row.again_at is None else WorkState.OPEN)
    return tuple(known[row.id] for row, _ in found)


def postpone(conn: Connection, work_id: int, fence: int, due_at: datetime, why: str) -> bool:
    """Give work back until `due_at` because a host asks to wait; no attempt is counted."""
    values = {"due_at": due_at, "again_at": None, "suspect": False, "last_error": why}
    for row, _ in _mine(conn, {work_id: fence}):
        _write(conn, row, values)
        return True
    return False


def fail(conn: Connection, work_id: int, fence: int, why: str, now: datetime) -> bool:
    """Count a failed attempt: due again after a growing pause, dead after the third."""
    for row, _ in _mine(conn, {work_id: fence}):
        _write(conn, row, _failed(row, why, now + _BACKOFF * 10**row.attempts))
        return True
    return False


def lost(conn: Connection, work_id: int, fence: int, why: str, now: datetime) -> bool:
    """Count the death of the process that did this work alone; due again at once, dead after the third."""
    for row, _ in _mine(conn, {work_id: fence}):
        _write(conn, row, _failed(row, why, now) | {"suspect": True})
        return True
    return False


def _failed(row: Row[Any], why: str, due_at: datetime) -> dict[str, Any]:
    attempts = row.attempts + 1
    return {
        "state": WorkState.DEAD if attempts >= _ATTEMPTS else WorkState.OPEN,
        "attempts": attempts,
        "due_at": due_at,
        "again_at": None,
        "last_error": why,
    }


def _ended(again: datetime | None, now: datetime) -> dict[str, Any]:
    return {
        "state": WorkState.DONE if again is None else WorkState.OPEN,
        "due_at": again or now,
        "again_at": None,
        "attempts": 0,
        "suspect": False,
        "last_error": None,
    }


def _mine(conn: Connection, fences: Mapping[int, int]) -> Sequence[tuple[Row[Any], int]]:
    """Lock and return the rows that are under way in turns of ours, by id, each with its fence."""
    rows: list[Row[Any]] = []
    for some in batched(sorted(fences)):
        of_these = (work.c.id.in_(some), work.c.state == WorkState.OPEN)
        rows += conn.execute(select(work).where(*of_these).order_by(work.c.id).with_for_update())
    turns = _turns(conn, {row.lane for row in rows})
    return [
        (row, fences[row.id])
        for row in rows
        if row.id in turns[row.lane, fences[row.id]] and not is_ended(conn, row.lane, row.id)
    ]


def _turns(conn: Connection, keys: Iterable[str]) -> Mapping[tuple[str, int], frozenset[int]]:
    """Return what is begun in the turn of each lane, by key and fence."""
    columns = (lane.c.key, lane.c.fence, lane.c.begun)
    taken = (lane.c.turn_until.is_not(None), lane.c.begun.is_not(None))
    statement = select(*columns).where(lane.c.key.in_(sorted(keys)), *taken)
    begun: defaultdict[tuple[str, int], frozenset[int]] = defaultdict(frozenset)
    for key, fence, ids in conn.execute(statement):
        begun[key, fence] = frozenset(json.loads(ids))
    return begun


def _write(conn: Connection, row: Row[Any], values: Mapping[str, Any]) -> None:
    conn.execute(update(work).where(work.c.id == row.id).values(values))
    _note(conn, row, values.get("state", WorkState.OPEN))


def _note(conn: Connection, row: Row[Any], state: str) -> None:
    change = change_of(conn, row.lane)
    change.ended.add(row.id)
    change.open -= state != WorkState.OPEN
    change.done += state == WorkState.DONE
    change.dead += state == WorkState.DEAD
