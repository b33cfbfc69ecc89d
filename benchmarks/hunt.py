"""The retro-hunt over many stored locks: `python -m benchmarks.hunt --locks 100000`.

Real tables and the real query; generated locks (see `popularity`). Every answer is compared with that of
the naive peer, a scan over all stored locks. Limits: 300 new indicators, and one that a hundredth of all
locks pins, are answered in at most 100 ms each. `--import` measures the import of real rows instead.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from benchmarks import bulk, rows_import
from benchmarks.made_locks import read_lock, sha256_of
from benchmarks.popularity import Postings, drawn
from workers.ledger import locks
from workers.ledger.ledger import Ledger
from workers.ledger.tables import lock

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Digest

__all__ = ["main"]

_LIMIT = 0.1
"""Seconds for one answer."""
_NEW = 300
_ROUNDS = 5
_TABLES = ("pin", "lock", "block", "block_name", "block_digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of the hunt, with the blocks that answer it."""

    what: str
    digests: frozenset[Digest]
    blocks: frozenset[int]
    limit: float | None = _LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a question cost."""

    asked: Asked
    locks: int
    cold: float
    """Seconds, the first time on a fresh connection."""
    warm: float
    """Seconds, the median of five."""
    scan: float
    """Seconds of the naive peer."""
    right: bool
    """Whether both named the same locks."""

    @property
    def met(self) -> bool:
        """Whether it is right, and within its limit even at the first time."""
        return self.right and (self.asked.limit is None or self.cold <= self.asked.limit)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print a table; 1 where a limit is missed or an answer is wrong."""
    options = _options(words)
    if options.import_folder is not None:
        return rows_import.measure(options.import_folder)
    begun = time.perf_counter()
    postings = drawn(options.locks, options.blocks, options.seed)
    _say(
        f"{postings.locks:,} locks of {postings.per_lock} blocks: {len(postings.forward):,} postings, "
        f"{postings.blocks:,} distinct blocks; drawn in {time.perf_counter() - begun:.0f} s"
    )
    ended = []
    with tempfile.TemporaryDirectory(prefix="gh-", dir=options.folder) as folder:
        for backend in options.backends.split(","):
            with _opened(backend, Path(folder), "ordinary") as ledger:
                _ordinary(backend, ledger, options.ordinary)
            with _opened(backend, Path(folder), "bulk") as ledger:
                ended.append(_measure(backend, ledger, postings))
    return max(ended)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hunt", description=__doc__)
    parser.add_argument("--locks", type=int, default=100_000)
    parser.add_argument("--blocks", type=int, default=88, help="per lock")
    parser.add_argument("--ordinary", type=int, default=1000, help="locks stored the ordinary way")
    parser.add_argument("--backends", default="sqlite,postgresql")
    parser.add_argument("--folder", type=Path, help="where the databases lie; default: /tmp")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--import", dest="import_folder", type=Path, help="folder of *.jsonl.gz")
    return parser.parse_args(words)


@contextmanager
def _opened(backend: str, folder: Path, name: str) -> Iterator[Ledger]:
    if backend == "sqlite":
        ledger = Ledger.open(f"sqlite:///{folder / name}.sqlite")
        ledger.upgrade()
        yield ledger
        ledger.close()
        return
    from tests.servers.postgres import postgres

    (folder / name).mkdir(mode=0o700)

    with postgres(folder / name) as server:
        ledger = Ledger.open(server.url(server.database()))
        ledger.upgrade()
        yield ledger
        ledger.close()


def _ordinary(backend: str, ledger: Ledger, count: int) -> None:
    """Store locks as the workers do, and tell the rate and the size."""
    postings = drawn(count, 88, 2)
    read = [read_lock(n, postings.of_lock(n).tolist()) for n in range(1, count + 1)]
    now = datetime.now(UTC)
    begun = time.perf_counter()
    for some in _batches(read, 200):
        with ledger.write() as conn:
            locks.store_many(conn, some, now, parser_version="1")
    seconds = time.perf_counter() - begun
    _say(
        f"{backend}: ordinary ingest of {count:,} locks: {count / seconds:,.0f} locks/s, "
        f"{len(postings.forward) / seconds:,.0f} postings/s, "
        f"{postings.blocks / seconds:,.0f} new blocks/s, {postings.blocks / count:.1f} new blocks a lock"
    )
    _sizes(backend, ledger, postings)


