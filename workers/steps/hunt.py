"""The retro-hunt: a changed verdict goes straight to the pins already stored. No host is asked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler import pipeline
from workers.ledger import findings, locks, sightings, verdicts, watch, work
from workers.ledger.case_following import CasePolicy, of_findings
from workers.ledger.index_settings import settings_of
from workers.ledger.sql.keys import project_of
from workers.ledger.watch import WatchTask
from workers.runs import Run, Way
from workers.steps.judging import rejudged, with_known_lines
from workers.steps.log_lines import log_findings
from workers.steps.pivot import pivot_items
from workers.steps.second_looks import follow_cases
from workers.steps.settling import Settled, settle, settle_again

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Ecosystem, Finding, LockId, ProjectKey, Registry, Verdict
    from workers.ledger.findings import Recorded
    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased

__all__ = ["HuntStep", "Hunted"]

_POLICY = CasePolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunted:
    """What a hunt changed."""

    projects: int
    locks: int
    """Stored locks that pin one of them."""
    new: int
    reopened: int
    """Findings that had ended and hold again."""
    retracted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntStep:
    """Everything that a batch of hunts needs."""

    ledger: Ledger
    registries: Mapping[Ecosystem, Registry]
    run: Run
    supports_pivot: Callable[[str], bool]
    """Whether a host, by its name, can list what is related to a repository."""
    clock: Callable[[], datetime]
    cases: CasePolicy = _POLICY

    def hunt(self, leased: Sequence[Leased]) -> Hunted:
        """Judge again all stored locks that pin one of the projects, and keep what changed."""
        now = self.clock()
        hunted, found, recorded, settled = self.ledger.transaction(
            lambda conn: self._hunt(conn, leased, now)
        )
        log_findings(found, recorded, settled)
        return hunted

    def _hunt(
        self, conn: Connection, leased: Sequence[Leased], now: datetime
    ) -> tuple[Hunted, Collection[Finding], Recorded, Settled]:
        mine = work.finish_all(conn, leased, now)
        projects = [project_of(item.key) for item in mine]
        judged = verdicts.of_projects(conn, projects)
        pinning = _locks(conn, judged)
        found: dict[str, Finding] = {}
        for one in pipeline.without_repeats(self._found(conn, pinning)):
            found.setdefault(one.key, one)
        recorded = findings.record(conn, found.values(), self.run.id, now, Way.HUNT)
        near = [f for f in found.values() if self.supports_pivot(f.repository.host)]
        work.offer(conn, pivot_items(conn, near, recorded, Run.of_day(now), now), now)
        unseen = [f for f in findings.of_projects(conn, projects) if f.key not in found]
        taken_back = tuple(findings.retracted_of_projects(conn, projects))
        settled = settle(conn, unseen, self.registries, now)
        reopened = settle_again(conn, taken_back, self.registries, now)
        touched = {*found, *reopened, *settled.retracted, *settled.gone}
        follow_cases(conn, of_findings(conn, touched), self.cases, self.run, now)
        if recorded.new or recorded.reopened or reopened:
            watch.wake(conn, WatchTask.VERIFY, now, now)
        hunted = Hunted(
            projects=len(projects),
            locks=len(pinning),
            new=len(recorded.new),
            reopened=len(recorded.reopened) + len(reopened),
            retracted=len(settled.retracted),
        )
        again = replace(recorded, reopened=(*recorded.reopened, *reopened))
        return hunted, found.values(), again, settled

    def _found(self, conn: Connection, pinning: Sequence[LockId]) -> Iterator[Finding]:
        """Yield what the stored locks amount to now, wherever they still lie at a head."""
        places = defaultdict(list)
        for seen in sightings.of_locks(conn, pinning):
            if seen.at_head:
                places[seen.lock, seen.repository_id].append(seen)
        judged = {
            lock: rejudged(conn, lock, self.registries) for lock in {one for one, _ in places}
        }
        settings = {
            repository_id: pipeline.RegistrySettings(
                read=settings_of(conn, repository_id), registries=self.registries
            )
            for repository_id in {repository_id for _, repository_id in places}
        }
        for (lock, repository_id), seen_there in places.items():
            there = [seen.sighting for seen in seen_there]
            found = pipeline.findings(
                judged[lock], seen_there[0].repository, there, settings[repository_id]
            )
            yield from with_known_lines(conn, found)


def _locks(
    conn: Connection, judged: Mapping[ProjectKey, tuple[Verdict, ...]]
) -> tuple[LockId, ...]:
    """Return the stored locks that pin anything of these projects, by digest, release or name."""
    all_verdicts = [v for of_one in judged.values() for v in of_one]
    return locks.locks_with(
        conn,
        digests={d for v in all_verdicts if v.subject.file for d in v.subject.file.digests},
        projects=judged.keys(),
    )
