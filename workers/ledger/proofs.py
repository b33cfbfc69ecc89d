"""Evidence, append-only, each row sealed by the one before: a change anywhere shows.

The seal of a row is the SHA-256 of the seal before it and the row's canonical JSON. Whoever keeps a
copy of the last seal (`seal`) can also tell whether rows at the end are missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from crawler.model import Evidence
from crawler.reporting.text import utc
from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import in_turn
from workers.ledger.tables import evidence
from workers.values import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Select

__all__ = [
    "BrokenSeal",
    "add_all",
    "add_evidence",
    "erase",
    "erased",
    "expire",
    "last",
    "newest",
    "rows",
    "seal",
    "verify_chain",
]

_FIRST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenSeal:
    """The first row of evidence that is not what was written."""

    id: int
    key: str
    """Of the finding, as the row says now; empty where it was erased."""


def add_evidence(conn: Connection, key: str, proof: Evidence, now: datetime) -> None:
    """Append evidence for the finding `key`, as `add_all` does."""
    add_all(conn, {key: proof}, now)


def add_all(conn: Connection, proofs: Mapping[str, Evidence], now: datetime) -> None:
    """Append evidence for findings, by key; the same as the last one of a finding is not appended again.

    What was seen around the lock, and since when the pin is there, stay known until somebody looks again; so does what the same bytes require.
    """
    in_turn(conn, "evidence")
    before = _last_of(conn, proofs)
    rows: list[dict[str, object]] = []
    sealed = seal(conn) if proofs else _FIRST
    for key, one in proofs.items():
        known = before.get(key)
        proof = _completed(one, known)
        body = encode(proof)
        if known is not None and body == encode(known):
            continue
        sealed = _seal(sealed, key, now, proof.verified_at, body)
        row = {"key": key, "recorded_at": now, "verified_at": proof.verified_at, "body": body}
        rows.append(row | {"hash": sealed})
    if rows:
        conn.execute(evidence.insert(), rows)


def _completed(proof: Evidence, before: Evidence | None) -> Evidence:
    if before is not None and proof.surroundings is None:
        proof = replace(proof, surroundings=before.surroundings)
    if before is not None and proof.history is None:
        proof = replace(proof, history=before.history)
    if before is not None and proof.required is None and proof.blob_oid == before.blob_oid:
        proof = replace(proof, required=before.required)
    return proof


def _last_of(conn: Connection, keys: Collection[str]) -> Mapping[str, Evidence]:
    """Return the last evidence of those findings that have any."""
    found: dict[str, Evidence] = {}
    for some in batched(keys):
        newest = select(func.max(evidence.c.id)).where(evidence.c.key.in_(some))
        rows = select(evidence.c.key, evidence.c.body).where(
            evidence.c.id.in_(newest.group_by(evidence.c.key))
        )
        found |= {key: decode(Evidence, body) for key, body in conn.execute(rows)}
    return found


def expire(conn: Connection, key: str, now: datetime) -> None:
    """Let a verification no longer count: what it saw was not there to be seen since."""
    known = last(conn, key)
    if known is not None and known.verified_at is not None:
        add_evidence(conn, key, replace(known, still_at_head=None, verified_at=None), now)


def last(conn: Connection, key: str) -> Evidence | None:
    """Return the last evidence for the finding `key`, None where it has none."""
    body = conn.scalar(_last_body(key))
    return None if body is None else decode(Evidence, body)


def newest(conn: Connection, key: str, most: int) -> Iterator[Evidence]:
    """Yield the last evidence for the finding `key`, the newest first."""
    of_it = select(evidence.c.body).where(evidence.c.key == key)
    for body in conn.scalars(of_it.order_by(evidence.c.id.desc()).limit(most)):
        yield decode(Evidence, body)


def _last_body(key: str) -> Select[str]:
    of_it = select(evidence.c.body).where(evidence.c.key == key)
    return of_it.order_by(evidence.c.id.desc()).limit(1)


def rows(conn: Connection, key: str) -> list[Mapping[str, object]]:
    """Return all evidence for the finding `key`, the oldest first, each with the seal before it and its own."""
    of_it = select(evidence).where(evidence.c.key == key).order_by(evidence.c.id)
    return [
        {
            "recorded_at": utc(row.recorded_at),
            "body": json.loads(row.body or "null"),
            "seal_before": conn.scalar(_seal_before(row.id)) or _FIRST,
            "seal": row.hash,
        }
        for row in conn.execute(of_it)
    ]


def _seal_before(number: int) -> Select[str]:
    earlier = select(evidence.c.hash).where(evidence.c.id < number)
    return earlier.order_by(evidence.c.id.desc()).limit(1)


def seal(conn: Connection) -> str:
    """Return the seal of the last row, 64 zeros where there is none."""
    return conn.scalar(select(evidence.c.hash).order_by(evidence.c.id.desc()).limit(1)) or _FIRST


def _seal(
    before: str, key: str | None, recorded_at: datetime, verified_at: datetime | None, body: str
) -> str:
    row = encode((key, recorded_at, verified_at, body))
    return hashlib.sha256(f"{before}{row}".encode()).hexdigest()


def erase(conn: Connection, keys: Collection[str], now: datetime) -> int:
    """Leave of the evidence for these findings its seals and nothing else; return how many rows.

    Which rows were erased is appended and sealed as all else, so that no other can pass for one of them.
    """
    in_turn(conn, "evidence")
    gone: list[tuple[int, str]] = []
    for some in batched(keys):
        rows = conn.execute(select(evidence.c.id, evidence.c.hash).where(evidence.c.key.in_(some)))
        gone += [(row.id, row.hash) for row in rows]
    if gone:
        nothing = {"key": None, "body": None, "verified_at": None}
        for numbers in batched(row_id for row_id, _ in gone):
            conn.execute(update(evidence).where(evidence.c.id.in_(numbers)).values(nothing))
        body = json.dumps(sorted(gone))
        sealed = _seal(seal(conn), None, now, None, body)
        row = {"key": None, "recorded_at": now, "verified_at": None, "body": body}
        conn.execute(evidence.insert(), row | {"hash": sealed})
    return len(gone)


def erased(conn: Connection) -> int:
    """Return how many rows were erased."""
    return conn.scalar(select(func.count()).where(evidence.c.body.is_(None))) or 0


def verify_chain(conn: Connection) -> BrokenSeal | None:
    """Return the first row that breaks the chain (changed, or the one before it lost), or None.

    A row that was erased cannot be checked itself: it has to be one of those that a sealed row names.
    """
    before = _FIRST
    blank: set[tuple[int, str]] = set()
    stated: set[tuple[int, str]] = set()
    for row in conn.execute(select(evidence).order_by(evidence.c.id)):
        if row.body is None:
            blank.add((row.id, row.hash))
        elif row.hash != _seal(before, row.key, row.recorded_at, row.verified_at, row.body):
            return BrokenSeal(id=row.id, key=row.key or "")
        elif row.key is None:
            stated.update((number, hashed) for number, hashed in json.loads(row.body))
        before = row.hash
    wrong = sorted(blank ^ stated)
    return BrokenSeal(id=wrong[0][0], key="") if wrong else None
