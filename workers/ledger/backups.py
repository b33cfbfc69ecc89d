"""A ledger in one file, taken while workers write; the file is an SQLite ledger, whatever it came from.

SQLite copies itself (its online backup API). PostgreSQL is read in one REPEATABLE READ transaction, table
by table, into a new SQLite ledger: that needs no program of the server's version beside us (an image has
none), can be checked by the same means as any ledger, and moves a ledger from one database to the other.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, inspect, select, text

from crawler.errors import StoreError
from workers.ledger.ledger import Ledger
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import ledger_mark, metadata
from workers.private import private_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Table

__all__ = ["back_up", "copy_rows", "is_empty", "opened_copy"]

_ROWS = 2_000
"""Rows per statement; few enough that the longest bodies take some megabytes."""


def back_up(ledger: Ledger, file: Path) -> None:
    """Write all that `ledger` holds now into the new file `file`, for this user alone.

    It is there whole or not at all. Raises StoreError, FileExistsError where `file` is there already.
    """
    folder = Path(mkdtemp(prefix=".ghostcrawl-backup-", dir=file.parent))
    taken = folder / "ledger.sqlite"
    try:
        with ledger.snapshot() as conn:
            private_file(taken)
            if conn.dialect.name == "sqlite":
                _copy_sqlite(conn, taken)
            else:
                _copy_tables(conn, taken)
        _close(taken)
        if os.path.lexists(file):
            raise FileExistsError(file)
        taken.rename(file)
    finally:
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()


def _copy_sqlite(conn: Connection, file: Path) -> None:
    source = conn.connection.driver_connection
    with closing(sqlite3.connect(file)) as target:
        if not isinstance(source, sqlite3.Connection):
            raise TypeError
        source.backup(target)


def _copy_tables(conn: Connection, file: Path) -> None:
    made = Ledger.open(f"sqlite:///{file}")
    try:
        made.upgrade()
        with made.write() as target:
            copy_rows(conn, target)
    finally:
        made.close()


def _close(file: Path) -> None:
    """Leave one file that needs no other beside it, and make sure that it is on the disk and readable."""
    with closing(sqlite3.connect(file)) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
    _check_pages(file)
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _check_pages(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as conn:
            (found,) = conn.execute("PRAGMA integrity_check(1)").fetchone()
            orphan = conn.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{file.name} cannot be read as a backup: {error}") from error
    if found != "ok" or orphan is not None:
        raise StoreError(f"{file.name} is damaged: {found if orphan is None else orphan}")


def copy_rows(source: Connection, target: Connection) -> int:
    """Copy every row of every table into `target`, whose tables are empty; return how many they were.

    Raises StoreError where `target` has not taken each of them.
    """
    copied = 0
    for table in metadata.sorted_tables:
        rows = 0
        for some in _rows(source, table):
            insert_new(target, table, some)
            rows += len(some)
        if rows != target.scalar(select(func.count()).select_from(table)):
            raise StoreError(f"not every row of {table.name} was copied; try again")
        copied += rows
        _number_on(target, table)
    return copied


def _rows(conn: Connection, table: Table) -> Iterator[list[Mapping[str, Any]]]:
    streamed = conn.execution_options(yield_per=_ROWS).execute(select(table)).mappings()
    for some in streamed.partitions():
        yield [dict(row) for row in some]


def _number_on(conn: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows behind those that brought their numbers; SQLite does so anyway."""
    if conn.dialect.name != "postgresql" or "id" not in table.c:
        return
    sequence = func.pg_get_serial_sequence(table.name, "id")
    last = select(func.max(table.c.id)).scalar_subquery()
    conn.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))


def opened_copy(file: Path, folder: Path) -> Ledger:
    """Copy the backup `file` into `folder`, check it, and open it with the schema of this program.

    A backup of an older schema is migrated there; `file` itself is left as it is. Raises StoreError for
    what is no whole ledger, or one of a newer schema.
    """
    taken = folder / "ledger.sqlite"
    private_file(taken)
    with file.open("rb") as source, taken.open("wb") as target:
        while block := source.read(1 << 20):
            target.write(block)
    _check_pages(taken)
    opened = Ledger.open(f"sqlite:///{taken}")
    try:
        _migrate(opened, file.name)
        opened.check()
    except BaseException:
        opened.close()
        raise
    return opened


def _migrate(opened: Ledger, name: str) -> None:
    if opened.current() is None:
        raise StoreError(f"{name} is not a backup of a ledger: it has no schema")
    opened.upgrade()


def is_empty(conn: Connection) -> bool:
    """Say whether no table of the schema has a row but the mark that each has, or there is none yet."""
    there = frozenset(inspect(conn).get_table_names())
    return not any(
        conn.execute(select(text("1")).select_from(table).limit(1)).first()
        for table in metadata.sorted_tables
        if table.name in there and table is not ledger_mark
    )
