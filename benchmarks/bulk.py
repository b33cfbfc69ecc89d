"""Fill the real tables of the ledger by a short way: rows in the order of their index, no look-ups.

The ordinary way (`locks.store_many`) is measured by itself; a million locks would take it hours. Bodies
of blocks are one real body repeated: no look-up of the retro-hunt opens them.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from benchmarks.made_locks import FILES, VERSION, key_of, oid_of, stated
from crawler.model import Ecosystem
from workers.ledger.blocks import blocks_of
from workers.ledger.sql.keys import release, written

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benchmarks.popularity import Postings
    from workers.ledger.ledger import Ledger

__all__ = ["load"]

_ROWS = 2_000_000
"""Per transaction: a write-ahead log of some 50 MB."""
_WHEN = "2026-11-22T12:00:00.000000Z"


def load(ledger: Ledger, postings: Postings) -> None:
    """Write all locks, blocks and postings; the tables are empty before."""
    _rows(ledger, "block", "id, digest, body", _blocks(postings.blocks))
    _rows(ledger, "block_name", "project, version, block_id", _names(postings.blocks))
    _rows(ledger, "block_digest", "prefix, block_id", _digests(postings.blocks))
    lock = "id, oid, reading, format, size, sha256, readable, parser_version, blocks, read_at"
    _rows(ledger, "lock", lock, _locks(postings))
    _rows(ledger, "pin", "block_id, lock_id", postings.inverted())
    with ledger.read() as conn:
        _tidied(conn)


def _tidied(conn: Connection) -> None:
    """Do at once what autovacuum does in its time; SQLite plans these look-ups without statistics."""
    if conn.dialect.name == "postgresql":
        raw: Any = conn.connection.driver_connection
        conn.rollback()
        raw.autocommit = True
        raw.execute("VACUUM (ANALYZE)")
        raw.autocommit = False


def _blocks(count: int) -> Iterator[Sequence[Any]]:
    (real,) = blocks_of(stated(1))
    body = real.body
    for block in range(1, count + 1):
        yield block, hashlib.sha256(b"block %d" % block).digest(), body


def _names(count: int) -> Iterator[Sequence[Any]]:
    version = release(Ecosystem.PYPI, VERSION)
    for name, block in sorted((written(key_of(block)), block) for block in range(1, count + 1)):
        yield name, version, block


def _digests(count: int) -> Iterator[Sequence[Any]]:
    """Two digests a file, as `blocks.digests_of` finds them, in the order of the index."""
    rows = []
    for block in range(1, count + 1):
        number = block.to_bytes(8, "big")
        for file in range(FILES):
            for kind in ("sha256", "blake2b"):
                text = f"{kind} {block} {file}".encode()
                rows.append(hashlib.sha256(text).digest()[:16] + number)
    rows.sort()
    for row in rows:
        yield row[:16], int.from_bytes(row[16:], "big")


def _locks(postings: Postings) -> Iterator[Sequence[Any]]:
    for lock in range(1, postings.locks + 1):
        oid = oid_of(lock)
        blocks = array("I", postings.of_lock(lock)).tobytes()
        yield lock, oid, "uv", "uv", 0, oid.ljust(64, "0"), "fully", "1", blocks, _WHEN


def _rows(ledger: Ledger, table: str, columns: str, rows: Iterator[Sequence[Any]]) -> None:
    while some := list(islice(rows, _ROWS)):
        with ledger.write() as conn:
            write = _copied if conn.dialect.name == "postgresql" else _inserted
            write(conn, table, columns, some)


def _inserted(conn: Connection, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    marks = ", ".join("?" for _ in columns.split(","))
    raw: Any = conn.connection.driver_connection
    raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608 - names of our own


def _copied(conn: Connection, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    raw: Any = conn.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
