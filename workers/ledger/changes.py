"""How the verdicts on a project came to be what they are: superseded rows stay, and are read here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from crawler.model import ProjectKey, Subject, Verdict, VerdictState
from workers.ledger.sql.keys import written
from workers.ledger.tables import assertion, verdict
from workers.values import decode

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["VerdictChange", "of_project"]

_Place = tuple[str | None, str | None, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChange:
    """A verdict that became another one."""

    at: datetime
    """UTC; when the ledger learned it."""
    subject: Subject
    before: VerdictState | None
    """None: nothing was said of the subject before."""
    after: VerdictState | None
    """None: nothing is said of the subject any more."""
    records: tuple[tuple[str, str], ...]
    """(feed, record id) of what was recorded in the same moment; nothing where time alone did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    verdict: Verdict
    opened_at: datetime
    closed_at: datetime | None


def of_project(conn: Connection, key: ProjectKey) -> tuple[VerdictChange, ...]:
    """Return every change of a state on `key`, its releases and its files, the oldest first."""
    statement = (
        select(verdict.c.body, verdict.c.recorded_at, verdict.c.until)
        .where(verdict.c.project == written(key))
        .order_by(verdict.c.id)
    )
    rows = [
        _Row(verdict=decode(Verdict, body), opened_at=opened, closed_at=closed)
        for body, opened, closed in conn.execute(statement)
    ]
    causes = _causes(conn, key)
    found = [
        VerdictChange(
            at=at, subject=subject, before=before, after=after, records=causes.get(at, ())
        )
        for at, subject, before, after in _steps(rows)
        if before is not after
    ]
    return tuple(sorted(found, key=lambda change: change.at))


def _steps(
    rows: Sequence[_Row],
) -> Iterable[tuple[datetime, Subject, VerdictState | None, VerdictState | None]]:
    """Pair each row with the one that it took the place of in the same moment."""
    closed: defaultdict[_Place, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.closed_at is not None:
            closed[_place(row, row.closed_at)].append(row)
    for row in rows:
        subject = row.verdict.subject
        candidates = closed[_place(row, row.opened_at)]
        before = next((one for one in candidates if _may_be(one.verdict.subject, subject)), None)
        if before is not None:
            candidates.remove(before)
        state = None if before is None else before.verdict.state
        yield row.opened_at, subject, state, row.verdict.state
    for (_, _, at), left in closed.items():
        yield from ((at, row.verdict.subject, row.verdict.state, None) for row in left)


def _place(row: _Row, at: datetime) -> _Place:
    version, file = row.verdict.subject.version, row.verdict.subject.file
    return version, None if file is None else file.filename, at


def _may_be(one: Subject, other: Subject) -> bool:
    """Say whether both are the same file, of which more digests may have become known meanwhile."""
    if one.file is None or other.file is None:
        return True
    known = {d.algorithm: d.hex for d in one.file.digests}
    return all(known.get(d.algorithm, d.hex) == d.hex for d in other.file.digests)


def _causes(conn: Connection, key: ProjectKey) -> dict[datetime, tuple[tuple[str, str], ...]]:
    """Return what was recorded when: a page and the verdicts that follow share one moment."""
    causes: defaultdict[datetime, dict[tuple[str, str], None]] = defaultdict(dict)
    for at, feed, record_id in conn.execute(
        select(assertion.c.recorded_at, assertion.c.feed, assertion.c.record_id)
        .where(assertion.c.project == written(key))
        .order_by(assertion.c.id)
    ):
        causes[at][feed, record_id] = None
    return {at: tuple(records) for at, records in causes.items()}
