"""The work of verifying findings, for whoever asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.model import Confidence, Refs
from workers.ledger import findings
from workers.ledger.work_items import WorkItem, WorkKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Finding, Report
    from workers.runs import Run

__all__ = ["verify_item", "verify_items_of"]


def verify_item(report: Report, run: Run, now: datetime) -> WorkItem:
    """Return the work of verifying one finding."""
    return _item(report.finding, run, now)


def verify_items_of(
    conn: Connection, repository_id: int, run: Run, now: datetime
) -> list[WorkItem]:
    """Return the work of verifying what a letter may say of a repository, after it has changed."""
    again = replace(run, refs=Refs.BRANCHES, pivot=False, watch=False)
    return [
        _item(one, again, now)
        for one in findings.of_repository(conn, repository_id)
        if one.match.confidence.rank >= Confidence.LIKELY.rank and not one.repository.private
    ]


def _item(finding: Finding, run: Run, now: datetime) -> WorkItem:
    return WorkItem(
        kind=WorkKind.VERIFY,
        key=finding.key,
        host=finding.repository.host,
        due_at=now,
        payload=run.payload(),
    )
