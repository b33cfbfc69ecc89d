"""Rows of plain values straight to the driver: a visit writes hundreds, and binding them costs more than they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

__all__ = ["insert_rows"]


def insert_rows(
    conn: Connection, table: Table, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert `rows`, the values of the columns `names`; those whose key is there already are left as they are.

    Values are what the driver takes: bytes, integers, and text that is clean already. PostgreSQL gets a
    whole column in one parameter; a statement per row spends its time on the way.
    """
    if not rows:
        return
    quote = conn.dialect.identifier_preparer.quote
    head = f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, names))})"
    if conn.dialect.name == "postgresql":
        kinds = (table.c[name].type.compile(conn.dialect) for name in names)
        arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
        statement = f"{head} SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"  # noqa: S608 - as above
        conn.exec_driver_sql(statement, tuple(map(list, zip(*rows, strict=True))))
    else:
        marks = ", ".join("?" for _ in names)
        statement = f"{head} VALUES ({marks}) ON CONFLICT DO NOTHING"
        conn.exec_driver_sql(statement, [tuple(row) for row in rows])
