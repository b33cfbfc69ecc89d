"""The second look at what one look has seen to be gone: until it was made, nothing is resolved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.model import Refs
from workers.ledger import frontier, work
from workers.ledger.case_following import follow
from workers.ledger.work_items import WorkKind
from workers.steps.search import visit_item

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from workers.ledger.case_following import CasePolicy
    from workers.runs import Run

__all__ = ["follow_cases"]


def follow_cases(
    conn: Connection,
    repositories: Collection[int],
    policy: CasePolicy,
    run: Run,
    now: datetime,
) -> None:
    """Let the cases of these repositories (numbers) follow, and plan the second looks that they want.

    That is a visit of all branches over git; one that is planned earlier does as well.
    """
    due = follow(conn, repositories, now, policy)
    known = frontier.repositories(conn, due.keys())
    whole = replace(run, refs=run.refs.or_more(Refs.BRANCHES), pivot=False, root_only=False)
    items = [
        visit_item(WorkKind.VISIT, number, known[number].host, whole, max(at, now))
        for number, at in due.items()
    ]
    work.offer(conn, items, now)
