"""Locks that were read: stored as blocks with their postings, and read back."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, text

from crawler.errors import StoreError
from crawler.model import LockId, ParseResult, Pin, Readable, Skipped
from workers.ledger.blocks import BlockRows, StoredPackage, blocks_of, inflated, rows_of
from workers.ledger.postings import locks_with
from workers.ledger.sql.bulk import insert_rows
from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import insert_new, upsert
from workers.ledger.tables import (
    block,
    block_digest,
    block_name,
    lock,
    lock_skipped,
    pin,
    repository,
    sighting,
)
from workers.ledger.visit_coverage import NotLookedAt

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = [
    "ReadLock",
    "count",
    "known",
    "locks_with",
    "pins_of",
    "read_lock",
    "remove",
    "store_many",
    "stored_blocks",
    "unread",
]

_BATCH = 200
"""Locks per round: about 18,000 postings."""
_ID = (lock.c.oid, lock.c.reading)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLock:
    """A lock together with what its parser made of it."""

    id: LockId
    size: int
    """Bytes."""
    sha256: str
    result: ParseResult
    packages: tuple[StoredPackage, ...] | None = None
    """What it pins as it is stored, where that was made already; None: as `result` has it."""
    known_blocks: frozenset[int] = frozenset()
    """Ids of the blocks that it states besides, which `result` is without."""

    def blocks(self) -> tuple[StoredPackage, ...]:
        """Return what is stored of `result`."""
        return blocks_of(self.result.pins) if self.packages is None else self.packages


def known(conn: Connection, ids: Collection[LockId], parser_version: str) -> frozenset[LockId]:
    """Return those of `ids` that were read by this version of the parsers."""
    asked = frozenset(ids)
    found: set[LockId] = set()
    for some in batched({one.oid for one in asked}):
        read = (lock.c.oid.in_(some), lock.c.parser_version == parser_version)
        found.update(_id_of(row) for row in conn.execute(select(*_ID).where(*read)))
    return asked & found


def store_many(  # noqa: PLR0913 - what is stored, and what is known of it already
    conn: Connection,
    locks: Iterable[ReadLock],
    now: datetime,
    *,
    parser_version: str,
    rows: Mapping[bytes, BlockRows] = MappingProxyType({}),
    clear_by: Mapping[bytes, int] = MappingProxyType({}),
) -> Mapping[bytes, int]:
    """Store locks with their pins; a lock that another version had read is read anew.

    Storing the same lock again changes nothing. `rows` are those of blocks, by digest, as far as they
    were made before the transaction, and `clear_by` of new ones, where it is not 0. Returns the ids of all blocks that are stated, by digest.
    """
    ids: dict[bytes, int] = {}
    for batch in batched({one.id: one for one in locks}.values(), _BATCH):
        blocks = {one.id: one.blocks() for one in batch}
        stated = {each.digest: each for some in blocks.values() for each in some}
        ids |= _store_blocks(conn, stated, rows, clear_by)
        held = {
            one.id: sorted({ids[each.digest] for each in blocks[one.id]} | one.known_blocks)
            for one in batch
        }
        _forget(conn, _row_ids(conn, blocks).values())
        _store_locks(conn, batch, held, parser_version, now)
    return ids


def stored_blocks(conn: Connection, digests: Iterable[bytes]) -> Mapping[bytes, int]:
    """Return the ids of the blocks with these digests, by digest; those that are not stored are left out."""
    ids: dict[bytes, int] = {}
    for some in batched(digests):
        rows = conn.execute(_IDS, {"digests": some})
        ids.update((bytes(digest), row_id) for digest, row_id in rows)
    return ids


_IDS = text("SELECT digest, id FROM block WHERE digest IN :digests").bindparams(
    bindparam("digests", expanding=True)
)


def _store_blocks(
    conn: Connection,
    blocks: Mapping[bytes, StoredPackage],
    made: Mapping[bytes, BlockRows],
    clear_by: Mapping[bytes, int],
) -> dict[bytes, int]:
    """Insert the blocks that are not known; return the ids of all."""
    ids = dict(stored_blocks(conn, blocks))
    fresh = {
        digest: made.get(digest) or rows_of(blocks[digest])
        for digest in sorted(blocks.keys() - ids.keys())
    }
    whole = [(d, clear_by.get(d, 0), one.body) for d, one in fresh.items()]
    insert_rows(conn, block, ("digest", "clear_by", "body"), whole)
    ids |= stored_blocks(conn, fresh)
    names = [(*name, ids[digest]) for digest, one in fresh.items() for name in one.names]
    insert_rows(conn, block_name, ("project", "version", "block_id"), sorted(names))
    digests = [(found, ids[digest]) for digest, one in fresh.items() for found in one.prefixes]
    insert_rows(conn, block_digest, ("prefix", "block_id"), sorted(digests))
    return ids


def _forget(conn: Connection, row_ids: Iterable[int]) -> None:
    """Take the postings of what other parsers have read out of the index."""
    for some in batched(row_ids):
        rows = conn.execute(select(lock.c.id, lock.c.blocks).where(lock.c.id.in_(some))).all()
        for row_id, packed in rows:
            for blocks in batched(_unpack(packed)):
                of_lock = (pin.c.lock_id == row_id, pin.c.block_id.in_(blocks))
                conn.execute(delete(pin).where(*of_lock))
            conn.execute(delete(lock_skipped).where(lock_skipped.c.lock_id == row_id))


def remove(conn: Connection, row_ids: Collection[int]) -> None:
    """Take locks out of the index, with what was said of their entries; their own rows are the caller's."""
    _forget(conn, row_ids)


