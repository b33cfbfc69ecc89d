"""The inverted index: which stored locks pin what. It answers the retro-hunt without any crawl."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, BigInteger, Select, any_, func, literal, select, tuple_

from crawler.model import Digest, LockId, Pin, ProjectKey, digest_in_path
from crawler.model.urls import normalize
from workers.ledger.blocks import inflated, prefix
from workers.ledger.sql.keys import batched, release, written
from workers.ledger.tables import block, block_digest, block_name, lock, pin

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection

__all__ = [
    "count_with",
    "locks_among",
    "locks_with",
    "pinned_releases",
    "pins_naming",
    "pins_with",
]

_LOCKS = 10_000
"""Locks that are looked up at once."""
_MOST_BLOCKS = 100
"""Blocks that are opened to see what locks state of one file; they state much the same."""


def locks_with(
    conn: Connection,
    *,
    digests: Collection[Digest] = (),
    releases: Collection[tuple[ProjectKey, str]] = (),
    projects: Collection[ProjectKey] = (),
) -> tuple[LockId, ...]:
    """Return all locks that pin any of these, sorted: the retro-hunt.

    A project or release is found by its declared name and by the name that a file name states. It is
    a superset by design (digests are compared by 16 bytes): the matcher has the last word.

    Args:
        conn: Any connection.
        digests: Of files.
        releases: Projects with versions in any spelling.
        projects: With every version.
    """
    ids: set[int] = set()
    for blocks in _lookups(digests, releases, projects):
        ids.update(conn.scalars(select(pin.c.lock_id).where(pin.c.block_id.in_(blocks))))
    return tuple(LockId(oid=oid, reading=reading) for oid, reading in sorted(_named(conn, ids)))


def locks_among(
    conn: Connection, oids: Collection[str], projects: Collection[ProjectKey]
) -> frozenset[str]:
    """Return those of `oids` that are locks which pin one of `projects`, by any of its names."""
    named = [written(key.unplaced) for key in projects]
    found: set[str] = set()
    for some in batched(oids):
        of_them = (lock.c.oid.in_(some), block_name.c.project.in_(named))
        statement = (
            select(lock.c.oid)
            .join(pin, pin.c.lock_id == lock.c.id)
            .join(block_name, block_name.c.block_id == pin.c.block_id)
            .where(*of_them)
        )
        found.update(conn.scalars(statement))
    return frozenset(found)


def _named(conn: Connection, ids: Collection[int]) -> Iterator[tuple[str, str]]:
    """Yield oid and reading of locks by their ids, apart from the look-up of the ids.

    In one statement PostgreSQL guesses how many locks hold a block, far too high for the rare ones,
    and reads all locks.
    """
    for some in batched(sorted(ids), _LOCKS):
        chosen = select(lock.c.oid, lock.c.reading).where(_among(conn, lock.c.id, some))
        yield from ((oid, reading) for oid, reading in conn.execute(chosen))


def _among(conn: Connection, column: Column[int], ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `ids`, with all of them in one parameter.

    A parameter each costs more than the look-up itself where they are thousands.
    """
    if conn.dialect.name == "postgresql":
        return column == any_(literal(list(ids), ARRAY(BigInteger)))
    each = func.json_each(json.dumps(ids)).table_valued("value")
    return column.in_(select(each.c.value))


def count_with(
    conn: Connection,
    *,
    digests: Collection[Digest] = (),
    releases: Collection[tuple[ProjectKey, str]] = (),
    projects: Collection[ProjectKey] = (),
) -> int:
    """Return how many locks `locks_with` would name, without naming them."""
    lookups = _lookups(digests, releases, projects)
    blocks = {row for lookup in lookups for row in conn.scalars(lookup)}
    some = list(batched(sorted(blocks)))
    if len(some) <= 1:
        wanted = pin.c.block_id.in_(some[0] if some else ())
        return conn.scalar(select(func.count(pin.c.lock_id.distinct())).where(wanted)) or 0
    locks: set[int] = set()
    for ids in some:
        locks.update(conn.scalars(select(pin.c.lock_id).where(pin.c.block_id.in_(ids))))
    return len(locks)


def pins_with(conn: Connection, digests: Collection[Digest]) -> tuple[Pin, ...]:
    """Return what stored locks state of files with one of `digests`, stated or in the URL path.

    A lock line carries several digests of one file, so it bridges feeds that know only one. At most
    100 blocks are opened.
    """
    wanted = set(digests)
    found: dict[Pin, None] = {}
    ids = select(block_digest.c.block_id).where(
        block_digest.c.prefix.in_([prefix(digest) for digest in wanted])
    )
    bodies = select(block.c.body).where(block.c.id.in_(ids)).order_by(block.c.id)
    for body in conn.scalars(bodies.limit(_MOST_BLOCKS)):
        of_file = (one for one in inflated(bytes(body)) if wanted & set(_digests(one)))
        found |= dict.fromkeys(of_file)
    return tuple(found)


def pinned_releases(
    conn: Connection, releases: Collection[tuple[ProjectKey, str]]
) -> frozenset[tuple[ProjectKey, str]]:
    """Return those of `releases` that stored locks pin by name: few questions about many."""
    stated = {
        one: (written(one[0].unplaced), release(one[0].ecosystem, one[1])) for one in releases
    }
    pinned = set[tuple[str, str]]()
    for some in batched(set(stated.values())):
        named = tuple_(block_name.c.project, block_name.c.version).in_(some)
        rows = conn.execute(select(block_name.c.project, block_name.c.version).where(named))
        pinned.update((row.project, row.version) for row in rows)
    return frozenset(one for one, row in stated.items() if row in pinned)


def pins_naming(conn: Connection, project: ProjectKey, version: str) -> tuple[Pin, ...]:
    """Return what stored locks pin of a release, by its declared name or that of its files.

    At most 100 blocks are opened.
    """
    stated = (written(project.unplaced), release(project.ecosystem, version))
    named = (block_name.c.project == stated[0], block_name.c.version == stated[1])
    ids = select(block_name.c.block_id).where(*named)
    bodies = select(block.c.body).where(block.c.id.in_(ids)).order_by(block.c.id)
    pins = (p for body in conn.scalars(bodies.limit(_MOST_BLOCKS)) for p in inflated(bytes(body)))
    return tuple(dict.fromkeys(pins))


def _digests(one: Pin) -> tuple[Digest, ...]:
    carried = digest_in_path(normalize(one.url)) if one.url else None
    return one.digests if carried is None else (*one.digests, carried)


def _lookups(
    digests: Collection[Digest],
    releases: Collection[tuple[ProjectKey, str]],
    projects: Collection[ProjectKey],
) -> Iterator[Select[Any]]:
    for some_digests in batched(digests):
        wanted = [prefix(digest) for digest in some_digests]
        yield select(block_digest.c.block_id).where(block_digest.c.prefix.in_(wanted))
    for some_releases in batched(releases):
        stated = [
            (written(key.unplaced), release(key.ecosystem, version))
            for key, version in some_releases
        ]
        named = tuple_(block_name.c.project, block_name.c.version).in_(stated)
        yield select(block_name.c.block_id).where(named)
    for some in batched(projects):
        of_any = block_name.c.project.in_([written(key.unplaced) for key in some])
        yield select(block_name.c.block_id).where(of_any)
