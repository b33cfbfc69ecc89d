"""Where the releases of a project are pinned, by the findings about it; and which projects are pinned most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crawler.model import Confidence, Finding, FindingStatus, ProjectKey
from workers.ledger.sql.keys import written
from workers.ledger.tables import finding, finding_project
from workers.values import decode

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["FindingPlace", "most_pinned", "places_of"]

_OPEN = tuple(one.value for one in FindingStatus if one.is_open)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPlace:
    """A finding about the project."""

    repository: int | None
    """Number of the repository in the ledger."""
    host: str
    path: str
    lock_path: str
    version: str | None
    """That is pinned."""
    confidence: Confidence
    status: FindingStatus
    last_seen: datetime


def places_of(
    conn: Connection, project: ProjectKey, most: int
) -> tuple[int, tuple[FindingPlace, ...]]:
    """Return how many findings about `project` hold, and at most `most` of all, the last seen first."""
    keys = select(finding_project.c.key).where(finding_project.c.project == written(project))
    about = finding.c.key.in_(keys)
    # As a filter of what is counted: as a condition it would lead to an index of all that hold.
    counted = func.count().filter(finding.c.state.in_(_OPEN))
    holding = conn.scalar(select(counted).where(about)) or 0
    rows = conn.execute(
        select(finding).where(about).order_by(finding.c.last_seen.desc(), finding.c.key).limit(most)
    )
    return holding, tuple(
        FindingPlace(
            repository=row.repository_id,
            host=row.host,
            path=row.path,
            lock_path=row.lock_path,
            version=decode(Finding, row.body).match.release[1],
            confidence=Confidence(row.confidence),
            status=FindingStatus(row.state),
            last_seen=row.last_seen,
        )
        for row in rows
    )


def most_pinned(conn: Connection, most: int) -> tuple[tuple[str, int], ...]:
    """Return the projects (`pypi/name`) with most findings, whatever became of them, and how many."""
    count = func.count()
    rows = conn.execute(
        select(finding_project.c.project, count)
        .group_by(finding_project.c.project)
        .order_by(count.desc(), finding_project.c.project)
        .limit(most)
    )
    return tuple(rows.all())
