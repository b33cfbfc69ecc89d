"""What feeds said, append-only.

A record is stated as a whole. When it is stated anew, assertions that are new or changed get a row, and
a (subject, claim) that the new statement lacks gets a row with `retracted_at`. Each changed statement
is a revision; what counts of a (subject, claim) is what its last revision says.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from crawler.model import Assertion, Claim, ProjectKey, Record
from crawler.verdicts.withdrawals import ACCUSING
from workers.ledger import file_owners
from workers.ledger.sql.keys import batched, project_of, written
from workers.ledger.sql.statements import in_turn, insert_new, upsert
from workers.ledger.tables import assertion, record
from workers.values import decode, encode

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "accusing",
    "append",
    "feeds",
    "not_heard_since",
    "of_feed",
    "of_projects",
    "projects",
    "projects_with",
    "record_count",
    "record_ids",
    "records",
]

_BATCH = 1000
"""Records per round of look-ups and inserts."""
_Pair = tuple[str, str]
"""Subject (canonical JSON) and claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stated:
    """The last statement of a record that the ledger knows."""

    digest: str
    revision: int
    observed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What a new statement of a record adds to the ledger."""

    record_row: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]
    fresh: tuple[Assertion, ...]
    projects: frozenset[ProjectKey]


def append(
    conn: Connection, feed: str, records: Iterable[Record], now: datetime
) -> frozenset[ProjectKey]:
    """Append what `records` say anew; return the projects of which something else is said now.

    Repeating it changes nothing. A statement older (by `observed_at`) than the one known is passed
    over: a page that comes late must not bring back what was taken back since.
    """
    in_turn(conn, f"assertions {feed}")
    changed: set[ProjectKey] = set()
    for batch in batched(records, _BATCH):
        changes = _changes(conn, feed, batch, now)
        upsert(
            conn,
            record,
            [change.record_row for change in changes],
            key=["feed", "record_id"],
            update=["digest", "revision", "observed_at"],
        )
        insert_new(conn, assertion, [row for change in changes for row in change.rows])
        file_owners.note(conn, [said for change in changes for said in change.fresh])
        changed.update(*(change.projects for change in changes))
    return frozenset(changed)


def _changes(conn: Connection, feed: str, batch: Sequence[Record], now: datetime) -> list[_Change]:
    newest = _newest(batch)
    stated = _stated(conn, feed, newest)
    changed = {name: one for name, one in newest.items() if _is_news(one, stated.get(name))}
    held = _held(conn, feed, [name for name in changed if name in stated])
    return [
        _change(feed, one, stated.get(name), held.get(name, {}), now)
        for name, one in changed.items()
    ]


def _newest(batch: Sequence[Record]) -> dict[str, Record]:
    """Keep one statement per record: the latest, and of two equally late ones the last."""
    newest: dict[str, Record] = {}
    for one in batch:
        other = newest.get(one.id)
        if other is None or not _earlier(_observed(one), _observed(other)):
            newest[one.id] = one
    return newest


def _observed(one: Record) -> datetime | None:
    return max((said.observed_at for said in one.assertions), default=None)


def _earlier(left: datetime | None, right: datetime | None) -> bool:
    return left is not None and right is not None and left < right


def _is_news(one: Record, known: _Stated | None) -> bool:
    if known is None:
        return True
    if _earlier(_observed(one), known.observed_at):
        return False
    return _digest_of(one) != known.digest or _earlier(known.observed_at, _observed(one))


def _digest_of(one: Record) -> str:
    return _sha256("\n".join(sorted(_content(said) for said in one.assertions)))


def _content(said: Assertion) -> str:
    """Return what is said, whatever the state of the record that says it."""
    return encode(replace(said, observed_at=said.valid_from))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _stated(conn: Connection, feed: str, ids: Iterable[str]) -> dict[str, _Stated]:
    columns = (record.c.record_id, record.c.digest, record.c.revision, record.c.observed_at)
    return {
        name: _Stated(digest=digest, revision=revision, observed_at=observed_at)
        for some in batched(ids)
        for name, digest, revision, observed_at in conn.execute(
            select(*columns).where(record.c.feed == feed, record.c.record_id.in_(some))
        )
    }


def _held(
    conn: Connection, feed: str, ids: Iterable[str]
) -> dict[str, dict[_Pair, list[Assertion]]]:
    """Return per record what counts now."""
    held: dict[str, dict[_Pair, list[Assertion]]] = {}
    for some in batched(ids):
        where = (assertion.c.feed == feed, assertion.c.record_id.in_(some))
        for said in _counting(conn.execute(_rows().where(*where))):
            held.setdefault(said.record_id, {}).setdefault(_pair(said), []).append(said)
    return held


def _rows() -> Any:  # noqa: ANN401 - the type of a select names every column
    return select(assertion.c.revision, assertion.c.body).order_by(assertion.c.id)


def _counting(rows: Iterable[Any]) -> list[Assertion]:
    """Keep of each (feed, record, subject, claim) what its last revision says."""
    last: dict[tuple[str, str, _Pair], tuple[int, list[Assertion]]] = {}
    for revision, body in rows:
        said = decode(Assertion, body)
        key = (said.feed, said.record_id, _pair(said))
        known = last.get(key)
        if known is None or known[0] < revision:
            last[key] = (revision, [said])
        else:
            known[1].append(said)
    return [said for _, statements in last.values() for said in statements]


def _pair(said: Assertion) -> _Pair:
    return encode(said.subject), said.claim


def _change(
    feed: str,
    one: Record,
    known: _Stated | None,
    held: Mapping[_Pair, Sequence[Assertion]],
    now: datetime,
) -> _Change:
    observed_at = _observed(one)
    said = _by_pair(one.assertions)
    fresh = [
        each
        for pair, assertions in said.items()
        if _contents(assertions) != _contents(held.get(pair, ()))
        for each in assertions
    ]
    gone = [
        replace(each, retracted_at=observed_at or now, observed_at=observed_at or now)
        for pair, assertions in held.items()
        if pair not in said
        for each in assertions
        if each.retracted_at is None
    ]
    revision = (0 if known is None else known.revision) + bool(fresh or gone)
    return _Change(
        record_row={
            "feed": feed,
            "record_id": one.id,
            "digest": _digest_of(one),
            "revision": revision,
            "observed_at": observed_at or (known and known.observed_at),
        },
        rows=tuple(_row(feed, one.id, revision, each, now) for each in (*fresh, *gone)),
        fresh=tuple(fresh),
        projects=frozenset(each.subject.project for each in (*fresh, *gone)),
    )


def _by_pair(assertions: Iterable[Assertion]) -> dict[_Pair, list[Assertion]]:
    by_pair: defaultdict[_Pair, list[Assertion]] = defaultdict(list)
    for said in assertions:
        by_pair[_pair(said)].append(said)
    return by_pair


def _contents(assertions: Iterable[Assertion]) -> set[str]:
    return {_content(said) for said in assertions}


def _row(
    feed: str, record_id: str, revision: int, said: Assertion, now: datetime
) -> Mapping[str, Any]:
    body = encode(said)
    return {
        "digest": _sha256(f"{feed}\n{record_id}\n{revision}\n{body}"),
        "feed": feed,
        "record_id": record_id,
        "revision": revision,
        "project": written(said.subject.project),
        "claim": said.claim,
        "retracted": said.retracted_at is not None,
        "body": body,
        "recorded_at": now,
    }


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
