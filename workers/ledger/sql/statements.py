"""Statements that both databases understand: idempotent inserts, and turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite

from workers.ledger.sql import copying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table

__all__ = ["beside_others", "in_turn", "insert_new", "upsert"]

_Insert = TypeVar("_Insert", sqlite.Insert, postgresql.Insert)


def insert_new(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`; those whose key is there already are left as they are."""
    if copying.pays(conn, rows):
        copying.insert(conn, table, rows, postgresql.insert(table).on_conflict_do_nothing())
    elif rows and conn.dialect.name == "sqlite":
        conn.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)
    elif rows:
        conn.execute(postgresql.insert(table).on_conflict_do_nothing(), rows)


def upsert(
    conn: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert `rows`; where the columns `key` are there already, set the columns `update` anew."""
    if not rows:
        return
    if copying.pays(conn, rows) and len({tuple(row[c] for c in key) for row in rows}) == len(rows):
        # One statement must not change a row twice; many statements may.
        copying.insert(conn, table, rows, _updating(postgresql.insert(table), key, update))
    elif conn.dialect.name == "sqlite":
        conn.execute(_updating(sqlite.insert(table), key, update), rows)
    else:
        conn.execute(_updating(postgresql.insert(table), key, update), rows)


def _updating(statement: _Insert, key: Sequence[str], update: Sequence[str]) -> _Insert:
    values = {column: statement.excluded[column] for column in update}
    return statement.on_conflict_do_update(index_elements=list(key), set_=values)


def in_turn(conn: Connection, what: str) -> None:
    """Wait until no other transaction is in its turn at `what`, and stay in turn until the end.

    Read-then-write needs it on PostgreSQL; on SQLite a writing transaction is alone anyway.
    """
    _wait(conn, "pg_advisory_xact_lock", what)


def beside_others(conn: Connection, what: str) -> None:
    """Wait until no other transaction is in its turn at `what`, and let none begin until the end.

    Any number may be beside one another.
    """
    _wait(conn, "pg_advisory_xact_lock_shared", what)


def _wait(conn: Connection, function: str, what: str) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text(f"SELECT {function}(:key)"), {"key": crc32(what.encode())})