def _store_locks(
    conn: Connection,
    batch: Sequence[ReadLock],
    held: Mapping[LockId, Sequence[int]],
    parser_version: str,
    now: datetime,
) -> None:
    rows = [
        {
            "oid": one.id.oid,
            "reading": one.id.reading,
            "format": one.result.format,
            "size": one.size,
            "sha256": one.sha256,
            "readable": one.result.readable.value,
            "refused": one.result.refused,
            "parser_version": parser_version,
            "blocks": _pack(held[one.id]),
            "read_at": now,
        }
        for one in sorted(batch, key=lambda one: one.id)
    ]
    key = ("oid", "reading")
    upsert(conn, lock, rows, key=key, update=[name for name in rows[0] if name not in key])
    ids = _row_ids(conn, held)
    postings = sorted((each, ids[name]) for name, blocks in held.items() for each in blocks)
    insert_rows(conn, pin, ("block_id", "lock_id"), postings)
    skipped = [
        {"lock_id": ids[one.id], "position": n, "context": what.context, "reason": what.reason}
        for one in batch
        for n, what in enumerate(one.result.skipped)
    ]
    insert_new(conn, lock_skipped, skipped)


def _row_ids(conn: Connection, names: Collection[LockId]) -> dict[LockId, int]:
    """Return the numbers of the rows of those locks that are stored."""
    ids: dict[LockId, int] = {}
    for some in batched({one.oid for one in names}):
        rows = conn.execute(select(*_ID, lock.c.id).where(lock.c.oid.in_(some)))
        ids.update((_id_of(row), row.id) for row in rows)
    return {one: ids[one] for one in names if one in ids}


def _id_of(row: Row[*tuple[Any, ...]]) -> LockId:
    return LockId(oid=row.oid, reading=row.reading)


def _pack(ids: Sequence[int]) -> bytes:
    return array("I", ids).tobytes()


def _unpack(packed: bytes) -> list[int]:
    return array("I", bytes(packed)).tolist()


def read_lock(conn: Connection, name: LockId) -> ReadLock | None:
    """Return a lock as it was stored, its pins without lines and in the order of their names.

    None where it was never read, whatever else these bytes were read as.
    """
    this = (lock.c.oid == name.oid, lock.c.reading == name.reading)
    row = conn.execute(select(lock).where(*this)).first()
    if row is None:
        return None
    skipped = conn.execute(
        select(lock_skipped.c.context, lock_skipped.c.reason)
        .where(lock_skipped.c.lock_id == row.id)
        .order_by(lock_skipped.c.position)
    )
    result = ParseResult(
        format=row.format,
        readable=Readable(row.readable),
        pins=tuple(sorted(_pins(conn, _unpack(row.blocks)), key=_order)),
        skipped=tuple(Skipped(context=context, reason=reason) for context, reason in skipped),
        refused=row.refused,
    )
    return ReadLock(id=name, size=row.size, sha256=row.sha256, result=result)


def pins_of(conn: Connection, name: LockId) -> ParseResult:
    """Return what a lock pins, as `read_lock` has it; StoreError where it was never read."""
    stored = read_lock(conn, name)
    if stored is None:
        msg = f"no lock {name.oid} ({name.reading}) was read; visit its repository again"
        raise StoreError(msg)
    return stored.result


def _pins(conn: Connection, ids: Sequence[int]) -> Iterator[Pin]:
    found = 0
    for some in batched(ids):
        for body in conn.scalars(select(block.c.body).where(block.c.id.in_(some))):
            found += 1
            yield from inflated(bytes(body))
    if found != len(ids):
        msg = f"{len(ids) - found} blocks of a lock are missing; run `ghostcrawl db check`"
        raise StoreError(msg)


def _order(one: Pin) -> tuple[str, ...]:
    stated = (one.name, one.version, str(one.origin), one.filename, one.url)
    return tuple(text or "" for text in stated)


def unread(conn: Connection) -> Iterator[NotLookedAt]:
    """Yield what could not be read inside the locks, once per repository and path."""
    columns = (repository.c.host, repository.c.path, sighting.c.path.label("lock_path"))
    statement = (
        select(*columns, lock_skipped.c.context, lock_skipped.c.reason)
        .join(lock, lock.c.id == lock_skipped.c.lock_id)
        .join(
            sighting,
            and_(sighting.c.oid == lock.c.oid, sighting.c.reading == lock.c.reading),
        )
        .join(repository, repository.c.id == sighting.c.repository_id)
        .distinct()
        .order_by(*columns, lock_skipped.c.context)
    )
    for host, path, lock_path, context, reason in conn.execute(statement):
        yield NotLookedAt(
            host=host, repository=path, path=lock_path, context=context, reason=reason
        )


def count(conn: Connection) -> int:
    """Return how many distinct locks were read."""
    return conn.scalar(select(func.count()).select_from(lock)) or 0
