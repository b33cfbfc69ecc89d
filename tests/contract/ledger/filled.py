"""A row or two in every table of a schema, whichever revision it has: what migrations and copies must keep."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Float, Integer, LargeBinary, MetaData, Table, func, select

from tests.contract.ledger.samples import evidence, finding, said, verdict
from workers.values import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Column, Connection

__all__ = ["contents", "counted", "fill"]

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_INSTANT = 27
"""The width of a moment in text."""
_WORDS = {
    "kind": "visit",
    "outcome": "visited",
    "readable": "fully",
    "tier": "A",
    "confidence": "confirmed",
    "claim": "malicious",
    "level": "release",
    "event": "found",
    "code": "pin-gone",
}
"""What columns of a closed set hold."""
_BODIES = {
    "assertion": said(),
    "evidence": evidence(),
    "finding": finding(),
    "verdict": verdict(),
}
"""What migrations read out of whole values."""


def fill(conn: Connection, rows: int = 2) -> dict[str, int]:
    """Put `rows` rows into every table that there is; return how many each has then, by name."""
    for table in _tables(conn):
        if table.name != "ledger_mark":  # each schema has the one row from its beginning
            conn.execute(table.insert(), [_row(table, number) for number in range(1, rows + 1)])
    return counted(conn)


def counted(conn: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        table.name: conn.scalar(select(func.count()).select_from(table)) or 0
        for table in _tables(conn)
    }


def contents(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each table, in the order of their values."""
    return {
        table.name: sorted((dict(row._mapping) for row in conn.execute(select(table))), key=str)
        for table in _tables(conn)
    }


def _tables(conn: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(conn)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _row(table: Table, number: int) -> Mapping[str, Any]:
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: Column[Any], number: int) -> object:
    for reference in column.foreign_keys:
        return _value(reference.column.table, reference.column, number)
    match column.type:
        case Boolean():
            return bool(number % 2)
        case Integer() | Float():
            return number
        case LargeBinary():
            return number.to_bytes(4, "little")
        case _:
            return _text(table.name, column.name, getattr(column.type, "length", None), number)


def _text(table: str, column: str, length: int | None, number: int) -> str:
    if length == _INSTANT:
        return (_NOON + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    word = _WORDS.get(column) or f"{number}-{table}-{column} \u00e4\u2028"
    if column == "lock_path":
        word = f"{number}/uv.lock"
    if column in {"body", "payload"}:
        word = encode(_BODIES[table]) if table in _BODIES else json.dumps({"number": number})
    if column == "state":
        word = {"work": "open", "finding": "new"}.get(table, "malicious")
    return word if length is None else word[:length]
