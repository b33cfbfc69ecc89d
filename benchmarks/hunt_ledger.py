"""The ledger of `benchmarks.hunt`: real tables, every one of them filled by a short way.

Which packages locks share follows a Zipf law with a flat head, fitted to real locks: 249 uv.locks hold
21,882 packages, which are 5,758 distinct blocks, and the number of blocks grows as the 0.7th power of the
number of packages (Heaps' law). A Lomax law of exponent 0.43 (0.7 = 1 / 1.43) whose scale is 50 gives these
figures. Its head is that of a corpus with many related locks: the most popular block stands in three of
four of them. Names, files and digests of a block follow from its number.

`load` writes locks, blocks and postings in the order of their indexes, and all other tables, whatever there
are, with as many rows as there are locks, made from the types of their columns: no look-up of the hunt opens
them, but a real ledger has them, and they take its place on the disk and in memory.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Float, Integer, LargeBinary, String, Text

from crawler.model import (
    Algorithm,
    Digest,
    Ecosystem,
    LockId,
    Origin,
    OriginKind,
    ParseResult,
    Pin,
    ProjectKey,
    Readable,
    path_of,
)
from workers.ledger.blocks import blocks_of
from workers.ledger.locks import ReadLock
from workers.ledger.sql.columns import Instant
from workers.ledger.sql.keys import release, written
from workers.ledger.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Table

    from workers.ledger.ledger import Ledger

__all__ = ["FILES", "Postings", "drawn", "load", "read_lock", "sha256_of", "stated"]

FILES = 7
"""Distributions per block: 41,570 in 5,758 blocks of real uv.locks."""
_VERSION = "1.0"
_INDEX = Origin(kind=OriginKind.REGISTRY, location="https://index.example/simple")
_SHAPE, _SCALE = 0.43, 50
_WHEN = "2026-11-22T12:00:00.000000Z"
_BODY = '{"made":"up"}' * 30
"""About as long as the canonical JSON of a finding."""
_HEX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """Which lock holds which blocks. Blocks are numbered from 1 in the order of their appearance."""

    per_lock: int
    blocks: int
    """Distinct ones."""
    forward: array[int]
    """Block ids, `per_lock` at a time."""

    @property
    def locks(self) -> int:
        """Number of locks; they are numbered from 1."""
        return len(self.forward) // self.per_lock

    def of_lock(self, lock: int) -> array[int]:
        """Return the blocks of a lock, sorted."""
        start = (lock - 1) * self.per_lock
        return self.forward[start : start + self.per_lock]

    def inverted(self) -> Iterator[tuple[int, int]]:
        """Yield (block, lock) in the order of the index: a counting sort."""
        starts = self._starts()
        places = array("Q", starts)
        locks = array("I", bytes(4 * len(self.forward)))
        for place, block in enumerate(self.forward):
            locks[places[block]] = place // self.per_lock + 1
            places[block] += 1
        for block in range(1, self.blocks + 1):
            for place in range(starts[block], places[block]):
                yield block, locks[place]

    def counts(self) -> array[int]:
        """Return how many locks hold each block; the first entry stands for none."""
        counts = array("I", bytes(4 * (self.blocks + 1)))
        for block in self.forward:
            counts[block] += 1
        return counts

    def _starts(self) -> array[int]:
        starts, total = array("Q"), 0
        for count in self.counts():
            starts.append(total)
            total += count
        return starts


def drawn(locks: int, per_lock: int, seed: int) -> Postings:
    """Draw `locks` locks of `per_lock` distinct blocks each; the same seed gives the same locks."""
    chance = random.Random(seed)  # noqa: S311 - made from a seed
    ids: dict[int, int] = {}
    forward = array("I")
    for _ in range(locks):
        ranks: set[int] = set()
        while len(ranks) < per_lock:
            ranks.add(_rank(chance.random()))
        forward.extend(sorted(ids.setdefault(rank, len(ids) + 1) for rank in ranks))
    return Postings(per_lock=per_lock, blocks=len(ids), forward=forward)


def _rank(uniform: float) -> int:
    """Invert the distribution function of the Lomax law."""
    return int(_SCALE * ((1.0 - uniform) ** (-1 / _SHAPE) - 1))


def sha256_of(block: int, file: int) -> Digest:
    """Return the SHA-256 of the n-th file of a block."""
    return Digest(algorithm=Algorithm.SHA256, hex=_hex("sha256", block, file))


@lru_cache(maxsize=200_000)
def stated(block: int) -> tuple[Pin, ...]:
    """Return the pins of a block, as a parser of uv.locks returns them."""
    return tuple(_pin(block, file) for file in range(FILES))


def read_lock(lock: int, blocks: list[int]) -> ReadLock:
    """Return a lock of these blocks, as it is stored."""
    pins = tuple(one for block in blocks for one in stated(block))
    result = ParseResult(format="uv", readable=Readable.FULLY, pins=pins, skipped=())
    return ReadLock(
        id=LockId(oid=_oid(lock), reading="uv"),
        size=0,
        sha256=_hex("lock", lock, 0),
        result=result,
    )


def _pin(block: int, file: int) -> Pin:
    blake = Digest(algorithm=Algorithm.BLAKE2B_256, hex=_hex("blake2b", block, file))
    filename = f"zz_package_{block}-{_VERSION}-cp3{file}-none-any.whl"
    return Pin(
        ecosystem=Ecosystem.PYPI,
        name=_key(block).name,
        version=_VERSION,
        origin=_INDEX,
        lines=None,
        url=f"https://files.index.example{path_of(blake.hex, filename)}",
        filename=filename,
        digests=(sha256_of(block, file),),
    )


def _key(block: int) -> ProjectKey:
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=f"zz-package-{block}")


def _oid(lock: int) -> str:
    return hashlib.sha1(b"lock %d" % lock, usedforsecurity=False).hexdigest()


def _hex(kind: str, number: int, file: int) -> str:
    return hashlib.sha256(f"{kind} {number} {file}".encode()).hexdigest()


def load(ledger: Ledger, postings: Postings) -> None:
    """Write all tables, which are empty before but for what the schema itself puts there."""
    with _raw(ledger) as raw:
        _write(raw, "block", "id, digest, body", _blocks(postings.blocks))
        _write(raw, "block_name", "project, version, block_id", _names(postings.blocks))
        _write(raw, "block_digest", "prefix, block_id", _digests(postings.blocks))
        lock = "id, oid, reading, format, size, sha256, readable, parser_version, blocks, read_at"
        _write(raw, "lock", lock, _locks(postings))
        _write(raw, "pin", "block_id, lock_id", postings.inverted())
        filled = {"block", "block_name", "block_digest", "lock", "pin"}
        for table in metadata.sorted_tables:
            if table.name not in filled:
                _make_up(raw, table)
    with ledger.read() as conn:
        _tidied(conn)


@contextmanager
def _raw(ledger: Ledger) -> Iterator[Any]:
    """Open the driver's connection for one large transaction.

    SQLite gets one of its own without journal, checks and syncs: an order of magnitude, at a million locks. It is
    closed before anything is measured, and the file is as the product writes it.
    """
    with ledger.write() as conn:
        if conn.dialect.name == "postgresql":
            yield conn.connection.driver_connection
            return
        file = conn.exec_driver_sql("PRAGMA database_list").all()[0][2]
    ledger.close()  # the journal is changed by whoever is alone
    with closing(sqlite3.connect(file)) as raw:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -262144"):
            raw.execute(f"PRAGMA {pragma}")
        yield raw
        raw.commit()


def _blocks(count: int) -> Iterator[Sequence[Any]]:
    """Yield blocks that all have one real body."""
    (real,) = blocks_of(stated(1))
    body = real.body
    for block in range(1, count + 1):
        yield block, hashlib.sha256(b"block %d" % block).digest(), body


def _names(count: int) -> Iterator[Sequence[Any]]:
    version = release(Ecosystem.PYPI, _VERSION)
    for name, block in sorted((written(_key(block)), block) for block in range(1, count + 1)):
        yield name, version, block


def _digests(count: int) -> Iterator[Sequence[Any]]:
    """Yield two digests a file, as `blocks.digests_of` finds them, in the order of the index."""
    rows = [
        bytes.fromhex(_hex(kind, block, file))[:8] + block.to_bytes(8, "big")
        for block in range(1, count + 1)
        for file in range(FILES)
        for kind in ("sha256", "blake2b")
    ]
    rows.sort()
    for row in rows:
        yield row[:8], int.from_bytes(row[8:], "big")


def _locks(postings: Postings) -> Iterator[Sequence[Any]]:
    for lock in range(1, postings.locks + 1):
        oid = _oid(lock)
        blocks = array("I", postings.of_lock(lock)).tobytes()
        yield lock, oid, "uv", "uv", 0, oid.ljust(64, "0"), "fully", "1", blocks, _WHEN


def _make_up(raw: Any, table: Table) -> None:  # noqa: ANN401 - either driver's
    """Fill any table by a row for each lock; row n refers to row n of others, and to lock n."""
    is_sqlite = isinstance(raw, sqlite3.Connection)
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(_value(column, is_sqlite=is_sqlite) for column in table.columns)
    raw.execute(f'INSERT INTO "{table.name}" ({columns}) SELECT {values} FROM lock')  # noqa: S608 - names of our own


def _value(column: Column[Any], *, is_sqlite: bool) -> str:
    """Return the value of a column in the row of a lock, as SQL."""
    for key in column.foreign_keys:
        return _value(key.column, is_sqlite=is_sqlite)
    value = "CAST(id AS TEXT)"
    match column.type:
        case Boolean():
            value = "FALSE"
        case Integer() | Float():
            value = "id"
        case LargeBinary():
            padded = _padded(column.type.length or 32, is_sqlite=is_sqlite)
            value = f"CAST({padded} AS {'BLOB' if is_sqlite else 'BYTEA'})"
        case Instant():
            value = f"'{_WHEN}'"
        case Text():
            value = f"'{_BODY}'"
        case String() if column.name == "oid":
            value = "oid"
        case String(length=int() as length) if length >= _HEX:
            value = _padded(_HEX, is_sqlite=is_sqlite)
        case String(length=int() as length):
            value = f"substr({value}, {-length})" if is_sqlite else f"right({value}, {length})"
    return value


def _padded(length: int, *, is_sqlite: bool) -> str:
    return f"printf('%0{length}d', id)" if is_sqlite else f"lpad(CAST(id AS TEXT), {length}, '0')"


def _write(raw: Any, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:  # noqa: ANN401
    if isinstance(raw, sqlite3.Connection):
        marks = ", ".join("?" for _ in columns.split(","))
        raw.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', rows)  # noqa: S608 - the same
        return
    with raw.cursor() as cursor, cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def _tidied(conn: Connection) -> None:
    """Do at once what autovacuum does in its time; SQLite plans these look-ups without statistics."""
    if conn.dialect.name == "postgresql":
        raw: Any = conn.connection.driver_connection
        conn.rollback()
        raw.autocommit = True
        raw.execute("VACUUM (ANALYZE)")
        raw.autocommit = False
