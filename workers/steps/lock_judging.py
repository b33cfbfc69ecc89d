"""Locks that a visit brought are read and judged, but for packages that are known and clear (`ledger.clearing`).

All that can be made before the transaction is made before it: digests, rows, what is deflated.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawler import pipeline
from workers.ledger import clearing, locks, verdicts
from workers.ledger.blocks import BlockRows, blocks_of, rows_of
from workers.steps.judging import PARSER_VERSION

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.lockfiles import LockReading
    from crawler.model import Ecosystem, LockBlob, LockId, Registry, Visit
    from crawler.pipeline import Inspection, Lookup, ParseUnknown
    from workers.ledger.blocks import StoredPackage

__all__ = ["JudgedLocks", "LockJudging"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _JudgedLock:
    """One of them."""

    inspection: Inspection
    """Of what was read: nothing matches what was passed over."""
    stored: locks.ReadLock
    texts: Mapping[bytes, bytes]
    """Digest of its block by key, of each text that is new."""
    clear: Mapping[bytes, bool]
    """Whether nothing speaks against a block, by digest, of those that were read by packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLocks:
    """The locks of a visit, ready to be stored."""

    basis: clearing.Basis | None = None
    """By which they were judged; None where there is none."""
    locks: Mapping[LockId, _JudgedLock] = field(default_factory=dict)
    rows: Mapping[bytes, BlockRows] = field(default_factory=dict)
    """Of the blocks that were not stored yet, by digest."""

    @property
    def inspections(self) -> Mapping[LockId, Inspection]:
        """What was read and matched of each."""
        return {lock: one.inspection for lock, one in self.locks.items()}

    def store(self, conn: Connection, wanted: Collection[LockId], now: datetime) -> None:
        """Store those that are `wanted`, and what of them may be passed over another time."""
        some = [self.locks[one] for one in sorted(wanted)]
        if self.basis is None or not some:
            return
        clear: defaultdict[bytes, bool] = defaultdict(lambda: True)
        for digest, is_clear in (item for one in some for item in one.clear.items()):
            clear[digest] &= is_clear
        ids = locks.store_many(
            conn,
            [one.stored for one in some],
            now,
            parser_version=PARSER_VERSION,
            rows=self.rows,
            clear_by={digest: self.basis.id for digest, is_clear in clear.items() if is_clear},
        )
        texts = {key: ids[block] for one in some for key, block in one.texts.items()}
        clearing.remember(conn, self.basis, texts)
        # Of those that were stored before: a new one is written once, with its mark.
        clearing.mark(conn, self.basis, {ids[digest]: clear[digest] for digest in clear})


@dataclass(frozen=True, slots=True, kw_only=True)
class LockJudging:
    """How locks are read and judged."""

    basis: clearing.Basis
    registries: Mapping[Ecosystem, Registry]
    parse: ParseUnknown

    def judge(self, conn: Connection, brought: Visit) -> JudgedLocks:
        """Read and judge the locks that `brought` has."""
        lookup = verdicts.reader(conn).lookup
        judged = {
            lock: self._judged(conn, lock, blob, lookup)
            for lock, blob in pipeline.locks_of(brought).items()
        }
        blocks = {each.digest: each for one in judged.values() for each in one.stored.blocks()}
        fresh = blocks.keys() - locks.stored_blocks(conn, blocks).keys()
        rows = {digest: rows_of(blocks[digest]) for digest in fresh}
        return JudgedLocks(basis=self.basis, locks=judged, rows=rows)

    def _judged(
        self, conn: Connection, lock: LockId, blob: LockBlob, lookup: Lookup
    ) -> _JudgedLock:
        known: dict[bytes, clearing.KnownText] = {}

        def passed_over(keys: Sequence[bytes]) -> Collection[bytes]:
            known.update(clearing.known_texts(conn, self.basis, keys))
            return [key for key, one in known.items() if one.is_clear]

        reading = self.parse(blob.path, blob.data, passed_over)
        inspection = pipeline.inspect_unknown(reading, lookup, self.registries)
        by_key = {one.key: blocks_of(one.pins) for one in reading.packages}
        return _JudgedLock(
            inspection=inspection,
            stored=locks.ReadLock(
                id=lock,
                size=len(blob.data),
                sha256=hashlib.sha256(blob.data).hexdigest(),
                result=reading.result,
                packages=_packages(reading, by_key),
                known_blocks=frozenset(known[key].block_id for key in reading.known),
            ),
            texts={
                key: blocks[0].digest
                for key, blocks in by_key.items()
                if len(blocks) == 1 and not (key in known and known[key].is_read)
            },
            clear=_clear(by_key, inspection.concerned),
        )


def _packages(
    reading: LockReading, by_key: Mapping[bytes, Sequence[StoredPackage]]
) -> tuple[StoredPackage, ...]:
    """Return what is stored of a lock; of one that was not cut that goes by what its pins have in common."""
    if not reading.packages:
        return blocks_of(reading.result.pins)
    return tuple(block for blocks in by_key.values() for block in blocks)


def _clear(
    by_key: Mapping[bytes, Sequence[StoredPackage]], concerned: Collection[bytes]
) -> Mapping[bytes, bool]:
    """Say of each block whether nothing speaks against any of the packages that state it."""
    clear: defaultdict[bytes, bool] = defaultdict(lambda: True)
    for key, blocks in by_key.items():
        for block in blocks:
            clear[block.digest] &= key not in concerned
    return clear
