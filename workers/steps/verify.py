"""Check findings again before anybody reports them: is the pin still there, is the file still served?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from crawler import pipeline
from crawler.matching import host_of
from crawler.model import Branches, Confidence, Outcome, ReadRequest
from workers.ledger import findings, frontier, proofs, work
from workers.ledger.work_items import Kind, WorkItem
from workers.steps.leases import postponed
from workers.steps.search import visit_items

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.hosts.interface import Host
    from crawler.liveness import Checks
    from crawler.model import (
        Ecosystem,
        Evidence,
        Finding,
        Reader,
        Registry,
        Report,
        Visit,
    )
    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased
    from workers.runs import Run

__all__ = ["VerifyStep", "verify_item"]

_Checked = tuple["Finding", "Evidence | None"]
_WORTH_A_HEAD = Confidence.LIKELY.rank
"""Nobody reports less, so no file host is asked for less."""


def verify_item(report: Report, run: Run, now: datetime) -> WorkItem:
    """Return the work of verifying one finding."""
    finding = report.finding
    return WorkItem(
        kind=Kind.VERIFY,
        key=finding.key,
        host=finding.repository.host,
        due_at=now,
        payload=run.payload(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyStep:
    """Everything that verifying findings of one host needs."""

    ledger: Ledger
    host: Host
    reader: Reader
    checks: Checks
    registries: Mapping[Ecosystem, Registry]
    run: Run
    clock: Callable[[], datetime]

    def verify(self, leased: Sequence[Leased]) -> None:
        """Verify the findings of `leased`, one look per repository and one HEAD per file."""
        by_key = {item.key: item for item in leased}
        with self.ledger.read() as conn:
            reports = tuple(findings.reports(conn, minimum=Confidence.CENSUS, keys=by_key.keys()))
        by_repository: dict[str, list[Report]] = defaultdict(list)
        for report in reports:
            by_repository[report.finding.repository.path].append(report)
        self._end_stale(by_key, {r.finding.key for r in reports})
        for group in by_repository.values():
            self._verify(group, [by_key[r.finding.key] for r in group])

    def _end_stale(self, by_key: Mapping[str, Leased], open_keys: Collection[str]) -> None:
        """Finish the work of findings that were retracted meanwhile."""
        stale = [item for key, item in by_key.items() if key not in open_keys]
        self.ledger.transaction(
            lambda conn: [work.finish(conn, i.id, i.fence, self.clock()) for i in stale]
        )

    def _verify(self, group: Sequence[Report], items: Sequence[Leased]) -> None:
        """Look at one repository for all its findings."""
        brought = self._look(group)
        now = self.clock()
        match brought.outcome:
            case Outcome.DEFERRED:
                due_at = now + timedelta(seconds=brought.defer_seconds or 0)
                why = brought.skipped[0].reason if brought.skipped else "the host asks to wait"
                self.ledger.transaction(
                    lambda conn: [work.postpone(conn, i.id, i.fence, due_at, why) for i in items]
                )
            case Outcome.FAILED:
                why = brought.skipped[0].reason if brought.skipped else "no answer"
                self.ledger.transaction(
                    lambda conn: [work.fail(conn, i.id, i.fence, why, now) for i in items]
                )
            case _:
                checked = [
                    (item, result)
                    for item, report in zip(items, group, strict=True)
                    if (result := self._checked(item, report, brought, now)) is not None
                ]
                self.ledger.transaction(partial(self._save, checked, brought, now))

    def _look(self, group: Sequence[Report]) -> Visit:
        """Poll the repository; blobs are read again only for findings without evidence."""
        repository = group[0].finding.repository
        bare = {r.finding.sighting.oid for r in group if r.evidence is None}
        (repository_id,) = self.ledger.transaction(
            lambda conn: frontier.save(conn, [repository], self.clock())
        )
        with self.ledger.read() as conn:
            heads = {} if bare else frontier.heads(conn, [repository_id])
        request = ReadRequest(
            wanted=lambda _: False,
            known=lambda files: {file.oid for file in files} - bare,
            branches=Branches.ALL,
            heads=heads,
        )
        (brought,) = pipeline.visit(self.reader, [repository], request.known, request)
        return brought

    def _checked(
        self, item: Leased, report: Report, brought: Visit, now: datetime
    ) -> _Checked | None:
        """Check one finding; None where the file host asks to wait, and the finding waits with it."""
        checked: list[_Checked] = []
        with postponed(self.ledger, item, self.clock):
            checked.append(self._check(report, brought, now))
        return checked[0] if checked else None

    def _check(self, report: Report, brought: Visit, now: datetime) -> _Checked:
        finding, known = report.finding, report.evidence
        blob = next((b for b in brought.blobs if b.oid == finding.sighting.oid), None)
        if blob is not None:
            finding = pipeline.locate(finding, blob)
            known = pipeline.evidence(finding, blob, self.host, self.registries, now)
        if known is None:
            return finding, None
        asked = finding.match.confidence.rank >= _WORTH_A_HEAD
        proof = pipeline.verify(
            known,
            finding.match.pin.url if asked else None,
            lambda url: self.checks.check(url, self._file_hosts, now),
            still_at_head=_still_there(finding, brought),
            now=now,
        )
        return finding, proof

    @property
    def _file_hosts(self) -> Collection[str]:
        return {
            host
            for registry in self.registries.values()
            for host in (*registry.file_hosts, *map(host_of, registry.mirrors))
        }

    def _save(
        self,
        checked: Sequence[tuple[Leased, _Checked]],
        brought: Visit,
        now: datetime,
        conn: Connection,
    ) -> None:
        held = [result for item, result in checked if work.finish(conn, item.id, item.fence, now)]
        findings.record(conn, [finding for finding, _ in held], self.run.id, now)
        for finding, proof in held:
            if proof is not None:
                proofs.add_evidence(conn, finding.key, proof, now)
        if brought.outcome is not Outcome.UNCHANGED:
            work.offer(conn, visit_items(conn, [brought.repository], _by_git, self.run, now), now)


def _by_git(_host: str, _run: Run) -> Kind:
    return Kind.VISIT


def _still_there(finding: Finding, brought: Visit) -> bool | None:
    """Say whether any head still has this lock at this path; None where that could not be seen."""
    match brought.outcome:
        case Outcome.UNCHANGED:
            return True
        case Outcome.VISITED:
            place = (finding.sighting.path, finding.sighting.oid)
            return place in {(s.path, s.oid) for s in brought.sightings}
        case Outcome.GONE | Outcome.EMPTY | Outcome.BLOCKED:
            return False
        case _:
            return None
