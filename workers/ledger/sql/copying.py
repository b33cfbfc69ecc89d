"""Many rows at once into PostgreSQL: COPY into a temporary table, then one INSERT ... SELECT.

A statement per row spends most of its time on the way to the server and back; COPY streams (PostgreSQL,
"Populating a Database"; psycopg 3, `Cursor.copy`). Rows arrive in the order in which they were given, so
ids are given out in that order and transactions that write the same keys lock them in one order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import column, select, text
from sqlalchemy import table as table_of
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table
    from sqlalchemy.dialects import postgresql

__all__ = ["insert", "pays"]

_FEW = 50
"""Rows below which a temporary table costs more than it saves."""
Row = Mapping[str, Any]


def pays(conn: Connection, rows: Sequence[Row]) -> bool:
    """Say whether `rows` are enough for COPY, and this database has it."""
    return len(rows) >= _FEW and conn.dialect.name == "postgresql"


def insert(
    conn: Connection, table: Table, rows: Sequence[Row], statement: postgresql.Insert
) -> None:
    """Run `statement`, an INSERT into `table` that names no values, with `rows` as its values.

    All rows name the same columns. Raises what SQLAlchemy raises for a statement.
    """
    names = list(rows[0])
    incoming = f"incoming_{table.name}"
    quote = conn.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    shape = f"SELECT {columns} FROM {quote(table.name)} WITH NO DATA"  # noqa: S608 - names of our own
    conn.execute(text(f"CREATE TEMPORARY TABLE {incoming} ON COMMIT DROP AS {shape}"))
    _copy(conn, f"COPY {incoming} ({columns}) FROM STDIN", _values(conn, table, names, rows))
    source = table_of(incoming, *(column(name) for name in names))
    conn.execute(statement.from_select(names, select(*(source.c[name] for name in names))))
    conn.execute(text(f"DROP TABLE {incoming}"))


def _copy(conn: Connection, command: str, rows: Iterable[Sequence[Any]]) -> None:
    import psycopg

    raw = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    try:
        with raw.cursor() as cursor, cursor.copy(command.encode()) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(command, None, error, psycopg.Error) from error


def _values(
    conn: Connection, table: Table, names: Sequence[str], rows: Iterable[Row]
) -> Iterator[list[Any]]:
    """Yield the values as the driver takes them: types of columns may change them on their way."""
    types = [table.c[name].type for name in names]
    changes = [kind.dialect_impl(conn.dialect).bind_processor(conn.dialect) for kind in types]
    for row in rows:
        yield [
            _bare(row[name] if change is None else change(row[name]))
            for name, change in zip(names, changes, strict=True)
        ]


def _bare(value: object) -> object:
    """Return a member of a StrEnum as its text; psycopg would choose between two ways to write it."""
    return str(value) if isinstance(value, Enum) else value
