"""Asks the host whether the owner of a repository that is gone is gone as well: one request for each look.

A forge that has an API is asked for the owner's repositories. That it knows no owner of that name counts only where
the last look at some other repository saw it: a host that has lost everything tells nothing of one account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from crawler.errors import Gone
from crawler.model import CaseEvent, FindingStatus, move_of
from workers.ledger import cases, frontier, pivots, visits, work
from workers.ledger.case_facts import REPOSITORY_GONE
from workers.ledger.findings import reports_of
from workers.ledger.pivots import Pivot, Relation
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run
from workers.steps.leases import settling
from workers.steps.second_looks import follow_cases

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.hosts.interface import RelatedLister
    from workers.ledger.case_following import CasePolicy
    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased

__all__ = ["AccountStep", "account_items", "is_about_account"]

_LATELY = 30
"""Days in which a host has to have shown some repository; one that changes seldom is visited as seldom."""


def account_items(
    conn: Connection, repository_id: int, policy: CasePolicy, run: Run, now: datetime
) -> list[WorkItem]:
    """Return the question about the owner of a repository that is gone, as long as its case waits for it.

    Whether the host is a `RelatedLister` is for the caller to know.
    """
    one = cases.of_repositories(conn, [repository_id]).get(repository_id)
    if one is None or move_of(CaseEvent.GONE, one.state) is None:
        return []
    gone = [
        report.finding.key
        for report in reports_of(conn, [repository_id])
        if report.status is FindingStatus.GONE
        and report.status_reason is not None
        and report.status_reason.code == REPOSITORY_GONE
    ]
    looks = pivots.account_absences(conn, [repository_id]).get(repository_id)
    about = {"repository": repository_id, "kind": Relation.ACCOUNT.value}
    return [
        WorkItem(
            kind=WorkKind.PIVOT,
            key=f"{one.host}|{repository_id}|{Relation.ACCOUNT}",
            host=one.host,
            due_at=now if looks is None else max(now, looks[0] + policy.between_looks),
            payload=run.payload() | about | {"finding": key},
        )
        for key in gone[:1]
    ]


def is_about_account(item: Leased) -> bool:
    """Say whether a pivot is such a question, and none about other repositories."""
    return bool(item.payload["kind"] == Relation.ACCOUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStep:
    """Everything that asking one host about accounts needs."""

    ledger: Ledger
    host: str
    related: RelatedLister
    """The same host, as one that lists what an owner has."""
    policy: CasePolicy
    clock: Callable[[], datetime]

    def ask(self, leased: Iterable[Leased]) -> None:
        """Ask what each item asks, in turn; what is neither said nor denied changes nothing."""
        for item in leased:
            with settling(self.ledger, item, self.clock):
                there = self._is_there(int(item.payload["repository"]))
                self.ledger.transaction(partial(self._save, item, there))

    def _is_there(self, repository_id: int) -> bool | None:
        with self.ledger.read() as conn:
            known = frontier.repositories(conn, [repository_id])
        if repository_id not in known:
            return None
        try:
            self.related.list_owner(known[repository_id], None)
        except Gone:
            return False
        return True

    def _save(self, item: Leased, there: bool | None, conn: Connection) -> None:  # noqa: FBT001 - as it was said
        now, repository_id = self.clock(), int(item.payload["repository"])
        run = Run.from_payload(item.payload)
        if not work.finish(conn, item.id, item.fence, now) or there is None:
            return
        lately = now - _LATELY * self.policy.between_looks
        if there or visits.is_read_since(conn, self.host, lately):
            look = Pivot(
                finding=item.payload["finding"],
                repository_id=repository_id,
                kind=Relation.ACCOUNT,
                host=self.host,
                run_id=run.id,
                asked_at=now,
                found=int(there),
                kept=0,
                bounded=False,
            )
            pivots.record(conn, look, [])
        follow_cases(conn, [repository_id], self.policy, run, now)
