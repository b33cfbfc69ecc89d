"""What visits brought home: heads, sightings, and what was skipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, not_, select, tuple_, update

from crawler import lockfiles
from crawler.git.skips import Skips
from crawler.model import Head, Outcome, Refs, Sighting, Skipped, Visit, ref_kind
from workers.ledger.presence import no_ref_is_left, take_away
from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import insert_new, upsert
from workers.ledger.tables import head, hint, repository, sighting, visit, visit_skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, Connection

__all__ = [
    "PastVisit",
    "history",
    "is_eventful",
    "is_read_since",
    "last_read",
    "last_visits",
    "record_visit",
]

_READ = (Outcome.VISITED.value, Outcome.UNCHANGED.value, Outcome.EMPTY.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVisit:
    """One visit, as the visit policy wants to know it."""

    visited_at: datetime
    outcome: Outcome
    new_sightings: int
    """Locks at places where they were not seen before; 0 makes a visit uneventful."""


def record_visit(
    conn: Connection,
    repository_id: int,
    brought: Visit,
    now: datetime,
    *,
    parser_version: str = "",
) -> None:
    """Store what a visit brought home; recording the same visit twice changes nothing.

    `parser_version` says which files were looked for (see `frontier.heads`).

    Heads and what was skipped are those of the last visit. Sightings are kept for ever: one that was
    looked for and not seen is gone and keeps its `last_seen`. A repository that is gone, blocked or empty
    has no head; a visit that saw nothing (private, deferred, failed) leaves heads and sightings as they
    were.
    """
    if brought.outcome is Outcome.UNCHANGED:
        _see_again(conn, repository_id, brought, now)
    elif brought.outcome is Outcome.VISITED or no_ref_is_left(brought):
        _replace_heads(conn, repository_id, brought, parser_version)
    take_away(conn, repository_id, brought)
    new = _see(conn, repository_id, brought.sightings, now)
    if brought.outcome is not Outcome.UNCHANGED or brought.skipped:
        _replace_skipped(conn, repository_id, brought)
    row = {
        "repository_id": repository_id,
        "visited_at": now,
        "outcome": brought.outcome.value,
        "refs": brought.refs.value if brought.outcome.value in _READ else None,
    }
    insert_new(conn, visit, [row | {"new_sightings": new}])
    values = {"outcome": brought.outcome.value, "visited_at": now}
    conn.execute(update(repository).where(repository.c.id == repository_id).values(values))


def is_eventful(conn: Connection, repository_id: int, brought: Visit) -> bool:
    """Say whether `brought` has a lock at a place where it was not seen yet; ask before recording it."""
    key = (sighting.c.ref, sighting.c.path, sighting.c.oid)
    known = conn.execute(select(*key).where(sighting.c.repository_id == repository_id))
    places = {tuple(row) for row in known}
    return any((one.ref, one.path, one.oid) not in places for one in brought.sightings)


def is_read_since(conn: Connection, host: str, since: datetime) -> bool:
    """Say whether a repository of `host` was read at `since` or later."""
    read = (repository.c.host == host, repository.c.outcome.in_(_READ))
    return conn.scalar(select(exists().where(*read, repository.c.visited_at >= since))) or False


def _replace_heads(
    conn: Connection, repository_id: int, brought: Visit, parser_version: str
) -> None:
    """Replace what was looked at: every ref of some kinds, or the default branch, whatever its name was.

    A look at the root does not make a head less known whose folders were all read before by the same
    parsers.
    """
    stale = head.c.repository_id == repository_id
    if not no_ref_is_left(brought):
        of_this = select(head.c.ref).where(head.c.repository_id == repository_id)
        in_full = brought.refs.kinds - set(brought.refs_left_out)
        others = (ref for ref in conn.scalars(of_this) if ref_kind(ref) in in_full)
        seen = head.c.ref.in_({*(one.ref for one in brought.heads), *others})
        stale &= seen | head.c.is_default if brought.refs is Refs.DEFAULT else seen
    if brought.root_only:
        stale &= not_(_is_one_of(brought.heads)) | (head.c.parser_version != parser_version)
    conn.execute(delete(head).where(stale))
    rows = [
        {
            "repository_id": repository_id,
            "ref": one.ref,
            "commit_id": one.commit,
            "is_default": one.is_default,
            "root_only": brought.root_only,
            "parser_version": parser_version,
        }
        for one in brought.heads
    ]
    insert_new(conn, head, rows)


def _is_one_of(heads: Sequence[Head]) -> ColumnElement[bool]:
    return tuple_(head.c.ref, head.c.commit_id).in_([(one.ref, one.commit) for one in heads])


def _see_again(conn: Connection, repository_id: int, brought: Visit, now: datetime) -> None:
    """What was seen at the heads is seen there again; what no look has reached since is not."""
    places = [(one.ref, one.commit) for one in brought.heads]
    for some in batched(places):
        at_heads = tuple_(sighting.c.ref, sighting.c.commit_id).in_(some)
        here = (sighting.c.repository_id == repository_id, ~sighting.c.gone, at_heads)
        conn.execute(update(sighting).where(*here).values(last_seen=now))


def _see(conn: Connection, repository_id: int, sightings: Sequence[Sighting], now: datetime) -> int:
    """Store `sightings`; return how many were not known."""
    before = _known(conn, repository_id)
    rows = [
        {
            "repository_id": repository_id,
            "oid": one.oid,
            "path": one.path,
            "reading": lockfiles.reading_of(one.path),
            "ref": one.ref,
            "commit_id": one.commit,
            "first_seen": now,
            "last_seen": now,
            "gone": False,
        }
        for one in sightings
    ]
    key = ("repository_id", "ref", "path", "oid")
    upsert(conn, sighting, rows, key=key, update=("reading", "commit_id", "last_seen", "gone"))
    return _known(conn, repository_id) - before


def _known(conn: Connection, repository_id: int) -> int:
    statement = select(func.count()).where(sighting.c.repository_id == repository_id)
    return conn.scalar(statement) or 0


def _replace_skipped(conn: Connection, repository_id: int, brought: Visit) -> None:
    conn.execute(delete(visit_skipped).where(visit_skipped.c.repository_id == repository_id))
    rows = [
        {
            "repository_id": repository_id,
            "position": position,
            "context": one.context,
            "reason": one.reason,
            "times": one.times,
        }
        for position, one in enumerate(_bounded(brought.skipped))
    ]
    insert_new(conn, visit_skipped, rows)


def _bounded(skipped: Sequence[Skipped]) -> Sequence[Skipped]:
    """Count by reason what are too many to be named one by one, whoever the reader was."""
    skips = Skips("visit")
    for one in skipped:
        worth = lockfiles.worth_of(one.context)
        skips.add(one.context, one.reason, worth=worth, times=one.times)
    return skips.take()


def history(conn: Connection, repository_id: int, limit: int = 20) -> tuple[PastVisit, ...]:
    """Return the last `limit` visits of a repository, the latest first."""
    columns = (visit.c.visited_at, visit.c.outcome, visit.c.new_sightings)
    statement = select(*columns).where(visit.c.repository_id == repository_id)
    rows = conn.execute(statement.order_by(visit.c.visited_at.desc()).limit(limit))
    return tuple(
        PastVisit(visited_at=at, outcome=Outcome(outcome), new_sightings=new)
        for at, outcome, new in rows
    )


def last_read(
    conn: Connection, ids: Collection[int], *, root_only: bool, parser_version: str
) -> Mapping[int, datetime]:
    """Return when repositories were last read, of those that were read as well as they would be now.

    Left out are those of which a search has named a file since, heads that other parsers have read,
    and without `root_only` heads of which only the root was looked at.
    """
    named = exists().where(
        hint.c.repository_id == repository.c.id, hint.c.first_seen >= repository.c.visited_at
    )
    worse = head.c.parser_version != parser_version
    if not root_only:
        worse |= head.c.root_only
    unread = exists().where(head.c.repository_id == repository.c.id, worse)
    found: dict[int, datetime] = {}
    for some in batched(ids):
        statement = select(repository.c.id, repository.c.visited_at).where(
            repository.c.id.in_(some), repository.c.outcome.in_(_READ), ~named, ~unread
        )
        found |= {row.id: row.visited_at for row in conn.execute(statement)}
    return found


def last_visits(conn: Connection, ids: Collection[int]) -> Mapping[int, datetime]:
    """Return when repositories were last visited, however that ended; those never visited are left out."""
    found: dict[int, datetime] = {}
    for some in batched(ids):
        statement = select(repository.c.id, repository.c.visited_at).where(
            repository.c.id.in_(some), repository.c.visited_at.is_not(None)
        )
        found |= {row.id: row.visited_at for row in conn.execute(statement)}
    return found
