"""What need not be kept: old visits, finished work, gaps, sightings that are gone, and locks nobody has.

Kept for ever are findings, their log and evidence, what feeds have said, verdicts, work that was given up,
and every lock and sighting that a finding is in: what is needed to show that a report was right, or to
correct it. The last poll of each feed is kept too: without it a feed that went silent would not be stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, String, delete, func, literal, select
from sqlalchemy.types import TypeDecorator

from workers.ledger import clearing, locks
from workers.ledger.sql.keys import batched
from workers.ledger.tables import (
    block,
    block_digest,
    block_name,
    finding,
    gap,
    lock,
    pin,
    sighting,
    visit,
    work,
)
from workers.ledger.work import removal
from workers.ledger.work_items import WorkState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select, Table

    from workers.ledger.ledger import Ledger

__all__ = ["Excess", "Keep", "excess", "prune", "remove_unreferenced"]

_LAST_VISITS = 20
"""Of each repository, however old: the visit policy goes by them."""
_ROWS = 2_000
"""Per transaction, so that workers need not wait long."""
_SHARED = frozenset((lock, block))
"""What visits of other repositories may be about to refer to."""
_NUMBER = 8
"""Bytes, about, of a column that holds no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long what may go is kept."""

    visits: timedelta
    finished_work: timedelta
    gaps: timedelta
    gone_sightings: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """What a table holds longer than it has to."""

    table: str
    rows: int
    bytes: int
    """About, without indexes."""


def excess(conn: Connection, keep: Keep, now: datetime) -> tuple[Excess, ...]:
    """Return what `prune` would remove first; what only these rows refer to goes with them."""
    return tuple(
        Excess(table=table.name, rows=rows, bytes=size)
        for table, ids in _old(keep, now)
        for rows, size in [_measured(conn, table, ids)]
        if rows
    )


def prune(ledger: Ledger, keep: Keep, now: datetime) -> Mapping[str, int]:
    """Remove it, some thousand rows a transaction; return how many rows went, by table."""
    removed: dict[str, int] = {}
    for table, ids in _old(keep, now):

        def some(conn: Connection, table: Table = table, ids: Select[int] = ids) -> int:
            if table in _SHARED:
                clearing.hold_changes(conn)
            return _remove(conn, table, list(conn.scalars(ids.limit(_ROWS))))

        while rows := ledger.transaction(some):
            removed[table.name] = removed.get(table.name, 0) + rows
    return removed


def remove_unreferenced(conn: Connection) -> Mapping[str, int]:
    """Remove locks that nobody has any more, and packages that are in no lock; return rows by table.

    The transaction has to be in its turn (`clearing.hold_changes`).
    """
    return {
        table.name: _remove(conn, table, list(conn.scalars(ids)))
        for table, ids in ((lock, _unseen_locks()), (block, _unused_blocks()))
    }


def _old(keep: Keep, now: datetime) -> Iterator[tuple[Table, Select[int]]]:
    """Yield tables and the ids of rows that may go, in the order in which they have to."""
    yield visit, _visits_before(now - keep.visits)
    ended = (work.c.state == WorkState.DONE, work.c.due_at < now - keep.finished_work)
    yield work, select(work.c.id).where(*ended)
    yield gap, select(gap.c.id).where(gap.c.noted_at < now - keep.gaps)
    yield sighting, _sightings_before(now - keep.gone_sightings)
    yield lock, _unseen_locks()
    yield block, _unused_blocks()


def _visits_before(moment: datetime) -> Select[int]:
    newest_first = func.row_number().over(
        partition_by=visit.c.repository_id, order_by=visit.c.visited_at.desc()
    )
    ranked = select(visit.c.id, visit.c.visited_at, newest_first.label("place")).subquery()
    return select(ranked.c.id).where(ranked.c.visited_at < moment, ranked.c.place > _LAST_VISITS)


def _sightings_before(moment: datetime) -> Select[int]:
    """Those that are gone since, and in whose lock nothing was found."""
    return select(sighting.c.id).where(
        sighting.c.gone, sighting.c.last_seen < moment, ~_is_found_in(sighting.c.oid)
    )


def _unseen_locks() -> Select[int]:
    same = (sighting.c.oid == lock.c.oid, sighting.c.reading == lock.c.reading)
    seen = select(literal(1)).where(*same).exists()
    return select(lock.c.id).where(~seen, ~_is_found_in(lock.c.oid))


def _is_found_in(oid: ColumnElement[str]) -> ColumnElement[bool]:
    return select(literal(1)).where(finding.c.oid == oid).exists()


def _unused_blocks() -> Select[int]:
    used = select(literal(1)).where(pin.c.block_id == block.c.id).exists()
    return select(block.c.id).where(~used)


def _remove(conn: Connection, table: Table, ids: list[int]) -> int:
    if table is work:
        return sum(removal.remove(conn, work.c.id.in_(some)) for some in batched(ids))
    if table is block and ids:
        clearing.forget(conn, ids)
    for some in batched(ids):
        if table is lock:
            locks.remove(conn, some)
        if table is block:
            for index in (block_name, block_digest):
                conn.execute(delete(index).where(index.c.block_id.in_(some)))
        conn.execute(delete(table).where(table.c.id.in_(some)))
    return len(ids)


def _measured(conn: Connection, table: Table, ids: Select[int]) -> tuple[int, int]:
    sizes = [func.sum(func.coalesce(_size(column.type, column), 0)) for column in table.c]
    row = conn.execute(select(func.count(), *sizes).where(table.c.id.in_(ids))).one()
    return row[0], sum(int(one or 0) for one in row[1:])


def _size(kind: Any, column: ColumnElement[Any]) -> ColumnElement[int]:  # noqa: ANN401 - a type of SQLAlchemy
    of = kind.impl if isinstance(kind, TypeDecorator) else kind
    return func.length(column) if isinstance(of, String | LargeBinary) else literal(_NUMBER)
