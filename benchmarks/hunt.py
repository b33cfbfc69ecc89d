"""The retro-hunt over many stored locks: `python -m benchmarks.hunt --locks 100000`.

Real tables, all of them filled, and the real query; generated locks (`hunt_ledger`). Every answer is compared
with that of the naive peer, a scan over all stored locks. Limits: 300 new indicators, and one that a
hundredth of all locks pins, are answered in at most 100 ms each, the first time on a new connection too. Beside other
load the CPU of our process says more than these times (on SQLite it is all there is).
A million locks take nine minutes and 15 GB on SQLite; half an hour and 25 GB on PostgreSQL, on a busy machine.
Beside them stands what storing a lock the ordinary way costs, and what it takes on the disk.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from benchmarks.databases import NO_POSTGRES, postgres_in
from benchmarks.hunt_ledger import Postings, drawn, load, read_lock, sha256_of
from benchmarks.table import Bound, Limit, Row, missed, render
from workers.ledger import locks
from workers.ledger.ledger import Ledger
from workers.ledger.sql.keys import batched
from workers.ledger.tables import lock, metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Digest
    from tests.servers.postgres import Postgres

__all__ = ["main"]

_LIMIT = Limit(bound=Bound.AT_MOST, value=100)
"""Milliseconds for one answer."""
_RIGHT = Limit(bound=Bound.AT_MOST, value=0)
_NEW = 300
_ROUNDS = 5
_OF_LOCKS = ("pin", "lock", "block", "block_name", "block_digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One question of the hunt, with the blocks that answer it."""

    what: str
    blocks: frozenset[int]
    limit: Limit | None = _LIMIT

    @property
    def digests(self) -> frozenset[Digest]:
        return frozenset(sha256_of(block, 0) for block in self.blocks)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print one table; 1 where a limit is missed or an answer is wrong."""
    options = _options(words)
    with ExitStack() as stack:
        made = tempfile.TemporaryDirectory(prefix="gh-", dir=options.folder)
        folder = Path(stack.enter_context(made))
        postgres = None
        if "postgresql" in options.backends:
            postgres = stack.enter_context(postgres_in(folder / "pg"))
        rows = list(_rows(options, folder, postgres))
    print(render(rows))  # noqa: T201 - a program's output
    return int(missed(rows) > 0)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hunt", description=__doc__)
    parser.add_argument("--locks", type=int, default=100_000)
    parser.add_argument("--blocks", type=int, default=88, help="per lock")
    parser.add_argument("--ordinary", type=int, default=1000, help="locks stored the ordinary way")
    parser.add_argument(
        "--backends", type=lambda text: text.split(","), default=["sqlite", "postgresql"]
    )
    parser.add_argument("--folder", type=Path, help="where the databases lie; default: /tmp")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(words)


def _rows(options: argparse.Namespace, folder: Path, postgres: Postgres | None) -> Iterator[Row]:
    postings = drawn(options.locks, options.blocks, options.seed)
    yield Row(
        what="the ledger",
        ours=f"{postings.locks:,} locks of {postings.per_lock} blocks",
        note=f"{len(postings.forward):,} postings, {postings.blocks:,} distinct blocks; "
        f"{len(metadata.tables)} tables filled",
    )
    for backend in options.backends:
        if backend == "postgresql" and postgres is None:
            yield Row(what=backend, limit=_LIMIT, note=NO_POSTGRES)
            continue
        with closing(_opened(folder / "ordinary.sqlite", postgres, backend)) as ledger:
            yield from _ordinary(backend, ledger, drawn(options.ordinary, options.blocks, 2))
        with closing(_opened(folder / "loaded.sqlite", postgres, backend)) as ledger:
            load(ledger, postings)
            yield from _sizes(f"{backend}: loaded", ledger, postings)
            for asked in _questions(postings):
                yield from _answered(backend, ledger, asked)


def _opened(file: Path, postgres: Postgres | None, backend: str) -> Ledger:
    if backend == "postgresql" and postgres is not None:
        ledger = Ledger.open(postgres.url(postgres.database()))
    else:
        ledger = Ledger.open(f"sqlite:///{file}")
    ledger.upgrade()
    return ledger


def _ordinary(backend: str, ledger: Ledger, postings: Postings) -> Iterator[Row]:
    """Store locks as the workers do, and tell the rate and the size."""
    count = postings.locks
    read = [read_lock(n, postings.of_lock(n).tolist()) for n in range(1, count + 1)]
    now = datetime.now(UTC)
    begun = time.perf_counter()
    for some in batched(read, 200):
        with ledger.write() as conn:
            locks.store_many(conn, some, now, parser_version="1")
    seconds = time.perf_counter() - begun
    yield Row(
        what=f"{backend}: stored the ordinary way",
        ours=f"{count / seconds:,.0f} locks/s",
        note=f"{len(postings.forward) / seconds:,.0f} postings/s, "
        f"{postings.blocks / count:.1f} new blocks a lock",
    )
    yield from _sizes(f"{backend}: ordinary", ledger, postings)


def _questions(postings: Postings) -> Iterator[_Asked]:
    counts = postings.counts()
    step = max(1, postings.blocks // _NEW)
    rare = frozenset(range(step, postings.blocks + 1, step)[:_NEW])
    yield _Asked(what=f"{len(rare)} new indicators", blocks=rare)
    wanted = postings.locks // 100
    popular = min(range(1, postings.blocks + 1), key=lambda block: abs(counts[block] - wanted))
    yield _Asked(what="one that a hundredth pins", blocks=frozenset({popular}))
    top = max(range(1, postings.blocks + 1), key=lambda block: counts[block])
    yield _Asked(what="the most popular of all", blocks=frozenset({top}), limit=None)


def _answered(backend: str, ledger: Ledger, asked: _Asked) -> Iterator[Row]:
    ledger.close()  # drops the connections, and what they keep of the file
    times, spent, found = [], [], frozenset[str]()
    for _ in range(1 + _ROUNDS):
        with ledger.read() as conn:
            conn.execute(text("SELECT 1"))
            begun, cpu = time.perf_counter(), time.thread_time()
            found = frozenset(one.oid for one in locks.locks_with(conn, digests=asked.digests))
            times.append((time.perf_counter() - begun) * 1e3)
            spent.append((time.thread_time() - cpu) * 1e3)
    with ledger.read() as conn:
        begun = time.perf_counter()
        scanned = frozenset(_scan(conn, asked.blocks))
        scan = (time.perf_counter() - begun) * 1e3
    first, later = times[0], median(times[1:])
    yield Row(
        what=f"{backend}: {asked.what}, the first time, ms",
        ours=f"{first:.1f} ms, then {later:.1f}",
        other=f"scan of all {scan:,.0f} ms",
        figure=first,
        limit=asked.limit,
        note=f"{len(found):,} locks; our CPU {spent[0]:.1f} ms, then {median(spent[1:]):.1f}; the scan takes {scan / later:,.0f} times as long",
    )
    yield Row(
        what=f"{backend}: {asked.what}, answers that differ from the scan",
        figure=float(len(found ^ scanned)),
        limit=_RIGHT,
    )


def _scan(conn: Connection, blocks: frozenset[int]) -> Iterator[str]:
    """Answer without the index: look at the blocks of every stored lock."""
    rows = conn.execute(select(lock.c.oid, lock.c.blocks), execution_options={"yield_per": 1000})
    return (oid for oid, packed in rows if not blocks.isdisjoint(array("I", bytes(packed))))


def _sizes(what: str, ledger: Ledger, postings: Postings) -> Iterator[Row]:
    """Tell what a lock takes in each of its tables, and in all others together, indexes included."""
    with ledger.read() as conn:
        sizes = {name: _bytes(conn, name) for name in metadata.tables}
    of_locks = {name: sizes.pop(name) for name in _OF_LOCKS}
    each = ", ".join(f"{name} {size / postings.locks:,.0f}" for name, size in of_locks.items())
    yield Row(
        what=f"{what}: bytes a lock",
        ours=f"{sum(of_locks.values()) / postings.locks:,.0f}",
        note=f"{each}; all other tables {sum(sizes.values()) / postings.locks:,.0f}; "
        f"{of_locks['pin'] / len(postings.forward):.1f} a posting",
    )


def _bytes(conn: Connection, table: str) -> int:
    if conn.dialect.name == "postgresql":
        return int(conn.scalar(text(f"SELECT pg_total_relation_size('{table}')")) or 0)
    named = "SELECT name FROM sqlite_master WHERE tbl_name = :table"
    statement = text(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({named})")  # noqa: S608 - the same
    return int(conn.scalar(statement, {"table": table}) or 0)


if __name__ == "__main__":
    sys.exit(main())
