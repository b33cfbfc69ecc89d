"""Sweep: pages of a list that show the roots of their repositories; what they show is kept at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, assert_never

from crawler.git.submodules import asking_for_submodules, wanting_submodules, with_submodules
from crawler.model import Outcome, ReadRequest
from workers.ledger import frontier, gaps, left_alone, work
from workers.ledger.work_items import WorkKind
from workers.steps.leases import settling
from workers.steps.search import Look, list_item, visit_item
from workers.steps.seeking import sought

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.hosts.github.graphql import SweepPage
    from crawler.hosts.github.host import GitHub
    from crawler.hosts.github.probe import Probe
    from crawler.model import Visit
    from workers.ledger.work_items import Leased, WorkItem
    from workers.runs import Way
    from workers.steps.recording import VisitRecorder
    from workers.steps.seeking import Sought

__all__ = ["SweepStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What a page amounts to: repositories by the ids that the ledger gave them."""

    seen: Mapping[int, Probe]
    """Those whose root the page has shown."""
    unseen: frozenset[int]
    """Those that a read must look at: the root is unsure, or a search saw files in their folders."""
    heads: Mapping[str, Mapping[str, str]]
    """Path -> ref -> commit of those seen, as last visited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStep:
    """Everything that sweeping one host needs; its repositories must be read as READ in this run."""

    host: GitHub
    recorder: VisitRecorder

    def sweep(self, leased: Iterable[Leased]) -> None:
        """Ask the pages of each item, and the texts of the locks at their roots that nobody has read.

        One transaction per repository: who is killed has lost the item alone, and whoever does it
        again asks for its pages, and for no text that was kept.
        """
        for item in leased:
            with settling(self.recorder.ledger, item, self.recorder.clock):
                with self.recorder.ledger.read() as conn:
                    looked_for = sought(conn)
                page = self.host.sweep.pages(
                    item.payload["cursor"], wanting_submodules(looked_for.wanted)
                )
                left = self._read(page, Look.from_payload(item.payload).way, looked_for)
                self.recorder.ledger.transaction(partial(self._end, item, page, left))

    def _read(self, page: SweepPage, way: Way, looked_for: Sought) -> list[WorkItem]:
        """Keep what `page` shows; return the reads that are left to do."""
        found = self.recorder.ledger.transaction(partial(self._found, page, way, looked_for))
        request = ReadRequest(
            wanted=looked_for.wanted,
            known=self.recorder.known,
            refs=self.recorder.run.refs,
            heads=found.heads,
        )
        left = [self._item(repository_id) for repository_id in sorted(found.unseen)]
        probes = list(found.seen.values())
        visits = self.host.reader().seen(probes, asking_for_submodules(request))
        for repository_id, brought in zip(found.seen, map(with_submodules, visits), strict=True):
            match brought.outcome:
                case Outcome.DEFERRED | Outcome.FAILED:
                    left.append(self._item(repository_id, brought.defer_seconds or 0))
                case (
                    Outcome.VISITED
                    | Outcome.UNCHANGED
                    | Outcome.EMPTY
                    | Outcome.GONE
                    | Outcome.PRIVATE
                    | Outcome.BLOCKED
                ):
                    self._keep(repository_id, brought, looked_for.version)
                case _:
                    assert_never(brought.outcome)
        return left

    def _found(self, page: SweepPage, way: Way, looked_for: Sought, conn: Connection) -> _Found:
        """Save the repositories; of one that came twice the later answer counts."""
        wanted = left_alone.without(conn, page.listed.repositories)
        listed = {one.native_id: one for one in wanted}
        saved = frontier.save(conn, list(listed.values()), self.recorder.clock(), way)
        ids = dict(zip(listed, saved, strict=True))
        hinted = {i for i in saved if _has_folders(conn, i)}
        seen = {
            ids[probe.repository.native_id]: probe
            for probe in page.probes
            if listed.get(probe.repository.native_id) == probe.repository
            and ids[probe.repository.native_id] not in hinted
        }
        heads = frontier.heads(conn, seen, root_only=True, parser_version=looked_for.version)
        # A name may have passed from one repository to another between two pages.
        bearers = Counter(probe.repository.path for probe in seen.values())
        return _Found(
            seen=seen,
            unseen=frozenset(saved) - seen.keys(),
            heads={path: refs for path, refs in heads.items() if bearers[path] == 1},
        )

    def _keep(self, repository_id: int, brought: Visit, version: str) -> None:
        def settle(conn: Connection, now: datetime, due_at: datetime | None) -> bool:
            if due_at is not None:
                work.replan(conn, [self._item(repository_id, due_at=due_at)], now)
            if _has_folders(conn, repository_id):  # since the page was saved
                work.offer(conn, [self._item(repository_id)], now)
            return True

        self.recorder.record(repository_id, brought, settle, version)

    def _item(
        self, repository_id: int, seconds: float = 0, due_at: datetime | None = None
    ) -> WorkItem:
        """Return the read of a repository that is due `seconds` from now, or at `due_at`."""
        due_at = due_at or self.recorder.clock() + timedelta(seconds=seconds)
        name = self.host.settings.name
        return visit_item(WorkKind.READ, repository_id, name, self.recorder.run, due_at)

    def _end(
        self, item: Leased, page: SweepPage, left: Iterable[WorkItem], conn: Connection
    ) -> None:
        now, listed = self.recorder.clock(), page.listed
        if not work.finish(conn, item.id, item.fence, now):
            return
        offered = list(left)
        if listed.next_cursor is not None:
            name = self.host.settings.name
            look = Look.from_payload(item.payload)
            offered.append(list_item(name, self.recorder.run, now, listed.next_cursor, look))
        work.offer(conn, offered, now)
        gaps.note(conn, WorkKind.LIST, item.key, listed.skipped, now)


def _has_folders(conn: Connection, repository_id: int) -> bool:
    """Say whether a code search saw files below the root of a repository: no sweep sees these."""
    return any("/" in path for path in frontier.search_hit_paths(conn, repository_id))
