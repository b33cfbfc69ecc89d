"""How work comes into the queue: offered by whoever finds it, planned by whoever has just done it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_, update

from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import work
from workers.ledger.work_items import WorkItem, WorkState
from workers.runs import Run

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = ["offer", "replan"]


def offer(conn: Connection, items: Iterable[WorkItem], now: datetime) -> int:
    """Put work into the queue; return how many items are new or open again.

    Done work is opened again, and dead work by any other run than the one in which it died. Open work
    that only waits for its time becomes due at the earlier of both moments; after a failure or a
    postponement it keeps its time. Work under a live lease is left alone and is due again when
    `finish` names no time. What is offered again asks for all that either offer asked for.
    """
    newest = {(item.kind.value, item.key): item for item in items}
    opened = 0
    for batch in batched(sorted(newest)):
        known = _known(conn, batch)
        fresh = [newest[key] for key in batch if key not in known]
        insert_new(conn, work, [_row(item) for item in fresh])
        opened += len(fresh)
        opened += sum(_reopen(conn, row, newest[row.kind, row.key], now) for row in known.values())
    return opened


def replan(conn: Connection, items: Iterable[WorkItem], now: datetime) -> None:
    """Set the time of work that was just done in passing, by work of another kind.

    Unknown work is put in at its time. Known work is open until then, whenever it was due before and
    however often it had failed. Work under a live lease is left alone: who holds it names its next
    time.
    """
    newest = {(item.kind.value, item.key): item for item in items}
    for batch in batched(sorted(newest)):
        known = _known(conn, batch)
        insert_new(conn, work, [_row(newest[key]) for key in batch if key not in known])
        for key, row in known.items():
            if not _is_leased(row, now):
                values = _row(newest[key]) | {"fence": row.fence}
                conn.execute(update(work).where(work.c.id == row.id).values(values))


def _known(conn: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    statement = select(work).where(tuple_(work.c.kind, work.c.key).in_(keys))
    rows = conn.execute(statement.order_by(work.c.id).with_for_update())
    return {(row.kind, row.key): row for row in rows}


def _row(item: WorkItem) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "key": item.key,
        "host": item.host,
        "state": WorkState.OPEN,
        "due_at": item.due_at,
        "lease_until": None,
        "again_at": None,
        "fence": 0,
        "attempts": 0,
        "payload": _json(item.payload),
        "last_error": None,
    }


def _json(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


def _is_leased(row: Row[Any], now: datetime) -> bool:
    return bool(
        row.state == WorkState.OPEN and row.lease_until is not None and row.lease_until > now
    )


def _reopen(conn: Connection, row: Row[Any], item: WorkItem, now: datetime) -> bool:
    """Bring one known row in line with what is offered; say whether it was opened by that."""
    values: dict[str, Any] = {}
    ended = row.state == WorkState.DONE or (
        row.state == WorkState.DEAD and _is_of_another_run(row, item)
    )
    if ended:
        values = _row(item) | {"fence": row.fence}
    elif _is_leased(row, now):
        values = {"again_at": min(item.due_at, row.again_at or item.due_at)}
    elif row.state == WorkState.OPEN and row.last_error is None and item.due_at < row.due_at:
        values = {"due_at": item.due_at}
    if row.state == WorkState.OPEN:
        payload = _json(_wider(json.loads(row.payload), item.payload))
        values |= {} if payload == row.payload else {"payload": payload}
    if values:
        conn.execute(update(work).where(work.c.id == row.id).values(values))
    return ended


def _wider(known: Mapping[str, Any], offered: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is offered, asking for no less than what is known of it: both wait for one visit."""
    if "run" not in known or "run" not in offered:
        return offered
    return {**offered, **Run.from_payload(offered).merge(Run.from_payload(known)).payload()}


def _is_of_another_run(row: Row[Any], item: WorkItem) -> bool:
    """Say whether `item` may try again what died: within one run it would die again and again."""
    run = json.loads(row.payload).get("run")
    return run is None or run != item.payload.get("run")
