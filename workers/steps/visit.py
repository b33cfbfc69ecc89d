"""Read: repositories that are due, their new locks, and what these amount to."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler import pipeline
from crawler.hosts.interface import Neighbours
from crawler.model import Outcome, ReadRequest
from workers.ledger import findings, frontier, locks, proofs, visits, work
from workers.schedule import TRIES, History, jitter_of, next_due, remember
from workers.steps.judging import PARSER_VERSION, borrowed, lookup_in, rejudged
from workers.steps.pivot import pivot_items

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.hosts.interface import Host
    from crawler.model import Ecosystem, Evidence, Finding, Reader, Registry, Visit
    from crawler.pipeline import Inspection, Parse
    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased
    from workers.runs import Run

__all__ = ["VisitStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitStep:
    """Everything that a batch of visits of one host needs."""

    ledger: Ledger
    host: Host
    reader: Reader
    registries: Mapping[Ecosystem, Registry]
    run: Run
    at_root: bool
    """Whether `reader` looks at the root of repositories only."""
    parse: Parse
    clock: Callable[[], datetime]

    def visit(self, leased: Sequence[Leased]) -> None:
        """Visit the repositories of `leased` and keep what each brings, one transaction per visit."""
        due = {int(item.key): item for item in leased}
        with self.ledger.read() as conn:
            repositories = frontier.repositories(conn, due.keys())
            heads = frontier.heads(
                conn, due.keys(), root_only=self.at_root, parser_version=PARSER_VERSION
            )
        ids = [i for i in due if i in repositories]
        request = ReadRequest(
            wanted=lambda _: False, known=self._known, branches=self.run.branches, heads=heads
        )
        visited = pipeline.visit(self.reader, [repositories[i] for i in ids], self._known, request)
        for repository_id, brought in zip(ids, visited, strict=True):
            self._keep(due[repository_id], repository_id, brought)

    def _known(self, oids: Collection[str]) -> Collection[str]:
        with self.ledger.read() as conn:
            return locks.known(conn, oids, PARSER_VERSION)

    def _keep(self, item: Leased, repository_id: int, brought: Visit) -> None:
        now = self.clock()
        if brought.outcome is Outcome.DEFERRED:
            due_at = now + timedelta(seconds=brought.defer_seconds or 0)
            why = brought.skipped[0].reason if brought.skipped else "the host asks to wait"
            self.ledger.transaction(
                lambda conn: work.postpone(conn, item.id, item.fence, due_at, why)
            )
            return
        if brought.outcome is Outcome.FAILED and item.attempts + 1 < TRIES:
            why = brought.skipped[0].reason if brought.skipped else "failed"
            self.ledger.transaction(lambda conn: work.fail(conn, item.id, item.fence, why, now))
            return
        with self.ledger.read() as conn:
            inspected = {
                blob.oid: pipeline.inspect(blob, lookup_in(conn), self.registries, self.parse)
                for blob in brought.blobs
            }

        def save(conn: Connection) -> None:
            """Write everything, or nothing where another worker has taken the lease over meanwhile."""
            if self._end_lease(conn, item, repository_id, brought, now):
                visits.record_visit(
                    conn, repository_id, brought, now, parser_version=PARSER_VERSION
                )
                self._save(conn, brought, inspected, now)

        self.ledger.transaction(save)

    def _save(
        self,
        conn: Connection,
        brought: Visit,
        inspected: Mapping[str, Inspection],
        now: datetime,
    ) -> None:
        for blob in brought.blobs:
            locks.store(
                conn,
                blob,
                hashlib.sha256(blob.data).hexdigest(),
                inspected[blob.oid].result,
                now,
                parser_version=PARSER_VERSION,
            )
        found = self._findings(conn, brought, inspected)
        recorded = findings.record(conn, found, self.run.id, now)
        if self.run.pivot and isinstance(self.host, Neighbours):
            work.offer(conn, pivot_items(conn, found, recorded, self.run, now), now)
        for key, proof in self._evidence(found, brought, now).items():
            proofs.add_evidence(conn, key, proof, now)

    def _end_lease(
        self, conn: Connection, item: Leased, repository_id: int, brought: Visit, now: datetime
    ) -> bool:
        history = History()
        for past in reversed(visits.history(conn, repository_id)):
            history = remember(past.outcome, history, eventful=past.new_sightings > 0)
        eventful = visits.is_eventful(conn, repository_id, brought)
        history = remember(brought.outcome, history, eventful=eventful)
        due_at = next_due(history, brought.outcome, now, jitter_of(repository_id))
        return work.finish(conn, item.id, item.fence, now, due_at=due_at)

    def _findings(
        self, conn: Connection, brought: Visit, inspected: Mapping[str, Inspection]
    ) -> list[Finding]:
        """Judge every lock at every head; those that were known are judged as the ledger has them."""
        by_oid = defaultdict(list)
        for sighting in brought.sightings:
            by_oid[sighting.oid].append(sighting)
        known = locks.known(conn, by_oid.keys() - inspected.keys(), PARSER_VERSION)
        judged = dict(inspected) | {oid: rejudged(conn, oid, self.registries) for oid in known}
        found = [
            finding
            for oid, sightings in by_oid.items()
            if oid in judged
            for finding in pipeline.findings(judged[oid], brought.repository, sightings)
        ]
        return borrowed(conn, found)

    def _evidence(
        self, found: Sequence[Finding], brought: Visit, now: datetime
    ) -> Mapping[str, Evidence]:
        """Take evidence from the bytes at hand; what has none yet gets it from `verify`."""
        blobs = {blob.oid: blob for blob in brought.blobs}
        return {
            f.key: pipeline.evidence(f, blobs[f.sighting.oid], self.host, self.registries, now)
            for f in found
            if f.sighting.oid in blobs
        }
