"""What `benchmarks.chain` runs inside a checkout, with the Python and the code of that checkout.

`chain_side.py fill FILE` stores the locks in FILE, each behind its length in eight bytes, as a visit would. `chain_side.py visits FILE` visits the repositories listed in FILE, one after the other in this
process: the very steps, parts and transactions of a worker, without its pool; it says as JSON what CPU a
visit took, split into reading the repository, parsing its lock, the transactions that store it, and all
else, which is judging. Settings come from the environment, as for any command.

A checkout that has this module is measured by its own, which knows its names; an older one by ours.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from crawler import lockfiles
from crawler.model import Outcome, Repository, Sighting, Visit
from workers import settings, telemetry
from workers.cli.main import _YOUNG_OBJECTS
from workers.cli.offering import offer_list
from workers.cluster.steps import Steps
from workers.files import blob_of
from workers.ledger import clearing
from workers.ledger.ledger import Ledger
from workers.ledger.work import turns
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.steps.judging import PARSER_VERSION
from workers.steps.lock_judging import LockJudging
from workers.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from crawler.model import Reader, ReadRequest

__all__ = ["main"]

_T = TypeVar("_T")
_PATH = "uv.lock"
_BATCH = 200
_WARM = 4
"""Visits before the measurement: imports and opened files do not count as the cost of a visit."""


class Clock:
    """CPU seconds per stage; a stage inside another is not counted twice. Safe in threads."""

    def __init__(self) -> None:
        """Count from nothing."""
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._local = threading.local()

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Count what this thread uses in the block for `stage`."""
        stack: list[str] = self._local.__dict__.setdefault("stack", [])
        self._charge(stack)
        stack.append(stage)
        try:
            yield
        finally:
            self._charge(stack)
            stack.pop()

    def _charge(self, stack: list[str]) -> None:
        now = time.thread_time()
        if stack:
            self.spent[stack[-1]] += now - self._local.since
        self._local.since = now


class _TimedLedger(Ledger):
    clock: Clock

    def transaction(self, work: Callable[[Connection], _T]) -> _T:
        with self.clock.of("store"):
            return super().transaction(work)


class _TimedReader:
    def __init__(self, reader: Reader, clock: Clock) -> None:
        self._reader, self._clock = reader, clock

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        visits = iter(self._reader.read(repositories, request))
        while True:
            with self._clock.of("read"):
                brought = next(visits, None)
            if brought is None:
                return
            yield brought


class _Timed(Wiring):
    """The parts of production, three of them with a clock."""

    def __init__(self, given: settings.Settings) -> None:
        super().__init__(given)
        self.cpu = Clock()

    @cached_property
    def unchecked_ledger(self) -> Ledger:
        own = f"sqlite:///{self.state_dir / 'ledger.sqlite'}"
        ledger = cast("_TimedLedger", _TimedLedger.open(self.settings.database_url or own))
        ledger.clock = self.cpu
        return ledger

    @cached_property
    def git_reader(self) -> Any:  # noqa: ANN401 - a Reader, which is all that is asked of it
        return _TimedReader(super().git_reader, self.cpu)

    @cached_property
    def parse(self) -> Any:  # noqa: ANN401 - a Parse, which is all that is asked of it
        shared = super().parse

        def parse(path: str, data: bytes, known: lockfiles.KnownTexts) -> lockfiles.LockReading:
            with self.cpu.of("parse"):
                return shared(path, data, known)

        return parse


def _fill(wiring: Wiring, frames: BinaryIO) -> None:
    """Store them in batches, each in one transaction."""
    brought, now = _read_locks(frames.read), datetime.now(UTC)
    registries = wiring.registries
    digest = clearing.digest_of(PARSER_VERSION, registries)
    wiring.ledger.transaction(lambda conn: clearing.make_basis(conn, digest))
    while some := list(islice(brought, _BATCH)):
        with wiring.ledger.write() as conn:
            basis = clearing.basis_of(conn, digest)
            if basis is None:
                raise AssertionError
            judging = LockJudging(basis=basis, registries=registries, parse=wiring.parse)
            for one in some:
                judged = judging.judge(conn, one)
                judged.store(conn, judged.locks.keys(), now)


def _read_locks(take: Callable[[int], bytes]) -> Iterator[Visit]:
    where = Repository(host="git.example", path="a/b", clone_url="https://git.example/a/b.git")
    while length := int.from_bytes(take(8), "big"):
        blob = blob_of(_PATH, take(length))
        seen = Sighting(ref="refs/heads/main", commit="c" * 40, path=_PATH, oid=blob.oid)
        yield Visit(repository=where, outcome=Outcome.VISITED, sightings=(seen,), blobs=(blob,))


def _visits(wiring: _Timed, urls: Iterable[str]) -> dict[str, float]:
    """Visit all; return CPU seconds per visit and stage, the first few visits left out."""
    asked = offer_list(wiring, list(urls), Run.start(wiring.clock())).asked
    steps = Steps(wiring)

    ledger, clock = wiring.ledger, wiring.clock

    def visit(most: int) -> None:
        turn = ledger.transaction(lambda conn: turns.take(conn, "chain", clock(), pool="git"))
        for _ in range(most):
            if turn is not None and (
                begun := ledger.transaction(
                    partial(turns.begin, turn=turn, kind=WorkKind.VISIT, limit=1, now=clock())
                )
            ):
                with wiring.cpu.of("judge"):
                    steps.do(WorkKind.VISIT, begun)
        if turn is not None:
            ledger.transaction(lambda conn: turns.end(conn, turn, clock()))

    visit(_WARM)
    wiring.cpu.spent.clear()
    visit(asked)
    with wiring.ledger.read() as conn:
        read = "SELECT count(*) FROM visit WHERE outcome = 'visited' AND new_sightings > 0"
        done = int(conn.exec_driver_sql(read).scalar_one())
        why = conn.exec_driver_sql("SELECT DISTINCT last_error FROM work").scalars().all()
    if done != asked:
        sys.exit(f"{asked - done} of {asked} visits were not done: {why}")
    return {stage: seconds / (asked - _WARM) for stage, seconds in wiring.cpu.spent.items()}


def main() -> None:
    """Do the one thing or the other."""
    gc.set_threshold(_YOUNG_OBJECTS)  # as every command
    telemetry.configure()
    wiring = _Timed(settings.load())
    try:
        if sys.argv[1] == "fill":
            with Path(sys.argv[2]).open("rb") as frames:
                _fill(wiring, frames)
        else:
            lines = Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
            print(json.dumps(_visits(wiring, lines)))  # noqa: T201 - a program's output
    finally:
        wiring.close()


if __name__ == "__main__":
    main()
