"""What the last visits of repositories covered, and what they did not read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Integer, cast, distinct, func, select

from crawler.model import Outcome
from workers.ledger.tables import head, repository, visit_skipped
from workers.runs import Way

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "Coverage",
    "NotLookedAt",
    "RefRead",
    "WayCoverage",
    "by_way",
    "coverage",
    "not_looked_at",
    "refs_read",
    "seen_at_root",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many repositories of a host had which outcome at their last visit."""

    host: str
    outcome: Outcome | None
    """None: never visited."""
    repositories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayCoverage:
    """What became of the repositories of a host that one way led to first, by their last visit."""

    host: str
    way: Way | None
    """None: found before ways were noted."""
    outcomes: Mapping[Outcome | None, int]
    """None: never visited."""

    @property
    def found(self) -> int:
        """Repositories."""
        return sum(self.outcomes.values())


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RefRead:
    """What was read of the refs of one name."""

    ref: str
    repositories: int
    """That have such a ref, which was read."""
    at_root: int
    """Of these, how many at its root only."""


def coverage(conn: Connection) -> tuple[Coverage, ...]:
    """Return per host and outcome how many repositories there are, in stable order."""
    columns = (repository.c.host, repository.c.outcome)
    rows = conn.execute(select(*columns, func.count()).group_by(*columns))
    counted = (
        Coverage(host=host, outcome=None if outcome is None else Outcome(outcome), repositories=n)
        for host, outcome, n in rows
    )
    return tuple(sorted(counted, key=lambda row: (row.host, row.outcome or "")))


def by_way(conn: Connection) -> tuple[WayCoverage, ...]:
    """Return the coverage per host and way, by their names."""
    columns = (repository.c.host, repository.c.found_by, repository.c.outcome)
    found: defaultdict[tuple[str, str | None], dict[Outcome | None, int]] = defaultdict(dict)
    for host, way, outcome, n in conn.execute(select(*columns, func.count()).group_by(*columns)):
        found[host, way][None if outcome is None else Outcome(outcome)] = n
    return tuple(
        WayCoverage(host=host, way=None if way is None else Way(way), outcomes=outcomes)
        for (host, way), outcomes in sorted(
            found.items(), key=lambda one: (one[0][0], one[0][1] or "~")
        )
    )


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


def refs_read(conn: Connection, host: str, most: int) -> tuple[Sequence[RefRead], int]:
    """Return the refs of a host that were read, those of most repositories first, and how many more names.

    At most `most` are named.
    """
    repositories, at_root = func.count(), func.sum(cast(head.c.root_only, Integer))
    of_host = (
        select(head.c.ref, repositories, at_root)
        .join(repository, repository.c.id == head.c.repository_id)
        .where(repository.c.host == host)
        .group_by(head.c.ref)
    )
    names = conn.scalar(select(func.count()).select_from(of_host.subquery())) or 0
    rows = conn.execute(of_host.order_by(repositories.desc(), head.c.ref).limit(most))
    read = [RefRead(ref=ref, repositories=count, at_root=root) for ref, count, root in rows]
    return read, names - len(read)
