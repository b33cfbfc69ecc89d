"""What counts of what feeds said: of each (subject, claim) of a record, what its last revision says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crawler.model import Assertion, Claim, ProjectKey, Record
from crawler.verdicts.withdrawals import ACCUSING
from workers.ledger.sql.keys import batched, project_of, written
from workers.ledger.tables import assertion, record
from workers.values import decode, encode

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = [
    "Pair",
    "accusing",
    "feeds",
    "not_heard_since",
    "of_feed",
    "of_projects",
    "pair_of",
    "projects",
    "projects_with",
    "record_count",
    "record_ids",
    "records",
]

_BATCH = 1000
"""Records per round of look-ups."""
Pair = tuple[str, str]
"""Subject (canonical JSON) and claim."""


def of_projects(
    conn: Connection, keys: Iterable[ProjectKey]
) -> Iterator[tuple[ProjectKey, tuple[Assertion, ...]]]:
    """Yield each of `keys` with what counts of it now, in the order of appending.

    What was superseded is left out; what was retracted comes with its `retracted_at`. A project of
    which nothing is said comes with no assertions.
    """
    for some in batched(keys):
        bodies: defaultdict[str, list[Any]] = defaultdict(list)
        wanted = assertion.c.project.in_([written(key) for key in some])
        for project, revision, body in conn.execute(
            select(assertion.c.project, assertion.c.revision, assertion.c.body)
            .where(wanted)
            .order_by(assertion.c.id)
        ):
            bodies[project].append((revision, body))
        for key in some:
            yield key, tuple(_counting(bodies[written(key)]))


def accusing(conn: Connection, feed: str) -> frozenset[str]:
    """Return the ids of the records of `feed` that accuse somebody now."""
    accusations = (assertion.c.feed == feed, assertion.c.claim.in_(sorted(ACCUSING)))
    said = _counting(conn.execute(_rows().where(*accusations)))
    return frozenset(each.record_id for each in said if each.retracted_at is None)


def record_ids(
    conn: Connection, feed: str, keys: Iterable[ProjectKey] | None = None
) -> tuple[str, ...]:
    """Return the ids of the records in which `feed` ever said anything, of `keys` or of anybody."""
    statement = select(assertion.c.record_id).where(assertion.c.feed == feed).distinct()
    if keys is None:
        return tuple(sorted(conn.scalars(statement)))
    found = set[str]()
    for some in batched(keys):
        wanted = assertion.c.project.in_([written(key) for key in some])
        found.update(conn.scalars(statement.where(wanted)))
    return tuple(sorted(found))


def records(conn: Connection, feed: str, ids: Iterable[str]) -> Iterator[Record]:
    """Yield the records of `feed` as they stand now, in the order of `ids`; see `of_projects`."""
    for some in batched(ids, _BATCH):
        said: dict[str, list[Assertion]] = {record_id: [] for record_id in some}
        where = (assertion.c.feed == feed, assertion.c.record_id.in_(some))
        for each in _counting(conn.execute(_rows().where(*where))):
            said[each.record_id].append(each)
        yield from (Record(id=i, assertions=tuple(each)) for i, each in said.items() if each)


def feeds(conn: Connection) -> tuple[str, ...]:
    """Return the feeds that ever said anything, by name."""
    return tuple(sorted(conn.scalars(select(record.c.feed).distinct())))


def projects_with(
    conn: Connection, claims: Iterable[Claim], feeds: Iterable[str]
) -> tuple[ProjectKey, ...]:
    """Return the projects of which one of `feeds` ever claimed one of `claims`."""
    where = (assertion.c.claim.in_(sorted(claims)), assertion.c.feed.in_(sorted(feeds)))
    rows = conn.scalars(select(assertion.c.project).where(*where).distinct())
    return tuple(sorted(map(project_of, rows)))


def not_heard_since(
    conn: Connection, feed: str, ids: Iterable[str], moment: datetime
) -> tuple[str, ...]:
    """Return those of `ids` of which `feed` said nothing after `moment` (UTC)."""
    old = (record.c.feed == feed, record.c.observed_at <= moment)
    statement = select(record.c.record_id).where(*old)
    return tuple(
        found
        for some in batched(sorted(ids))
        for found in conn.scalars(statement.where(record.c.record_id.in_(some)))
    )


def of_feed(
    conn: Connection, feed: str, as_of: datetime | None = None
) -> Iterator[tuple[datetime, Assertion]]:
    """Yield what counts of all that `feed` said, with the moment it was recorded, by record.

    What was retracted comes with its `retracted_at`. `as_of` (UTC) leaves out what was recorded later.
    """
    columns = (assertion.c.record_id, assertion.c.revision, assertion.c.body)
    statement = (
        select(*columns, assertion.c.recorded_at)
        .where(assertion.c.feed == feed)
        .order_by(assertion.c.record_id, assertion.c.id)
    )
    if as_of is not None:
        statement = statement.where(assertion.c.recorded_at <= as_of)
    rows = conn.execute(statement, execution_options={"yield_per": _BATCH})
    for _, of_record in groupby(rows, key=lambda row: row.record_id):
        held = list(of_record)
        recorded = {row.body: row.recorded_at for row in held}
        for said in _counting((row.revision, row.body) for row in held):
            yield recorded.get(encode(said), held[-1].recorded_at), said


def projects(conn: Connection) -> Iterator[ProjectKey]:
    """Yield every project of which anything was ever said, by name."""
    rows = conn.scalars(select(assertion.c.project).distinct().order_by(assertion.c.project))
    yield from map(project_of, rows)


def record_count(conn: Connection, feed: str | None = None) -> int:
    """Return how many records are known, of one feed or of all."""
    statement = select(func.count()).select_from(record)
    if feed is not None:
        statement = statement.where(record.c.feed == feed)
    return conn.scalar(statement) or 0


def _rows() -> Any:  # noqa: ANN401 - the type of a select names every column
    return select(assertion.c.revision, assertion.c.body).order_by(assertion.c.id)


def _counting(rows: Iterable[Any]) -> list[Assertion]:
    """Keep of each (feed, record, subject, claim) what its last revision says."""
    last: dict[tuple[str, str, Pair], tuple[int, list[Assertion]]] = {}
    for revision, body in rows:
        said = decode(Assertion, body)
        key = (said.feed, said.record_id, pair_of(said))
        known = last.get(key)
        if known is None or known[0] < revision:
            last[key] = (revision, [said])
        else:
            known[1].append(said)
    return [said for _, statements in last.values() for said in statements]


def pair_of(said: Assertion) -> Pair:
    """Return what an assertion is about: of each pair the last revision of its record counts."""
    return encode(said.subject), said.claim
