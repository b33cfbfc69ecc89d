"""What feeds said, append-only.

A record is stated as a whole. When it is stated anew, assertions that are new or changed get a row, and
a (subject, claim) that the new statement lacks gets a row with `retracted_at`. Each changed statement
is a revision; what counts of it now is read in `current_assertions`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crawler.model import Assertion, ProjectKey, Record
from workers.ledger import current_assertions, file_owners
from workers.ledger.current_assertions import Pair, pair_of
from workers.ledger.sql.keys import batched, written
from workers.ledger.sql.statements import in_turn, insert_new, upsert
from workers.ledger.tables import assertion, record
from workers.values import encode

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["append"]

_BATCH = 1000
"""Records per round of look-ups and inserts."""


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
) -> dict[str, Mapping[Pair, Sequence[Assertion]]]:
    """Return per record what counts now."""
    records = current_assertions.records(conn, feed, ids)
    return {one.id: _by_pair(one.assertions) for one in records}


def _change(
    feed: str,
    one: Record,
    known: _Stated | None,
    held: Mapping[Pair, Sequence[Assertion]],
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
        replace(
            each,
            retracted_at=observed_at or now,
            observed_at=observed_at or now,
            undated=each.undated or observed_at is None,
        )
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


def _by_pair(assertions: Iterable[Assertion]) -> dict[Pair, list[Assertion]]:
    by_pair: defaultdict[Pair, list[Assertion]] = defaultdict(list)
    for said in assertions:
        by_pair[pair_of(said)].append(said)
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
