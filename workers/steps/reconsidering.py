"""Judge again what something else is said of, or of which a vouching has run out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from crawler.model import ProjectKey
from crawler.verdicts.judge import judge
from crawler.verdicts.most_used import MOST_USED
from workers.ledger import allowances, assertions, verdicts, work
from workers.ledger.work_items import Kind, WorkItem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from workers.ledger.allowances import Allowance
    from workers.ledger.ledger import Ledger

__all__ = ["Then", "allow", "nothing_more", "reconsider", "reconsider_ran_out"]


Then: TypeAlias = "Callable[[Connection, Collection[ProjectKey]], object]"
"""What else the projects whose verdicts changed call for, done in the same transaction."""


def nothing_more(_conn: Connection, _changed: Collection[ProjectKey]) -> None:
    """Do nothing: a hunt through what is known is all that a change calls for."""


def reconsider(
    conn: Connection,
    projects: Iterable[ProjectKey],
    now: datetime,
    protected: Collection[ProjectKey] = MOST_USED,
    then: Then = nothing_more,
) -> tuple[ProjectKey, ...]:
    """Judge `projects` again; return those whose verdicts changed, each now due for a retro-hunt.

    `protected` are those that no record accuses by their name alone, as `judge` takes them; `then` is
    told what changed.
    """
    judged = {
        key: judge(key, said, now, protected)
        for key, said in assertions.of_projects(conn, sorted(projects))
    }
    changed = verdicts.replace(conn, judged, now)
    work.offer(
        conn,
        [
            WorkItem(kind=Kind.HUNT, key=f"{key.ecosystem}/{key.name}", due_at=now)
            for key in changed
        ],
        now,
    )
    if changed:
        then(conn, changed)
    return changed


def reconsider_ran_out(
    ledger: Ledger,
    now: datetime,
    protected: Collection[ProjectKey] = MOST_USED,
    then: Then = nothing_more,
) -> tuple[ProjectKey, ...]:
    """Judge again what was allowed until now; return the projects whose verdicts changed.

    Nobody says anything when an entry of the allow list runs out, so whoever learns or hunts asks
    first. It costs one look-up as long as nothing is allowed.
    """
    with ledger.read() as conn:
        due = allowances.ran_out(conn, now)
    if not due:
        return ()
    again = partial(reconsider, projects=due, now=now, protected=protected, then=then)
    return ledger.transaction(again)


def allow(
    ledger: Ledger,
    entry: Allowance,
    now: datetime,
    protected: Collection[ProjectKey] = MOST_USED,
) -> tuple[ProjectKey, ...]:
    """Write an entry of the allow list, or the end of one; return the projects judged otherwise now."""

    def write(conn: Connection) -> tuple[ProjectKey, ...]:
        return reconsider(conn, allowances.append(conn, entry, now), now, protected)

    return ledger.transaction(write)
