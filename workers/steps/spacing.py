"""When a repository that was found again is visited: not sooner than there can be anything new to see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.fields import stated_instant
from crawler.model import Refs
from workers.ledger import visits
from workers.ledger.schedule import ABSOLUTE_COOLDOWN
from workers.ledger.work_items import WorkItem, WorkKind
from workers.steps.seeking import sought

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Repository
    from workers.runs import Run

__all__ = ["changed_lately", "spaced"]


def spaced(
    conn: Connection, found: Sequence[WorkItem], run: Run, now: datetime, scale: float = 1.0
) -> list[WorkItem]:
    """Let what was read lately rest: many searches of a run find the same files again.

    `scale` divides the rest of a run of the standing watch.
    """
    if run.refs is not Refs.DEFAULT and not run.watch:
        return list(found)
    read = visits.last_read(
        conn,
        [int(one.key) for one in found],
        root_only=run.root_only or all(one.kind is WorkKind.READ for one in found),
        parser_version=sought(conn).version,
    )
    rest = ABSOLUTE_COOLDOWN / (scale if run.watch else 1.0)
    rested = {str(key): at + rest for key, at in read.items()}
    return [replace(one, due_at=max(now, rested.get(one.key, now))) for one in found]


def changed_lately(
    conn: Connection,
    found: Sequence[WorkItem],
    repositories: Sequence[Repository],
    now: datetime,
    scale: float,
) -> list[WorkItem]:
    """Return the visits that a list of the standing watch calls for, of `repositories` in this order.

    New repositories are visited now, and those that the host says were pushed to since their last visit as
    soon as they have rested. Of all others the list says nothing new: they keep their own schedule.
    """
    visited = visits.last_visits(conn, [int(one.key) for one in found])
    due = []
    for item, repository in zip(found, repositories, strict=True):
        last = visited.get(int(item.key))
        if last is None:
            due.append(item)
        elif (pushed := stated_instant(repository.pushed_at)) is not None and pushed > last:
            due.append(replace(item, due_at=max(now, last + ABSOLUTE_COOLDOWN / scale)))
    return due
