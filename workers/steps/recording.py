"""What a visit brought home becomes findings with evidence, in one transaction and in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from crawler import lockfiles, pipeline
from crawler.errors import Defer
from crawler.hosts.interface import RelatedLister
from crawler.model import Outcome
from workers.ledger import clearing, findings, frontier, locks, proofs, visits, work
from workers.ledger.case_following import CasePolicy
from workers.ledger.presence import note_absences
from workers.ledger.schedule import VisitHistory, jitter_of, next_due, remember
from workers.steps.accounts import account_items
from workers.steps.judging import PARSER_VERSION, rejudged, with_known_lines
from workers.steps.lock_judging import JudgedLocks, LockJudging
from workers.steps.log_lines import log_findings, log_visit
from workers.steps.pivot import pivot_items
from workers.steps.second_looks import follow_cases
from workers.steps.settling import settle_visit
from workers.steps.verify_items import verify_items_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from crawler.hosts.interface import Host
    from crawler.model import (
        Ecosystem,
        Evidence,
        Finding,
        LockId,
        Registry,
        SeenFile,
        Sighting,
        Skipped,
        Visit,
    )
    from crawler.pipeline import Inspection, ParseUnknown
    from workers.ledger.findings import Recorded
    from workers.ledger.ledger import Ledger
    from workers.runs import Run
    from workers.steps.settling import Settled
    from workers.steps.submodules import SubmoduleVisits

__all__ = ["Settle", "VisitRecorder"]

_AT_ONCE = 1.0
_POLICY = CasePolicy()
Settle: TypeAlias = "Callable[[Connection, datetime, datetime | None], bool]"
"""Settles the work behind a visit: given now, and when the repository is due again (None: never by
itself); False where the work is no longer ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saved:
    """What a visit has changed."""

    found: Sequence[Finding]
    recorded: Recorded
    settled: Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecorder:
    """Everything that recording visits of one host needs; how they were read makes no difference."""

    ledger: Ledger
    host: Host
    registries: Mapping[Ecosystem, Registry]
    run: Run
    parse: ParseUnknown
    clock: Callable[[], datetime]
    submodules: SubmoduleVisits | None = None
    """Offers the visits of submodules; None: they are left alone."""
    scale: float = 1.0
    """How many times as fast as real the periods of the standing watch pass; only a demo sets it."""
    cases: CasePolicy = _POLICY
    _passed_over: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    """Oids that were said to be known: their bytes are not read again."""

    def known(self, files: Collection[SeenFile]) -> Collection[str]:
        """Return the oids of those `files` that need no second read under any of their names."""
        asked = {lockfiles.lock_id(one.path, one.oid) for one in files}
        with self.ledger.read() as conn:
            unknown = asked - locks.known(conn, asked, PARSER_VERSION)
        passed_over = {one.oid for one in asked} - {one.oid for one in unknown}
        self._passed_over.update(passed_over)
        return passed_over

    def record(
        self,
        repository_id: int,
        brought: Visit,
        settle: Settle,
        looked_for: str = PARSER_VERSION,
    ) -> None:
        """Judge what `brought` has, then write all of it and `settle` its work; or nothing.

        `looked_for` is the version of what was looked for (`workers.steps.seeking`).
        Nothing is written where `settle` says that the work is no longer ours. Raises Defer where a lock
        that was known when its bytes were passed over is gone (`db prune`): they have to be read.
        """
        now = self.clock()
        judged = self._judged(brought)

        def save(conn: Connection) -> _Saved | None:
            self._require_known(conn, brought)
            inspected = self._still(conn, judged, brought)
            if settle(conn, now, self._due_again(conn, repository_id, brought, now)):
                known = frontier.learn_name(conn, repository_id, brought.repository, now)
                left = self._offer_submodules(conn, repository_id, brought, now)
                named = replace(brought, repository=known, skipped=(*brought.skipped, *left))
                visits.record_visit(conn, repository_id, named, now, parser_version=looked_for)
                return self._save(conn, repository_id, named, inspected, now)
            return None

        saved = self.ledger.transaction(save)
        if saved is not None:
            new = len(saved.recorded.new) + len(saved.recorded.reopened)
            log_visit(brought, new)
            log_findings(saved.found, saved.recorded, saved.settled)

    def _offer_submodules(
        self, conn: Connection, repository_id: int, brought: Visit, now: datetime
    ) -> tuple[Skipped, ...]:
        if self.submodules is None:
            return ()
        return self.submodules.offer(conn, repository_id, brought, self.run, now)

    def _judged(self, brought: Visit) -> JudgedLocks:
        """Read and judge the locks that `brought` has, but for what is known and clear."""
        if not brought.blobs:
            return JudgedLocks()
        digest = clearing.digest_of(PARSER_VERSION, self.registries)
        with self.ledger.read() as conn:
            basis = clearing.basis_of(conn, digest)
            if basis is not None:
                return self._judging(basis).judge(conn, brought)
        self.ledger.transaction(lambda conn: clearing.make_basis(conn, digest))
        return self._judged(brought)

    def _judging(self, basis: clearing.Basis) -> LockJudging:
        return LockJudging(basis=basis, registries=self.registries, parse=self.parse)

    def _still(self, conn: Connection, judged: JudgedLocks, brought: Visit) -> JudgedLocks:
        """Return `judged`, or what the same is judged to be now where a verdict has changed meanwhile."""
        before = judged.basis
        if before is None or clearing.is_unchanged(conn, before):
            return judged
        digest = clearing.digest_of(PARSER_VERSION, self.registries)
        return self._judging(clearing.basis_of(conn, digest) or before).judge(conn, brought)

    def _require_known(self, conn: Connection, brought: Visit) -> None:
        read = {blob.oid for blob in brought.blobs}
        relied_on = {
            lockfiles.lock_id(one.path, one.oid)
            for one in brought.sightings
            if one.oid in self._passed_over and one.oid not in read
        }
        if not relied_on:
            return
        clearing.beside_changes(conn)
        if locks.known(conn, relied_on, PARSER_VERSION) != relied_on:
            raise Defer(_AT_ONCE, "a lock that was known was removed meanwhile; it is read again")

    def _save(
        self,
        conn: Connection,
        repository_id: int,
        brought: Visit,
        judged: JudgedLocks,
        now: datetime,
    ) -> _Saved:
        # `verify` brings bytes of what was read before; a reading that fails now replaces no good one.
        inspected = judged.inspections
        known = locks.known(conn, inspected.keys(), PARSER_VERSION)
        judged.store(conn, inspected.keys() - known, now)
        found = self._findings(conn, brought, inspected)
        recorded = findings.record(conn, found, self.run.id, now, visit=brought)
        if self.run.pivot and isinstance(self.host, RelatedLister):
            work.offer(conn, pivot_items(conn, found, recorded, self.run, now), now)
        keys = {one.key for one in found}
        settled = settle_visit(conn, repository_id, brought, keys, self.registries, now)
        if self.run.watch and brought.outcome is Outcome.VISITED and (found or settled.moved):
            work.offer(conn, verify_items_of(conn, repository_id, self.run, now), now)
        orphans = cache(lambda sighting: pipeline.orphans_at(sighting, brought))
        seen = {
            one.key: self._evidence(conn, one, brought, orphans, now)
            for one in (*found, *settled.moved)
        }
        proofs.add_all(conn, {key: proof for key, proof in seen.items() if proof is not None}, now)
        for key in settled.unsure:
            proofs.expire(conn, key, now)
        note_absences(conn, repository_id, brought, now)
        follow_cases(conn, [repository_id], self.cases, self.run, now)
        if brought.outcome is Outcome.GONE and isinstance(self.host, RelatedLister):
            asked = account_items(conn, repository_id, self.cases, self.run, now)
            work.offer(conn, asked, now)
        return _Saved(found=found, recorded=recorded, settled=settled)

    def _findings(
        self, conn: Connection, brought: Visit, inspected: Mapping[LockId, Inspection]
    ) -> list[Finding]:
        """Judge every lock at every head; those that were known are judged as the ledger has them."""
        places = pipeline.places(brought.sightings)
        known = locks.known(conn, places.keys() - inspected.keys(), PARSER_VERSION)
        judged = dict(inspected) | {lock: rejudged(conn, lock, self.registries) for lock in known}
        settings = pipeline.settings_among(judged, places, self.registries)
        found = [
            finding
            for lock, sightings in places.items()
            if lock in judged
            for finding in pipeline.findings(judged[lock], brought.repository, sightings, settings)
        ]
        return with_known_lines(conn, pipeline.without_repeats(found))

    def _evidence(
        self,
        conn: Connection,
        one: Finding,
        brought: Visit,
        orphans: Callable[[Sighting], Collection[lockfiles.Release] | None],
        now: datetime,
    ) -> Evidence | None:
        """Take evidence from the bytes at hand, or that of the same bytes at the commit of now.

        What has none yet gets it from `verify`.
        """
        blob = next((b for b in brought.blobs if b.oid == one.sighting.oid), None)
        if blob is not None:
            pin, left = one.match.pin, orphans(one.sighting)
            proof = pipeline.evidence(one, blob, self.host, self.registries, now)
            required = None if left is None else (pin.name, pin.version) not in left
            return replace(proof, required=required)
        last = proofs.last(conn, one.key)
        if last is None or last.blob_oid != one.sighting.oid:
            return None
        place = (one.repository, one.sighting.commit, one.sighting.path, last.lines)
        return replace(last, permalink=self.host.permalink(*place))

    def _due_again(
        self, conn: Connection, repository_id: int, brought: Visit, now: datetime
    ) -> datetime | None:
        due_at = _due_again(conn, repository_id, brought, now)
        if due_at is None or not self.run.watch:
            return due_at
        return now + (due_at - now) / self.scale


def _due_again(
    conn: Connection, repository_id: int, brought: Visit, now: datetime
) -> datetime | None:
    history = VisitHistory()
    for past in reversed(visits.history(conn, repository_id)):
        history = remember(past.outcome, history, eventful=past.new_sightings > 0)
    eventful = visits.is_eventful(conn, repository_id, brought)
    history = remember(brought.outcome, history, eventful=eventful)
    return next_due(history, brought.outcome, now, jitter_of(repository_id))
