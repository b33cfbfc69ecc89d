"""A ledger that was restored: what workers began before must not come into it, and no host pays twice.

A worker proves its turn with the fence of the lane. After a restore the same fence could be handed out again,
so every fence moves beyond all that was ever handed out: it is at least the seconds since 2020, and new
lanes begin there as well (`ledger_mark`), whatever was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select, update

from workers.ledger import clearing
from workers.ledger.backups import copy_rows, is_empty
from workers.ledger.erasing import erase_again
from workers.ledger.marks import first_fence, raise_first_fence
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import (
    budget,
    lane,
    left_alone,
    metadata,
    paused_host,
    worker,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

__all__ = ["is_empty", "restore"]

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_KEY = ("host", "resource", "identity")


def restore(backup: Connection, conn: Connection, now: datetime) -> int:
    """Put all rows of `backup` in the place of those of `conn`; return how many they are.

    What was erased since the backup is erased again. What a person has paused, and what hosts were asked or asked
    for, is kept of both. Turns end: what was begun in them is due again, without an attempt; processes that live
    write their rows again.
    """
    _hold(conn)
    budgets, paused, alone = (_all(conn, table) for table in (budget, paused_host, left_alone))
    handed_out = max(first_fence(conn), _last_fence(conn), _seconds(now))
    for table in reversed(metadata.sorted_tables):
        conn.execute(table.delete())
    copied = copy_rows(backup, conn)
    _end_turns(conn, max(handed_out, _last_fence(conn)) + 1)
    conn.execute(worker.delete())
    _keep_budgets(conn, budgets)
    insert_new(conn, paused_host, paused)
    insert_new(conn, left_alone, alone)
    if alone:
        erase_again(conn, now)
    return copied


def _hold(conn: Connection) -> None:
    """Wait for all that is under way, and let others wait; on SQLite a writer is alone anyway."""
    clearing.hold_changes(conn)  # first, as visits do, or they and we wait for one another
    if conn.dialect.name == "postgresql":
        quote = conn.dialect.identifier_preparer.quote
        names = ", ".join(quote(table.name) for table in metadata.sorted_tables)
        conn.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")


def _all(conn: Connection, table: Table) -> Sequence[Mapping[str, Any]]:
    return [dict(row) for row in conn.execute(select(table)).mappings()]


def _seconds(now: datetime) -> int:
    """Return the seconds since 2020: more than any lane ever had turns, whatever was lost."""
    return max(0, int((now - _LONG_AGO).total_seconds()))


def _last_fence(conn: Connection) -> int:
    return conn.scalar(select(func.max(lane.c.fence))) or 0


def _end_turns(conn: Connection, beyond: int) -> None:
    """Let no fence be one that was handed out, by the backup's ledger or the one before; end all turns."""
    conn.execute(update(lane).values(fence=beyond, turn_until=None, begun=None))
    raise_first_fence(conn, beyond)


def _keep_budgets(conn: Connection, before: Sequence[Mapping[str, Any]]) -> None:
    """Let no bucket be younger than it was: the higher counts, and the longer block with its reason."""
    insert_new(conn, budget, before)
    for row in before:
        this = [budget.c[name] == row[name] for name in _KEY]
        more = {
            name: case((budget.c[name] < row[name], row[name]), else_=budget.c[name])
            for name in ("requests", "bytes_down")
        }
        conn.execute(update(budget).where(*this).values(**more))
        if row["blocked_until"] is not None:
            longer = budget.c.blocked_until.is_(None) | (
                budget.c.blocked_until < row["blocked_until"]
            )
            block = {name: row[name] for name in ("blocked_until", "why", "failures")}
            conn.execute(update(budget).where(*this, longer).values(**block))
