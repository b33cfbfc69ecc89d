"""Check findings again before anybody reports them: is the pin still there, is the file still served?

The look at the repository is a visit of all its branches like any other, or of all its refs where a finding
is at a tag or a request: what it brings is kept, and the findings are settled by it. A head that is as it
was says nothing by itself; that the pin is there is what the ledger knows of this very commit.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from crawler import pipeline
from crawler.matching import host_of
from crawler.model import Confidence, FindingStatus, Outcome, ReadRequest, Refs, ref_kind
from workers.ledger import findings, frontier, postings, proofs, statuses, work
from workers.ledger.case_following import of_findings
from workers.ledger.whereabouts import whereabouts
from workers.steps.leases import settling
from workers.steps.log_lines import log_visit
from workers.steps.second_looks import follow_cases
from workers.steps.seeking import sought
from workers.steps.surroundings import note_around, unseen_in

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.liveness import Checks
    from crawler.model import (
        Evidence,
        Finding,
        PinHistory,
        ProjectKey,
        Reader,
        Report,
        SeenFile,
        Visit,
    )
    from workers.ledger.work_items import Leased
    from workers.steps.histories import Histories
    from workers.steps.recording import VisitRecorder

__all__ = ["VerifyStep"]

_Checked = tuple["Report", "Evidence | None"]
_READ = {Outcome.VISITED, Outcome.UNCHANGED}
_WORTH_A_HEAD = Confidence.LIKELY.rank
"""Nobody reports less, so no file host is asked for less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyStep:
    """Everything that verifying findings of one host needs."""

    reader: Reader
    """Reads whole repositories."""
    checks: Checks
    recorder: VisitRecorder
    histories: Histories | None = None
    """None: since when a pin is there is not asked."""

    def verify(self, leased: Sequence[Leased]) -> None:
        """Verify the findings of `leased`, one look per repository and one HEAD per file."""
        by_key = {item.key: item for item in leased}
        reports = self._reports(by_key)
        groups: dict[int, list[Report]] = defaultdict(list)
        for report in reports:
            if report.status.is_open:
                groups[self._repository_id(report.finding)].append(report)
        verified = {report.finding.key for group in groups.values() for report in group}
        self._finish([item for key, item in by_key.items() if key not in verified])
        for repository_id, group in groups.items():
            self._verify(repository_id, group, [by_key[r.finding.key] for r in group])

    def _reports(self, keys: Collection[str]) -> tuple[Report, ...]:
        least = Confidence.CENSUS
        with self.recorder.ledger.read() as conn:
            return tuple(findings.reports(conn, minimum=least, include_closed=True, keys=keys))

    def _repository_id(self, finding: Finding) -> int:
        """Return the number of the repository that it was found in, whatever that is called now."""
        with self.recorder.ledger.read() as conn:
            known = statuses.known(conn, [finding.key])[finding.key].repository_id
        if known is not None:
            return known
        save = partial(frontier.save, found=[finding.repository], now=self.recorder.clock())
        return self.recorder.ledger.transaction(save)[0]

    def _finish(self, items: Sequence[Leased]) -> None:
        """End the work of findings that were closed meanwhile."""
        now = self.recorder.clock()
        self.recorder.ledger.transaction(
            lambda conn: [work.finish(conn, item.id, item.fence, now) for item in items]
        )

    def _verify(self, repository_id: int, group: Sequence[Report], items: Sequence[Leased]) -> None:
        """Look at one repository for all its findings."""
        brought, around, version = self._look(repository_id, group)
        ledger, now = self.recorder.ledger, self.recorder.clock()
        match brought.outcome:
            case Outcome.DEFERRED:
                due_at = now + timedelta(seconds=brought.defer_seconds or 0)
                why = brought.skipped[0].reason if brought.skipped else "the host asks to wait"
                ledger.transaction(
                    lambda conn: [work.postpone(conn, i.id, i.fence, due_at, why) for i in items]
                )
                log_visit(brought)
                return
            case Outcome.FAILED:
                why = brought.skipped[0].reason if brought.skipped else "no answer"
                ledger.transaction(
                    lambda conn: [work.fail(conn, i.id, i.fence, why, now) for i in items]
                )
                log_visit(brought)
                return
            case Outcome.UNCHANGED:
                pass  # nothing to keep; that it was asked for is no visit that its schedule counts
            case _:
                fences = [(item.id, item.fence) for item in items]
                self.recorder.record(
                    repository_id, brought, lambda conn, *_: bool(work.held(conn, fences)), version
                )
        if around is not None:
            ledger.transaction(lambda conn: note_around(conn, repository_id, around, now))
        by_key = {report.finding.key: report for report in self._reports([i.key for i in items])}
        if self.histories is not None and brought.outcome in _READ:
            histories = self.histories.of(brought.repository, by_key.values())
        else:
            histories = {}
        checked = [
            (item, (report, _with_history(proof, histories.get(item.key))))
            for item in items
            for report, proof in self._checked(item, by_key[item.key], repository_id, brought)
        ]
        ledger.transaction(partial(self._save, checked, now))

    def _look(
        self, repository_id: int, group: Sequence[Report]
    ) -> tuple[Visit, pipeline.LockSurroundings | None, str]:
        """Visit the repository; equal heads suffice where it is known that they have every pin.

        Returns the visit, what was seen around, and the version of what was looked for. Around the locks of confirmed findings is looked once per commit.
        """
        with self.recorder.ledger.read() as conn:
            repository = frontier.repositories(conn, [repository_id])[repository_id]
            named_so = all(r.finding.repository.path == repository.path for r in group)
            sure = named_so and all(_is_sure(conn, repository_id, report) for report in group)
            looked_for = sought(conn)
            known = frontier.heads(conn, [repository_id], parser_version=looked_for.version)
            unseen = unseen_in(conn, repository_id)
        request = ReadRequest(
            wanted=looked_for.wanted,
            known=self.recorder.known if sure else partial(self._known, projects=_projects(group)),
            refs=_refs(group),
            heads=known if sure and not unseen else {},
        )
        if unseen:
            near = {one.sighting.path for one in unseen}
            brought, around = pipeline.visit_around(self.reader, repository, request, near)
            return brought, around, looked_for.version
        (brought,) = pipeline.visit(self.reader, [repository], request)
        return brought, None, looked_for.version

    def _known(
        self, files: Collection[SeenFile], projects: Collection[ProjectKey]
    ) -> Collection[str]:
        """Return what need not be read again: evidence is taken from the bytes of the locks in question."""
        with self.recorder.ledger.read() as conn:
            pinning = postings.locks_among(conn, {file.oid for file in files}, projects)
        return set(self.recorder.known(files)).difference(pinning)

    def _checked(
        self, item: Leased, report: Report, repository_id: int, brought: Visit
    ) -> Sequence[_Checked]:
        """Check one finding; nothing where the file host asks to wait, and the finding waits with it."""
        checked: list[_Checked] = []
        with settling(self.recorder.ledger, item, self.recorder.clock):
            checked.append((report, self._check(report, repository_id, brought)))
        return checked

    def _check(self, report: Report, repository_id: int, brought: Visit) -> Evidence | None:
        finding, known, now = report.finding, report.evidence, self.recorder.clock()
        if known is None or report.status in {FindingStatus.RETRACTED, FindingStatus.DISMISSED}:
            return None
        still = self._is_still_there(report, repository_id, brought)
        asked = still is True and finding.match.confidence.rank >= _WORTH_A_HEAD
        return pipeline.verify(
            known,
            finding.match.pin.url if asked else None,
            lambda url: self.checks.check(url, self._file_hosts, now, self._further_hosts),
            still_at_head=still,
            now=now,
        )

    def _is_still_there(self, report: Report, repository_id: int, brought: Visit) -> bool | None:
        """Say whether a head that was just seen has the pin; None where that could not be seen."""
        if not report.status.is_open:
            return False
        heads = {(head.ref, head.commit) for head in brought.heads}
        with self.recorder.ledger.read() as conn:
            there = whereabouts(conn, repository_id, report.finding).sightings
        return True if any((one.ref, one.commit) in heads for one in there) else None

    @property
    def _file_hosts(self) -> Collection[str]:
        return {
            host
            for registry in self.recorder.registries.values()
            for host in (*registry.file_hosts, *map(host_of, registry.mirrors))
        }

    @property
    def _further_hosts(self) -> Collection[str]:
        public = self.recorder.registries.values()
        return {host for registry in public for one in registry.others for host in one.file_hosts}

    def _save(
        self, checked: Sequence[tuple[Leased, _Checked]], now: datetime, conn: Connection
    ) -> None:
        held = [result for item, result in checked if work.finish(conn, item.id, item.fence, now)]
        seen = [
            report.finding
            for report, proof in held
            if report.status.is_open and proof is not None and proof.still_at_head
        ]
        findings.record(conn, seen, self.recorder.run.id, now)
        for report, proof in held:
            if proof is not None:
                proofs.add_evidence(conn, report.finding.key, proof, now)
        concerned = of_findings(conn, {report.finding.key for report, _ in held})
        follow_cases(conn, concerned, self.recorder.cases, self.recorder.run, now)


def _with_history(proof: Evidence | None, history: PinHistory | None) -> Evidence | None:
    """Return the evidence with the history of its pin; what was known stays where none was asked for."""
    return proof if proof is None or history is None else replace(proof, history=history)


def _refs(group: Sequence[Report]) -> Refs:
    """Return which refs have to be looked at to see whether these findings still hold."""
    kinds = {ref_kind(report.finding.sighting.ref) for report in group}
    return Refs.BRANCHES if kinds <= Refs.BRANCHES.kinds else Refs.ALL


def _is_sure(conn: Connection, repository_id: int, report: Report) -> bool:
    """Say whether the ledger has the pin at the tip of a ref, and evidence of these very bytes."""
    there = whereabouts(conn, repository_id, report.finding).sightings
    return report.evidence is not None and report.finding.sighting in there


def _projects(group: Sequence[Report]) -> frozenset[ProjectKey]:
    """Return the projects that these findings are about, as their verdicts and as their locks call them."""
    return frozenset(
        project for report in group for project in findings.projects_of(report.finding)
    )
