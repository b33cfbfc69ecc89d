"""Which projects have a file with the same digest: whose it really is tells a wrong digest in a record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crawler.model import Assertion, Digest, ProjectKey
from workers.ledger.sql.keys import batched, project_of, written
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import file_owner

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

__all__ = ["note", "on_files_of", "sharing"]

_PREFIX = 16
_MOST_OWNERS = 50
"""Projects that are looked at for one digest: more say nothing new, and a feed may name thousands."""


def note(conn: Connection, said: Iterable[Assertion]) -> None:
    """Remember whose the files are that `said` speaks of; repeating it changes nothing."""
    owners = {(_prefix(d), written(a.subject.project)) for a in said for d in _digests(a)}
    insert_new(conn, file_owner, [{"prefix": one, "project": key} for one, key in sorted(owners)])


def _prefix(digest: Digest) -> bytes:
    """Return enough of a digest that nobody makes two files share it."""
    return bytes.fromhex(digest.hex)[:_PREFIX]


def sharing(
    conn: Connection, keys: Iterable[ProjectKey]
) -> Mapping[ProjectKey, tuple[ProjectKey, ...]]:
    """Return for each of `keys` the other projects that were said to have one of its files, by name."""
    own: defaultdict[ProjectKey, set[bytes]] = defaultdict(set)
    for some in batched(keys):
        wanted = file_owner.c.project.in_([written(key) for key in some])
        for one, project in conn.execute(_owners().where(wanted)):
            own[project_of(project)].add(bytes(one))
    owners: defaultdict[bytes, list[ProjectKey]] = defaultdict(list)
    for few in batched({one for prefixes in own.values() for one in prefixes}):
        rows = conn.execute(_owners().where(file_owner.c.prefix.in_(few)))
        for one, project in rows:
            owners[bytes(one)].append(project_of(project))
    return {
        key: tuple(sorted({p for one in some for p in islice(owners[one], _MOST_OWNERS)} - {key}))
        for key, some in own.items()
    }


def _owners() -> Select[tuple[Any, ...]]:
    return select(file_owner.c.prefix, file_owner.c.project).order_by(file_owner.c.project)


def on_files_of(own: Iterable[Assertion], others: Iterable[Assertion]) -> Iterator[Assertion]:
    """Yield those of `others` that speak of a file with a digest which one of `own` states."""
    digests = {d for a in own for d in _digests(a)}
    return (a for a in others if not digests.isdisjoint(_digests(a)))


def _digests(said: Assertion) -> Iterable[Digest]:
    file = said.subject.file
    return () if file is None else [d for d in file.digests if d.identifies]