def _batches(items: Sequence[locks.ReadLock], size: int) -> Iterator[list[locks.ReadLock]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _measure(backend: str, ledger: Ledger, postings: Postings) -> int:
    begun = time.perf_counter()
    bulk.load(ledger, postings)
    seconds = time.perf_counter() - begun
    _say(
        f"{backend}: loaded the short way in {seconds:.0f} s, {_rate(postings, seconds)} postings/s"
    )
    _sizes(backend, ledger, postings)
    answers = [_answered(ledger, asked) for asked in _questions(postings)]
    for answer in answers:
        _say(f"{backend}: {_line(answer)}")
    return int(not all(answer.met for answer in answers))


def _rate(postings: Postings, seconds: float) -> str:
    return f"{len(postings.forward) / seconds:,.0f}"


def _questions(postings: Postings) -> Iterator[Asked]:
    counts = postings.counts()
    step = max(1, postings.blocks // _NEW)
    rare = frozenset(range(step, postings.blocks + 1, step)[:_NEW])
    yield _asked(f"{len(rare)} new indicators", rare)
    wanted = postings.locks // 100
    popular = min(range(1, postings.blocks + 1), key=lambda block: abs(counts[block] - wanted))
    yield _asked("one that a hundredth pins", frozenset({popular}))
    top = max(range(1, postings.blocks + 1), key=lambda block: counts[block])
    yield _asked("the most popular of all", frozenset({top}), limit=None)


def _asked(what: str, blocks: frozenset[int], limit: float | None = _LIMIT) -> Asked:
    digests = frozenset(sha256_of(block, 0) for block in blocks)
    return Asked(what=what, digests=digests, blocks=blocks, limit=limit)


def _answered(ledger: Ledger, asked: Asked) -> Answered:
    ledger.close()  # drops the connections, and what they keep of the file
    times = []
    for _ in range(1 + _ROUNDS):
        with ledger.read() as conn:
            conn.execute(text("SELECT 1"))
            begun = time.perf_counter()
            found = locks.locks_with(conn, digests=asked.digests)
            times.append(time.perf_counter() - begun)
    with ledger.read() as conn:
        begun = time.perf_counter()
        scanned = _scan(conn, asked.blocks)
        scan = time.perf_counter() - begun
    return Answered(
        asked=asked,
        locks=len(found),
        cold=times[0],
        warm=median(times[1:]),
        scan=scan,
        right=[one.oid for one in found] == sorted(scanned),
    )


def _scan(conn: Connection, blocks: frozenset[int]) -> list[str]:
    """Answer without the index: look at the blocks of every stored lock."""
    rows = conn.execute(select(lock.c.oid, lock.c.blocks), execution_options={"yield_per": 1000})
    return [oid for oid, packed in rows if not blocks.isdisjoint(array("I", bytes(packed)))]


def _line(answer: Answered) -> str:
    limit = answer.asked.limit
    judged = "no limit" if limit is None else f"limit {limit * 1000:.0f} ms"
    verdict = "met" if answer.met else "MISSED"
    return (
        f"{answer.asked.what}: {answer.locks:,} locks in {answer.warm * 1000:.1f} ms "
        f"(first {answer.cold * 1000:.1f} ms), full scan {answer.scan * 1000:,.0f} ms, "
        f"{answer.scan / answer.warm:,.0f} times as long; answers "
        f"{'agree' if answer.right else 'DIFFER'}; {judged}: {verdict}"
    )


def _sizes(backend: str, ledger: Ledger, postings: Postings) -> None:
    """Tell what each table takes, its indexes included."""
    with ledger.read() as conn:
        sizes = {name: _bytes(conn, name) for name in _TABLES}
    each = ", ".join(f"{name} {size / postings.locks:,.0f}" for name, size in sizes.items())
    _say(
        f"{backend}: {sizes['pin'] / len(postings.forward):.1f} bytes a posting; bytes a lock: {each}, "
        f"together {sum(sizes.values()) / postings.locks:,.0f}"
    )


def _bytes(conn: Connection, table: str) -> int:
    if conn.dialect.name == "postgresql":
        return int(conn.scalar(text(f"SELECT pg_total_relation_size('{table}')")) or 0)
    named = "SELECT name FROM sqlite_master WHERE tbl_name = :table"
    statement = text(f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({named})")  # noqa: S608 - the same
    return int(conn.scalar(statement, {"table": table}) or 0)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a program's output


if __name__ == "__main__":
    sys.exit(main())
