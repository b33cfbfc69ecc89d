"""An own SQLite ledger, read by the standard library alone, never created or changed.

Importing and starting SQLAlchemy doubles what a scan of two locks takes (0.3 s of CPU, with bytecode).
What is asked is in `verdict_reader`.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING

from crawler.errors import StoreError
from workers.ledger.revision import REVISION
from workers.ledger.verdict_reader import Ask, Row, VerdictReader
from workers.private import private_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["open_read_only"]

_BUSY = 30.0
"""Seconds that SQLite waits for a writer."""
_PRAGMAS = ("cache_size = -32768", "mmap_size = 1073741824")
"""KiB of pages that are kept, and bytes that are mapped: a first look-up takes 5 us instead of 27."""


@contextmanager
def open_read_only(file: Path) -> Iterator[VerdictReader | None]:
    """Give the verdicts in the ledger `file`, for one thread; what is written meanwhile may be seen or not.

    None where it has no schema of ours or cannot be read so; then the ledger itself
    (`workers.ledger.ledger`) knows what to do or to say.
    """
    connection = _connect(file)
    if connection is None:
        yield None
        return
    with closing(connection):
        yield VerdictReader(_asking(connection))


def _connect(file: Path) -> sqlite3.Connection | None:
    private_database(file, create=False)
    with suppress(OSError, sqlite3.Error), ExitStack() as stack:
        uri = f"{file.absolute().as_uri()}?mode=ro{'&immutable=1' if _never_changes(file) else ''}"
        connection = stack.enter_context(closing(sqlite3.connect(uri, uri=True, timeout=_BUSY)))
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        if found == [(REVISION,)]:
            stack.pop_all()
            return connection
    return None


def _never_changes(file: Path) -> bool:
    """Say whether `file` lies on a read-only medium, complete: SQLite cannot make its index of a WAL there.

    sqlite.org, "Write-Ahead Logging", section "Read-Only Databases".
    """
    on_read_only = bool(os.statvfs(file).f_flag & os.ST_RDONLY)
    return on_read_only and not file.with_name(f"{file.name}-wal").exists()


def _asking(connection: sqlite3.Connection) -> Ask:
    def ask(statement: str, values: Sequence[str | int]) -> Sequence[Row]:
        places = f"({','.join('?' * len(values))})"
        try:
            return connection.execute(statement.replace(":wanted", places), values).fetchall()
        except sqlite3.Error as error:
            msg = f"the database failed: {error}; try `ghostcrawl db check`"
            raise StoreError(msg) from error

    return ask
