"""Pivot: from a new finding to the forks of its repository, and to what else its owner has.

Only findings that may stand in a letter are pivoted from, and what a pivot finds is pivoted from only
where it has such a finding of its own. Each look is one page of one host, and bounded; what was left
out is a gap. The same lock in other repositories needs no look: `sightings.of_locks` has them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, assert_never

from crawler.errors import Refused
from crawler.model import Confidence, Skipped
from workers.ledger import findings, frontier, gaps, pivots, work
from workers.ledger.pivots import NEIGHBOURS, Pivot, Relation
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run, Way
from workers.steps.leases import settling
from workers.steps.search import visit_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.hosts.interface import Host, ListPage, RelatedLister
    from crawler.model import Finding, Repository
    from workers.ledger.findings import Recorded
    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased
    from workers.steps.search import Reading

__all__ = ["MOST_KEPT", "MOST_PER_RUN", "PivotStep", "pivot_items"]

MOST_KEPT = 30
"""Repositories that one pivot may add."""
MOST_PER_RUN = 300
"""Repositories that all pivots of one run may add."""
_COOLDOWN = timedelta(days=30)
"""One question about one repository is not asked again within this time."""
_LISTED = timedelta(days=1)
"""A host whose whole list is so new has nothing to add."""
_LEAST = Confidence.LIKELY


def pivot_items(
    conn: Connection, found: Iterable[Finding], recorded: Recorded, run: Run, now: datetime
) -> list[WorkItem]:
    """Return the pivots that those of `found` call for which are new and may stand in a letter.

    Their repositories are in the ledger already; one that was pivoted from of late is left alone.
    Whether the host is a `RelatedLister` is for the caller to know.
    """
    fresh = {*recorded.new, *recorded.reopened}
    reasons: dict[Repository, str] = {}
    for one in found:
        if one.key in fresh and one.match.confidence.rank >= _LEAST.rank:
            reasons.setdefault(one.repository, one.key)
    ids = frontier.save(conn, list(reasons), now)
    return [
        _item(repository.host, repository_id, kind, key, run, now)
        for repository_id, (repository, key) in zip(ids, reasons.items(), strict=True)
        for kind in sorted(
            NEIGHBOURS - pivots.kinds_asked_since(conn, repository_id, now - _COOLDOWN)
        )
    ]


def _item(  # noqa: PLR0913, PLR0917 - where, what, why, for whom
    host: str, repository_id: int, kind: Relation, finding: str, run: Run, now: datetime
) -> WorkItem:
    return WorkItem(
        kind=WorkKind.PIVOT,
        key=f"{host}|{repository_id}|{kind}",
        host=host,
        due_at=now,
        payload=run.payload()
        | {"finding": finding, "repository": repository_id, "kind": kind.value},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PivotStep:
    """Everything that looking around on one host needs."""

    ledger: Ledger
    host: Host
    related: RelatedLister
    """The same host, as one that lists forks and owners."""
    reading: Reading
    clock: Callable[[], datetime]

    def pivot(self, leased: Iterable[Leased]) -> None:
        """Ask what each item asks, in turn: hosts want requests of one identity in series."""
        for item in leased:
            with settling(self.ledger, item, self.clock):
                self._pivot(item)

    def _pivot(self, item: Leased) -> None:
        origin, why_not = self._origin(item)
        if origin is None:
            self.ledger.transaction(partial(self._end, item, why_not))
            return
        page = self._ask(Relation(item.payload["kind"]), origin)
        named = tuple(self._named(item, origin, page))
        self.ledger.transaction(partial(self._save, item, page, named))

    def _origin(self, item: Leased) -> tuple[Repository | None, tuple[Skipped, ...]]:
        """Return the repository to look around; None, and what is to be said, where there is no use."""
        run, key = Run.from_payload(item.payload), item.payload["finding"]
        repository_id = int(item.payload["repository"])
        lately = self.clock() - _LISTED
        with self.ledger.read() as conn:
            stands = any(findings.reports(conn, minimum=_LEAST, keys=[key]))
            known = frontier.repositories(conn, [repository_id])
            listed = pivots.is_listed_since(conn, self.host.settings.name, lately)
            left = MOST_PER_RUN - pivots.kept_in_run(conn, run.id)
        if not stands or listed or repository_id not in known:
            return None, ()
        if left <= 0:
            return None, (_spent(item.key),)
        return known[repository_id], ()

    def _ask(self, kind: Relation, origin: Repository) -> ListPage:
        match kind:
            case Relation.FORK:
                return self.related.forks(origin, None)
            case Relation.OWNER | Relation.ACCOUNT:
                return self.related.list_owner(origin, None)
            case _:
                assert_never(kind)

    def _named(self, item: Leased, origin: Repository, page: ListPage) -> Iterator[Repository]:
        """Yield what was told; for a fork also what it was forked from, which costs no request."""
        if item.payload["kind"] == Relation.FORK and origin.fork_of is not None:
            with suppress(Refused):  # a name that this host cannot have told
                yield self.host.repository(origin.fork_of)
        here = (r for r in page.repositories if r.host == origin.host)
        yield from (r for r in here if r.path != origin.path)

    def _end(self, item: Leased, skipped: Sequence[Skipped], conn: Connection) -> None:
        now = self.clock()
        if work.finish(conn, item.id, item.fence, now):
            gaps.note(conn, WorkKind.PIVOT, item.key, skipped, now)

    def _save(
        self, item: Leased, page: ListPage, named: Sequence[Repository], conn: Connection
    ) -> None:
        now, run = self.clock(), Run.from_payload(item.payload)
        if not work.finish(conn, item.id, item.fence, now):
            return
        pivots.in_line(conn)
        left = max(0, MOST_PER_RUN - pivots.kept_in_run(conn, run.id))
        fresh = pivots.unknown(conn, named)
        kept = fresh[: min(MOST_KEPT, left)]
        visits = visit_items(conn, kept, self.reading, run, now, Way.PIVOT)
        one = Pivot(
            finding=item.payload["finding"],
            repository_id=int(item.payload["repository"]),
            kind=Relation(item.payload["kind"]),
            host=self.host.settings.name,
            run_id=run.id,
            asked_at=now,
            found=len(named),
            kept=len(kept),
            bounded=len(kept) < len(fresh) or page.next_cursor is not None,
        )
        pivots.record(conn, one, [int(visit.key) for visit in visits])
        work.offer(conn, visits, now)
        left_out = _left_out(item.key, len(fresh) - len(kept), page)
        gaps.note(conn, WorkKind.PIVOT, item.key, (*left_out, *page.skipped), now)


def _spent(key: str) -> Skipped:
    why = f"not asked: the pivots of this run have found {MOST_PER_RUN} repositories"
    return Skipped(context=key, reason=why)


def _left_out(key: str, dropped: int, page: ListPage) -> Iterator[Skipped]:
    if dropped:
        why = f"{dropped} more repositories were named than a pivot or a run may add"
        yield Skipped(context=key, reason=why)
    if page.next_cursor is not None:
        yield Skipped(context=key, reason="the host has more pages; only the first was asked")
