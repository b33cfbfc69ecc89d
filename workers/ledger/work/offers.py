"""How work comes into the queue: offered by whoever finds it, planned by whoever has just done it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_, update

from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import lane, work
from workers.ledger.work.lane_changes import change_of, is_ended
from workers.ledger.work_items import WorkItem, WorkState, lane_of
from workers.runs import Run

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = ["offer", "replan"]


def offer(conn: Connection, items: Iterable[WorkItem], now: datetime) -> int:
    """Put work into the queue; return how many items are new or open again.

    Done work is opened again, and dead work by any other run than the one in which it died. Open work
    that only waits for its time becomes due at the earlier of both moments; after a failure or a
    postponement it keeps its time. Work that is under way is left alone and is due again when
    `finish` names no time. What is offered again asks for all that either offer asked for.
    """
    newest = {(item.kind.value, item.key): item for item in items}
    opened = 0
    for batch in batched(sorted(newest)):
        known = _known(conn, batch)
        fresh = [newest[key] for key in batch if key not in known]
        _insert(conn, fresh, now)
        opened += len(fresh)
        busy = _under_way(conn, known.values(), now)
        opened += sum(
            _reopen(conn, row, newest[row.kind, row.key], now, busy) for row in known.values()
        )
    return opened


def replan(conn: Connection, items: Iterable[WorkItem], now: datetime) -> None:
    """Set the time of work that was just done in passing, by work of another kind.

    Unknown work is put in at its time. Known work is open until then, whenever it was due before and
    however often it had failed. Work that is under way is left alone: who does it names its next
    time.
    """
    newest = {(item.kind.value, item.key): item for item in items}
    for batch in batched(sorted(newest)):
        known = _known(conn, batch)
        _insert(conn, [newest[key] for key in batch if key not in known], now)
        busy = _under_way(conn, known.values(), now)
        for key, row in known.items():
            if row.id not in busy:
                values = _row(newest[key])
                conn.execute(update(work).where(work.c.id == row.id).values(values))
                _note_open(conn, newest[key], now, was=row.state)


def _known(conn: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    statement = select(work).where(tuple_(work.c.kind, work.c.key).in_(keys))
    rows = conn.execute(statement.order_by(work.c.id).with_for_update())
    return {(row.kind, row.key): row for row in rows}


def _insert(conn: Connection, items: Sequence[WorkItem], now: datetime) -> None:
    insert_new(conn, work, [_row(item) for item in items])
    for item in items:
        _note_open(conn, item, now)


def _note_open(conn: Connection, item: WorkItem, now: datetime, was: str | None = None) -> None:
    """Let the lane of `item` know that it is open now, and in which state it was."""
    name = lane_of(item.kind, item.host, item.key)
    change = change_of(conn, name.key)
    change.name = name
    change.lower(max(item.due_at, now))
    change.open += was != WorkState.OPEN
    change.done -= was == WorkState.DONE
    change.dead -= was == WorkState.DEAD


def _under_way(conn: Connection, rows: Iterable[Row[Any]], now: datetime) -> frozenset[int]:
    """Return the ids of what is under way among `rows`, whose rows this transaction has locked."""
    keys = sorted({row.lane for row in rows if row.state == WorkState.OPEN})
    if not keys:
        return frozenset()
    live = select(lane.c.key, lane.c.begun).where(
        lane.c.key.in_(keys), lane.c.turn_until > now, lane.c.begun.is_not(None)
    )
    begun = [(key, json.loads(ids)) for key, ids in conn.execute(live)]
    return frozenset(i for key, ids in begun for i in ids if not is_ended(conn, key, i))


def _row(item: WorkItem) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "key": item.key,
        "host": item.host,
        "lane": lane_of(item.kind, item.host, item.key).key,
        "state": WorkState.OPEN,
        "due_at": item.due_at,
        "again_at": None,
        "attempts": 0,
        "suspect": False,
        "payload": _json(item.payload),
        "last_error": None,
    }


def _json(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


def _reopen(
    conn: Connection, row: Row[Any], item: WorkItem, now: datetime, busy: frozenset[int]
) -> bool:
    """Bring one known row in line with what is offered; say whether it was opened by that."""
    values: dict[str, Any] = {}
    ended = row.state == WorkState.DONE or (
        row.state == WorkState.DEAD and _is_of_another_run(row, item)
    )
    if row.id not in busy:
        _move(conn, row, item, now)
    if ended:
        values = _row(item)
    elif row.id in busy:
        values = {"again_at": min(item.due_at, row.again_at or item.due_at)}
    elif row.state == WorkState.OPEN and row.last_error is None and item.due_at < row.due_at:
        values = {"due_at": item.due_at}
    if "due_at" in values:
        _note_open(conn, item, now, was=row.state)
    if row.state == WorkState.OPEN:
        payload = _json(_wider(json.loads(row.payload), item.payload))
        values |= {} if payload == row.payload else {"payload": payload}
    if values:
        conn.execute(update(work).where(work.c.id == row.id).values(values))
    return ended


def _move(conn: Connection, row: Row[Any], item: WorkItem, now: datetime) -> None:
    """Let known work be done in the lane where it belongs now: the configuration may name another host."""
    name = lane_of(item.kind, item.host, item.key)
    if row.lane == name.key:
        return
    change_of(conn, row.lane).count(row.state, -1)
    change = change_of(conn, name.key)
    change.name = name
    change.count(row.state, 1)
    change.lower(max(row.due_at, now))
    where = work.c.id == row.id
    conn.execute(update(work).where(where).values(lane=name.key, host=item.host))


def _wider(known: Mapping[str, Any], offered: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is offered, asking for no less than what is known of it: both wait for one visit."""
    if "run" not in known or "run" not in offered:
        return offered
    return {**offered, **Run.from_payload(offered).merge(Run.from_payload(known)).payload()}


def _is_of_another_run(row: Row[Any], item: WorkItem) -> bool:
    """Say whether `item` may try again what died: within one run it would die again and again."""
    run = json.loads(row.payload).get("run")
    return run is None or run != item.payload.get("run")
