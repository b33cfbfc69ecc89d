"""What was asked around the repositories of findings, and what was found only because of that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select

from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import in_turn, insert_new
from workers.ledger.tables import gap, pivot, provenance, repository, work
from workers.ledger.work_items import PARTIAL, WorkKind, WorkState

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Repository

__all__ = [
    "NEIGHBOURS",
    "Pivot",
    "Relation",
    "account_absences",
    "found_by",
    "in_line",
    "is_listed_since",
    "kept_in_run",
    "kinds_asked_since",
    "per_host",
    "record",
    "unknown",
]


class Relation(StrEnum):
    """What is asked about the repository of a finding.

    The same blob elsewhere is no kind of its own: every sighting of it is in the ledger already
    (`sightings.of_locks`), and no request would tell more.
    """

    FORK = "fork"
    OWNER = "owner"
    ACCOUNT = "account"
    """Whether its owner is still there, now that the repository is gone; `found` is 0 where not."""


NEIGHBOURS = frozenset({Relation.FORK, Relation.OWNER})
"""What may name other repositories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pivot:
    """One question about the repository of a finding, and how much came of it."""

    finding: str
    """The key of the finding that was the reason."""
    repository_id: int
    kind: Relation
    host: str
    run_id: str
    asked_at: datetime
    found: int
    """Repositories that the host named."""
    kept: int
    """Of these, the ones that nobody had seen and that are to be visited."""
    bounded: bool
    """Whether more were named, or there are more pages, than were kept."""


def in_line(conn: Connection) -> None:
    """Let other pivots wait until this transaction ends, so that none exceeds the bound of a run."""
    in_turn(conn, "pivots")


def record(conn: Connection, one: Pivot, found_first: Iterable[int]) -> None:
    """Store a pivot, as that which found the repositories with these ids first."""
    row = {
        "finding": one.finding,
        "repository_id": one.repository_id,
        "kind": one.kind.value,
        "host": one.host,
        "run_id": one.run_id,
        "asked_at": one.asked_at,
        "found": one.found,
        "kept": one.kept,
        "bounded": one.bounded,
    }
    pivot_id = conn.execute(pivot.insert().values(row).returning(pivot.c.id)).scalar_one()
    rows = [{"repository_id": i, "pivot_id": pivot_id} for i in found_first]
    insert_new(conn, provenance, rows)


def kinds_asked_since(conn: Connection, repository_id: int, since: datetime) -> frozenset[Relation]:
    """Return what was asked about a repository after `since`."""
    of_it = and_(pivot.c.repository_id == repository_id, pivot.c.asked_at > since)
    return frozenset(map(Relation, conn.scalars(select(pivot.c.kind).where(of_it).distinct())))


def account_absences(
    conn: Connection, repository_ids: Collection[int]
) -> Mapping[int, tuple[datetime, datetime]]:
    """Return since when the owner of a repository was not there, and when that was asked last (UTC).

    Those that were there at the last look, or that nobody asked about, are left out.
    """
    looks: dict[int, list[datetime]] = {}
    for some in batched(sorted(repository_ids)):
        asked = (pivot.c.repository_id.in_(some), pivot.c.kind == Relation.ACCOUNT.value)
        rows = select(pivot.c.repository_id, pivot.c.asked_at, pivot.c.found).where(*asked)
        for number, at, there in conn.execute(rows.order_by(pivot.c.id)):
            looks[number] = [] if there else [*looks.get(number, []), at]
    return {number: (times[0], times[-1]) for number, times in looks.items() if times}


def kept_in_run(conn: Connection, run_id: str) -> int:
    """Return how many repositories the pivots of a run have found so far."""
    kept = select(func.coalesce(func.sum(pivot.c.kept), 0)).where(pivot.c.run_id == run_id)
    return conn.scalar(kept) or 0


def unknown(conn: Connection, found: Sequence[Repository]) -> tuple[Repository, ...]:
    """Return those of `found`, each once and in their order, of which the ledger knows nothing.

    A repository is known by its native id, or by its path unless both have ids and these differ:
    then the old one is gone and another has its name.
    """
    known = {place for some in batched(found) for place in _known(conn, some)}
    fresh: dict[tuple[str, str, str | None], Repository] = {}
    for one in found:
        ids = [("native", one.host, one.native_id), ("nameless", one.host, one.path)]
        if one.native_id is None:
            ids.append(("path", one.host, one.path))
        if not known.intersection(ids):
            fresh.setdefault((one.host, one.path, one.native_id), one)
    return tuple(fresh.values())


def _known(
    conn: Connection, found: Collection[Repository]
) -> Iterable[tuple[str, str, str | None]]:
    hosts = {one.host for one in found}
    same = or_(
        repository.c.path.in_([one.path for one in found]),
        repository.c.native_id.in_([one.native_id for one in found if one.native_id is not None]),
    )
    columns = (repository.c.host, repository.c.path, repository.c.native_id)
    for host, path, native_id in conn.execute(
        select(*columns).where(repository.c.host.in_(hosts), same)
    ):
        yield "path", host, path
        yield ("nameless", host, path) if native_id is None else ("native", host, native_id)


def is_listed_since(conn: Connection, host: str, since: datetime) -> bool:
    """Say whether all of the list of `host` was told without a gap, its last page after `since`.

    A look at what has changed only, or at one owner, tells nothing of the rest.
    """
    refused = exists().where(gap.c.kind == work.c.kind, gap.c.key == work.c.key)
    pages = select(
        func.count().filter(or_(work.c.state != WorkState.DONE.value, refused)),
        func.max(work.c.due_at),
    ).where(
        work.c.kind == WorkKind.LIST.value,
        work.c.host == host,
        ~work.c.key.startswith(f"{host}|{PARTIAL} ", autoescape=True),
    )
    left, last = conn.execute(pages).one()
    return left == 0 and last is not None and last > since


def found_by(conn: Connection, repository_ids: Collection[int]) -> Mapping[int, Pivot]:
    """Return the pivots that found these repositories first, by the id of the repository."""
    found: dict[int, Pivot] = {}
    for some in batched(repository_ids):
        statement = (
            select(provenance.c.repository_id.label("found_id"), pivot)
            .join(pivot, pivot.c.id == provenance.c.pivot_id)
            .where(provenance.c.repository_id.in_(some))
        )
        for row in conn.execute(statement):
            found[row.found_id] = Pivot(
                finding=row.finding,
                repository_id=row.repository_id,
                kind=Relation(row.kind),
                host=row.host,
                run_id=row.run_id,
                asked_at=row.asked_at,
                found=row.found,
                kept=row.kept,
                bounded=row.bounded,
            )
    return found


def per_host(conn: Connection) -> Mapping[str, int]:
    """Return how many repositories of each host only a pivot found."""
    statement = (
        select(repository.c.host, func.count().label("repositories"))
        .join(provenance, provenance.c.repository_id == repository.c.id)
        .group_by(repository.c.host)
    )
    return {row.host: row.repositories for row in conn.execute(statement)}
