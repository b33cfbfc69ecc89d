"""The production path of a sweep: the steps of the workers, on a ledger, without their processes.

A new ledger knows the ghosts of the world; lists and reads are leased and done one after the other by the same
steps as in a worker, by the clock of the simulated host, until none is due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.github_world import OPENED
from crawler.hosts.github.graphql import SweepPlan
from crawler.model import (
    Algorithm,
    Confidence,
    Digest,
    Distribution,
    Ecosystem,
    ProjectKey,
    Reason,
    Registry,
    Source,
    Subject,
    Verdict,
    VerdictState,
)
from workers.ledger import findings, frontier, verdicts, work
from workers.ledger.ledger import Ledger
from workers.ledger.work import turns
from workers.ledger.work_items import WorkKind
from workers.parsing import parse_unknown
from workers.runs import Run
from workers.steps.recording import VisitRecorder
from workers.steps.search import list_item
from workers.steps.sweep import SweepStep
from workers.steps.visit import VisitStep

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from benchmarks.formats import Package
    from benchmarks.github_stage import Stage
    from workers.ledger.work.turns import Turn
    from workers.ledger.work_items import Leased

__all__ = ["Production", "production"]

_REGISTRY = Registry(
    ecosystem=Ecosystem.PYPI,
    index_url="https://index.example/simple/",
    file_hosts=frozenset({"files.index.example"}),
)


@dataclass(slots=True, kw_only=True)
class Production:
    """A ledger that knows the ghosts."""

    ledger: Ledger
    turn: Turn | None = None
    """In which the last work was begun."""

    def sweep(self, stage: Stage) -> int:
        """Do a whole sweep, and the reads that it leaves to do; return how many are known then."""
        host = stage.host(SweepPlan(since=OPENED.replace(year=2008)))

        def clock() -> datetime:
            return datetime.fromtimestamp(stage.pace.now, UTC)

        recorder = VisitRecorder(
            ledger=self.ledger,
            host=host,
            registries={Ecosystem.PYPI: _REGISTRY},
            run=Run.start(clock()),
            parse=parse_unknown,
            clock=clock,
        )
        first = list_item(host.settings.name, recorder.run, clock())
        self.ledger.transaction(lambda conn: work.offer(conn, [first], clock()))
        while leased := self._lease(WorkKind.LIST, 1, clock()):
            SweepStep(host=host, recorder=recorder).sweep(leased)
        while leased := self._lease(WorkKind.READ, 50, clock()):
            VisitStep(reader=host.reader(), at_root=True, recorder=recorder).visit(leased)
        with self.ledger.read() as conn:
            return frontier.count(conn)

    def found(self) -> set[str]:
        """Return the repositories with a finding that may stand in a letter."""
        with self.ledger.read() as conn:
            known = findings.reports(conn, minimum=Confidence.LIKELY)
            return {report.finding.repository.path for report in known}

    def _lease(self, kind: WorkKind, limit: int, now: datetime) -> tuple[Leased, ...]:
        """Begin work in a turn of its own; the one before ends."""

        def begin(conn: Connection) -> tuple[Leased, ...]:
            if self.turn is not None:
                turns.end(conn, self.turn, now)
            self.turn = turns.take(conn, "benchmark", now, pool="api", kinds={kind})
            return () if self.turn is None else turns.begin(conn, self.turn, kind, limit, now) or ()

        return self.ledger.transaction(begin)


@contextmanager
def production(ghosts: Collection[Package]) -> Iterator[Production]:
    """Yield a new ledger with a verdict on every file of `ghosts`; it ends with the block."""
    with TemporaryDirectory(prefix="sweep-") as folder:
        ledger = Ledger.open(f"sqlite:///{Path(folder) / 'ledger.sqlite'}")
        with closing(ledger):
            ledger.upgrade()
            judged = {_key(ghost): tuple(_verdicts(ghost)) for ghost in ghosts}
            ledger.transaction(lambda conn: verdicts.replace(conn, judged, OPENED))
            yield Production(ledger=ledger)


def _key(ghost: Package) -> ProjectKey:
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=ghost.name)


def _verdicts(ghost: Package) -> Iterator[Verdict]:
    for file in ghost.artifacts:
        digests = (Digest(algorithm=Algorithm.SHA256, hex=file.sha256),)
        known = Distribution(filename=file.filename, digests=digests)
        yield Verdict(
            subject=Subject(project=_key(ghost), version=ghost.version, file=known),
            state=VerdictState.MALICIOUS,
            since=OPENED,
            reasons=(Reason(code="made-up", text="For a benchmark."),),
            sources=(Source(feed="made-up", record_id="MAL-0000-1", root_source="benchmark"),),
        )
