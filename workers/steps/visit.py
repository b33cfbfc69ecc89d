"""Read: repositories that are due, their new locks, and what these amount to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler import pipeline
from crawler.git.submodules import asking_for_submodules, with_submodules
from crawler.model import Outcome, ReadRequest
from workers.ledger import frontier, work
from workers.ledger.schedule import TRIES
from workers.ledger.work_items import WorkItem, WorkKind
from workers.steps.log_lines import log_visit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Reader, Repository, Visit
    from workers.ledger.work_items import Leased
from workers.steps.recording import VisitRecorder
from workers.steps.seeking import sought

__all__ = ["VisitStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitStep:
    """Everything that a batch of visits of one host needs."""

    reader: Reader
    at_root: bool
    """Whether `reader` looks at the root of repositories only."""
    recorder: VisitRecorder

    def visit(self, leased: Sequence[Leased]) -> None:
        """Visit the repositories of `leased` and keep what each brings, one transaction per visit."""
        due = {int(item.key): item for item in leased}
        with self.recorder.ledger.read() as conn:
            repositories = frontier.repositories(conn, due.keys())
            looked_for = sought(conn)
            heads = frontier.heads(
                conn, due.keys(), root_only=self.at_root, parser_version=looked_for.version
            )
        ids = [i for i in due if i in repositories and _is_read_so(due[i], repositories[i])]
        self._hand_over([due[i] for i in repositories if i not in ids])
        request = ReadRequest(
            wanted=looked_for.wanted,
            known=self.recorder.known,
            refs=self.recorder.run.refs,
            heads=heads,
        )
        there = [repositories[i] for i in ids]
        visited = pipeline.visit(self.reader, there, asking_for_submodules(request))
        for repository_id, brought in zip(ids, visited, strict=True):
            self._keep(
                due[repository_id], repository_id, with_submodules(brought), looked_for.version
            )

    def _hand_over(self, items: Sequence[Leased]) -> None:
        """Let repositories be read with a token, or without one, since their host has said so."""
        now = self.recorder.clock()

        def hand_over(conn: Connection) -> None:
            held = [item for item in items if work.finish(conn, item.id, item.fence, now)]
            work.offer(conn, [_otherwise(item, now) for item in held], now)

        if items:
            self.recorder.ledger.transaction(hand_over)

    def _keep(self, item: Leased, repository_id: int, brought: Visit, version: str) -> None:
        ledger, now = self.recorder.ledger, self.recorder.clock()
        if brought.outcome is Outcome.DEFERRED:
            due_at = now + timedelta(seconds=brought.defer_seconds or 0)
            why = brought.skipped[0].reason if brought.skipped else "the host asks to wait"
            ledger.transaction(lambda conn: work.postpone(conn, item.id, item.fence, due_at, why))
            log_visit(brought)
            return
        if brought.outcome is Outcome.FAILED and item.attempts + 1 < TRIES:
            why = brought.skipped[0].reason if brought.skipped else "failed"
            ledger.transaction(lambda conn: work.fail(conn, item.id, item.fence, why, now))
            log_visit(brought)
            return

        def settle(conn: Connection, now: datetime, due_at: datetime | None) -> bool:
            """Say no where another worker has taken the lease over meanwhile."""
            return work.finish(conn, item.id, item.fence, now, due_at=due_at)

        self.recorder.record(repository_id, brought, settle, version)


def _is_read_so(item: Leased, repository: Repository) -> bool:
    return bool(repository.private) == (item.kind is WorkKind.PRIVATE)


def _otherwise(item: Leased, now: datetime) -> WorkItem:
    kind = WorkKind.VISIT if item.kind is WorkKind.PRIVATE else WorkKind.PRIVATE
    return WorkItem(kind=kind, key=item.key, host=item.host, due_at=now, payload=item.payload)
