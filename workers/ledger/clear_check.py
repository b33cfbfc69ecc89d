"""Judges again the blocks that are said to be clear: what `db check` has to say of the marks of `clearing`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crawler.matching import VerdictIndex, indicators_of, is_concerned
from workers.ledger.blocks import inflated
from workers.ledger.clearing import Basis, basis_of
from workers.ledger.sql.keys import batched
from workers.ledger.tables import block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from crawler.model import Ecosystem, Pin, Registry
    from crawler.pipeline import Lookup

__all__ = ["wrongly_clear"]

_BATCH = 200
"""Blocks whose verdicts are looked up at once."""
_READ = 2_000


def wrongly_clear(
    conn: Connection,
    digest: bytes,
    lookup: Lookup,
    registries: Mapping[Ecosystem, Registry],
) -> Iterator[int]:
    """Judge all blocks again that are clear by the basis of this digest; yield the ids of those that are not."""
    basis = basis_of(conn, digest)
    if basis is None:
        return
    for some in batched(_all_clear(conn, basis), _BATCH):
        pins = {row_id: list(inflated(bytes(body))) for row_id, body in some}
        yield from _concerned(pins, lookup, registries)


def _all_clear(conn: Connection, basis: Basis) -> Iterator[tuple[int, bytes]]:
    after = 0
    while True:
        found = select(block.c.id, block.c.body).where(
            block.c.id > after, block.c.clear_by == basis.id
        )
        rows: Sequence[Any] = conn.execute(found.order_by(block.c.id).limit(_READ)).all()
        if not rows:
            return
        yield from ((row.id, row.body) for row in rows)
        after = rows[-1].id


def _concerned(
    pins: Mapping[int, Sequence[Pin]], lookup: Lookup, registries: Mapping[Ecosystem, Registry]
) -> Iterator[int]:
    every = indicators_of((pin for some in pins.values() for pin in some), registries)
    verdicts = VerdictIndex(lookup(every.keys))
    if is_concerned(every, verdicts, registries):
        for row_id, some in pins.items():
            if is_concerned(indicators_of(some, registries), verdicts, registries):
                yield row_id
