"""Keep: what a visit brought home becomes findings with evidence, in one transaction and in one way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from crawler import lockfiles, pipeline
from crawler.hosts.interface import Neighbours
from workers.ledger import findings, frontier, locks, proofs, visits, work
from workers.schedule import History, jitter_of, next_due, remember
from workers.steps.judging import PARSER_VERSION, borrowed, lookup_in, rejudged
from workers.steps.pivot import pivot_items

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from crawler.hosts.interface import Host
    from crawler.model import Ecosystem, Evidence, Finding, LockId, Registry, SeenFile, Visit
    from crawler.pipeline import Inspection, Parse
    from workers.ledger.ledger import Ledger
    from workers.runs import Run

__all__ = ["Keeping", "Settle"]

Settle: TypeAlias = "Callable[[Connection, datetime, datetime | None], bool]"
"""Settles the work behind a visit: given now, and when the repository is due again (None: never by
itself); False where the work is no longer ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Everything that keeping visits of one host needs; how they were read makes no difference."""

    ledger: Ledger
    host: Host
    registries: Mapping[Ecosystem, Registry]
    run: Run
    parse: Parse
    clock: Callable[[], datetime]

    def known(self, files: Collection[SeenFile]) -> Collection[str]:
        """Return the oids of those `files` that need no second read under any of their names."""
        asked = {lockfiles.lock_id(one.path, one.oid) for one in files}
        with self.ledger.read() as conn:
            unknown = asked - locks.known(conn, asked, PARSER_VERSION)
        return {one.oid for one in asked} - {one.oid for one in unknown}

    def keep(self, repository_id: int, brought: Visit, settle: Settle) -> None:
        """Judge what `brought` has, then write all of it and `settle` its work; or nothing.

        Nothing is written where `settle` says that the work is no longer ours.
        """
        now = self.clock()
        inspected = self._inspected(brought)

        def save(conn: Connection) -> None:
            if settle(conn, now, _due_again(conn, repository_id, brought, now)):
                frontier.learn_name(conn, repository_id, brought.repository, now)
                visits.record_visit(
                    conn, repository_id, brought, now, parser_version=PARSER_VERSION
                )
                self._save(conn, brought, inspected, now)

        self.ledger.transaction(save)

    def _inspected(self, brought: Visit) -> Mapping[LockId, Inspection]:
        if not brought.blobs:
            return {}
        with self.ledger.read() as conn:
            return {
                lock: pipeline.inspect(blob, lookup_in(conn), self.registries, self.parse)
                for lock, blob in pipeline.locks_of(brought).items()
            }

    def _save(
        self,
        conn: Connection,
        brought: Visit,
        inspected: Mapping[LockId, Inspection],
        now: datetime,
    ) -> None:
        for lock, blob in pipeline.locks_of(brought).items():
            locks.store(
                conn,
                blob,
                hashlib.sha256(blob.data).hexdigest(),
                inspected[lock].result,
                now,
                parser_version=PARSER_VERSION,
            )
        found = self._findings(conn, brought, inspected)
        recorded = findings.record(conn, found, self.run.id, now)
        if self.run.pivot and isinstance(self.host, Neighbours):
            work.offer(conn, pivot_items(conn, found, recorded, self.run, now), now)
        for key, proof in self._evidence(found, brought, now).items():
            proofs.add_evidence(conn, key, proof, now)

    def _findings(
        self, conn: Connection, brought: Visit, inspected: Mapping[LockId, Inspection]
    ) -> list[Finding]:
        """Judge every lock at every head; those that were known are judged as the ledger has them."""
        places = pipeline.places(brought.sightings)
        known = locks.known(conn, places.keys() - inspected.keys(), PARSER_VERSION)
        judged = dict(inspected) | {lock: rejudged(conn, lock, self.registries) for lock in known}
        found = [
            finding
            for lock, sightings in places.items()
            if lock in judged
            for finding in pipeline.findings(judged[lock], brought.repository, sightings)
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


def _due_again(
    conn: Connection, repository_id: int, brought: Visit, now: datetime
) -> datetime | None:
    history = History()
    for past in reversed(visits.history(conn, repository_id)):
        history = remember(past.outcome, history, eventful=past.new_sightings > 0)
    eventful = visits.is_eventful(conn, repository_id, brought)
    history = remember(brought.outcome, history, eventful=eventful)
    return next_due(history, brought.outcome, now, jitter_of(repository_id))
