"""What the ledger knows around a repository with findings: its owner's others, copies of its locks, its upstream."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select, tuple_

from crawler.model import Confidence, FindingStatus, ProjectKey, Tier
from workers.ledger.pivots import Relation
from workers.ledger.sql.keys import batched, project_of, written
from workers.ledger.tables import finding, finding_project, pivot, repository, sighting

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

__all__ = ["Place", "Relations", "owner_of", "relations"]

Place = tuple[str, str]
"""Host and path of a repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """What was asked for about some repositories, by what it was asked by."""

    pinning: Mapping[ProjectKey, frozenset[Place]]
    """Project -> repositories with open findings of its files or listed releases."""
    holding: Mapping[str, frozenset[Place]]
    """Blob of a lock -> repositories, forks left out, that have it as far as anybody looked."""
    refs: Mapping[tuple[int, str, str], frozenset[str]]
    """Repository, path and blob of a lock -> refs that have it."""
    of_owners: Mapping[tuple[str, str | None], frozenset[Place]]
    """Host and owner -> all those of its repositories that are among the above."""
    made: Mapping[Place, str] = field(default_factory=dict)
    """Of those that pin, or have such a lock: when the host says that it made them."""
    owners_listed: frozenset[int] = field(default_factory=frozenset)
    """Repositories of whose owner all others were asked for."""
    visited: frozenset[Place] = field(default_factory=frozenset)
    """Those of the places asked about that were ever read."""


def owner_of(path: str) -> str | None:
    """Return the account that `owner/name` lies in; None for a path without one."""
    owner, slash, _ = path.partition("/")
    return owner if slash else None


def relations(
    conn: Connection,
    projects: Iterable[ProjectKey],
    oids: Iterable[str],
    ids: Iterable[int],
    upstreams: Iterable[Place],
) -> Relations:
    """Look up what surrounds repositories: by projects, blobs of locks, own ids, and what they are forks of."""
    holding: dict[str, set[Place]] = defaultdict(set)
    refs: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    pinning, made = _pinning(conn, projects)
    for some in batched(set(oids)):
        for oid, path, ref, row_id, host, where, fork_of, created in conn.execute(_sightings(some)):
            refs[row_id, path, oid].add(ref)
            if fork_of is None:
                holding[oid].add((host, where))
            if created is not None:
                made[host, where] = created
    return Relations(
        pinning=pinning,
        holding={oid: frozenset(places) for oid, places in holding.items()},
        of_owners=_by_owner(set[Place]().union(*pinning.values(), *holding.values())),
        refs={key: frozenset(of_one) for key, of_one in refs.items()},
        owners_listed=_owners_listed(conn, ids),
        made=made,
        visited=_visited(conn, upstreams),
    )


def _by_owner(places: Iterable[Place]) -> Mapping[tuple[str, str | None], frozenset[Place]]:
    found: dict[tuple[str, str | None], set[Place]] = defaultdict(set)
    for host, path in places:
        found[host, owner_of(path)].add((host, path))
    return {owner: frozenset(own) for owner, own in found.items()}


def _sightings(oids: tuple[str, ...]) -> Select[Any]:
    columns = (
        sighting.c.oid,
        sighting.c.path,
        sighting.c.ref,
        repository.c.id,
        repository.c.host,
        repository.c.path.label("place"),
        repository.c.fork_of,
        repository.c.created_at,
    )
    return (
        select(*columns)
        .join(repository, repository.c.id == sighting.c.repository_id)
        .where(sighting.c.oid.in_(oids), ~sighting.c.gone)
    )


def _pinning(
    conn: Connection, projects: Iterable[ProjectKey]
) -> tuple[Mapping[ProjectKey, frozenset[Place]], dict[Place, str]]:
    sure = [one.value for one in Confidence if one.rank >= Confidence.LIKELY.rank]
    is_open = [one.value for one in FindingStatus if one.is_open]
    counts = and_(
        finding.c.state.in_(is_open),
        finding.c.confidence.in_(sure),
        finding.c.tier.in_([Tier.A.value, Tier.B.value]),
    )
    found: dict[ProjectKey, set[Place]] = defaultdict(set)
    made: dict[Place, str] = {}
    for some in batched({written(one) for one in projects}):
        statement = (
            select(
                finding_project.c.project,
                finding.c.host,
                finding.c.path,
                repository.c.created_at,
            )
            .join(finding, finding.c.key == finding_project.c.key)
            .outerjoin(repository, repository.c.id == finding.c.repository_id)
            .where(finding_project.c.project.in_(some), counts)
            .distinct()
        )
        for project, host, path, created in conn.execute(statement):
            found[project_of(project)].add((host, path))
            if created is not None:
                made[host, path] = created
    return {project: frozenset(places) for project, places in found.items()}, made


def _owners_listed(conn: Connection, ids: Iterable[int]) -> frozenset[int]:
    return frozenset(
        one
        for some in batched(set(ids))
        for one in conn.scalars(
            select(pivot.c.repository_id).where(
                pivot.c.repository_id.in_(some),
                pivot.c.kind == Relation.OWNER.value,
                ~pivot.c.bounded,
            )
        )
    )


def _visited(conn: Connection, places: Iterable[Place]) -> frozenset[Place]:
    return frozenset(
        (host, path)
        for some in batched(set(places))
        for host, path in conn.execute(
            select(repository.c.host, repository.c.path).where(
                tuple_(repository.c.host, repository.c.path).in_(some),
                repository.c.visited_at.is_not(None),
            )
        )
    )
