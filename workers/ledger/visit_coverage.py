"""What the last visits of repositories covered, and what they did not read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import distinct, func, select

from crawler.model import Outcome
from workers.ledger.tables import head, repository, visit_skipped

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Coverage", "NotLookedAt", "coverage", "not_looked_at", "seen_at_root"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many repositories of a host had which outcome at their last visit."""

    host: str
    outcome: Outcome | None
    """None: never visited."""
    repositories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLookedAt:
    """Something that the last visit of a repository did not read."""

    host: str
    repository: str
    path: str
    """Of a file, or what else the visit called it."""
    context: str
    """Where in the file; empty: all of it."""
    reason: str
    times: int = 1
    """How many such things this stands for."""

    @property
    def is_file(self) -> bool:
        """Whether it is not the repository as a whole."""
        return self.path != self.repository

    @property
    def where(self) -> str:
        """The path and the place in the file."""
        return f"{self.path}: {self.context}" if self.context else self.path


def coverage(conn: Connection) -> tuple[Coverage, ...]:
    """Return per host and outcome how many repositories there are, in stable order."""
    columns = (repository.c.host, repository.c.outcome)
    rows = conn.execute(select(*columns, func.count()).group_by(*columns))
    counted = (
        Coverage(host=host, outcome=None if outcome is None else Outcome(outcome), repositories=n)
        for host, outcome, n in rows
    )
    return tuple(sorted(counted, key=lambda row: (row.host, row.outcome or "")))


def not_looked_at(conn: Connection) -> Iterator[NotLookedAt]:
    """Yield what the last visits did not read, by host and repository."""
    statement = (
        select(
            repository.c.host,
            repository.c.path,
            visit_skipped.c.context,
            visit_skipped.c.reason,
            visit_skipped.c.times,
        )
        .join(repository, repository.c.id == visit_skipped.c.repository_id)
        .order_by(repository.c.host, repository.c.path, visit_skipped.c.position)
    )
    for host, name, path, reason, times in conn.execute(statement):
        yield NotLookedAt(
            host=host, repository=name, path=path, context="", reason=reason, times=times
        )


def seen_at_root(conn: Connection) -> Iterator[tuple[str, int]]:
    """Yield per host how many repositories have a head of which only the root was looked at."""
    statement = (
        select(repository.c.host, func.count(distinct(repository.c.id)))
        .join(head, head.c.repository_id == repository.c.id)
        .where(head.c.root_only)
        .group_by(repository.c.host)
        .order_by(repository.c.host)
    )
    yield from conn.execute(statement)
