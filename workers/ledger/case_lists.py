"""Cases as lines of lists: as much of each as a list shows, without a look at its log."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, true

from crawler.model import CaseClass, CaseState
from workers.ledger.sql.keys import batched
from workers.ledger.tables import case, repository

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["CaseListed", "counts", "keys_of", "last_changed"]

_CLASS = func.coalesce(case.c.class_set, case.c.class_known)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseListed:
    """One line."""

    key: str
    host: str
    path: str
    """Of the repository, as it is called now."""
    reported_at: datetime | None
    resolved_at: datetime | None
    changed_at: datetime


def counts(conn: Connection) -> dict[tuple[CaseState, CaseClass | None], int]:
    """Return how many cases there are in each state and of each class; pairs without any are left out."""
    columns = (case.c.state, _CLASS)
    rows = conn.execute(select(*columns, func.count()).group_by(*columns))
    return {
        (CaseState(state), None if word is None else CaseClass(word)): n for state, word, n in rows
    }


def last_changed(
    conn: Connection, state: CaseState, classes: Collection[CaseClass], most: int
) -> tuple[CaseListed, ...]:
    """Return at most `most` of the cases in `state`, the one that changed last first; no classes: of any."""
    of_class = _CLASS.in_([one.value for one in classes]) if classes else true()
    order = (case.c.changed_at.desc(), case.c.repository_id)
    times = (case.c.reported_at, case.c.resolved_at, case.c.changed_at)
    rows = conn.execute(
        select(case.c.key, repository.c.host, repository.c.path, *times)
        .join(repository, repository.c.id == case.c.repository_id)
        .where(case.c.state == state.value, of_class)
        .order_by(*order)
        .limit(most)
    )
    return tuple(
        CaseListed(
            key=key, host=host, path=path, reported_at=told, resolved_at=gone, changed_at=changed
        )
        for key, host, path, told, gone, changed in rows
    )


def keys_of(conn: Connection, numbers: Collection[int]) -> dict[int, str]:
    """Return the keys of the cases of these repositories, by number; those without one are left out."""
    found = dict[int, str]()
    for some in batched(sorted(numbers)):
        known = select(case.c.repository_id, case.c.key).where(case.c.repository_id.in_(some))
        found |= dict(conn.execute(known).all())
    return found
