"""What was asked of each host, and which hosts asked us to wait; survives a lost broker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import update

from crawler.net import Bucket
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import budget

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

__all__ = ["Spending", "add", "block", "blocked", "usage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """All that was spent of one bucket."""

    bucket: Bucket
    requests: int
    bytes_down: int
    blocked_until: datetime | None
    """Perhaps in the past."""
    why: str | None
    failures: int
    """Connections that failed in a row when it was blocked; 0 where the host itself asked to wait."""


def add(conn: Connection, bucket: Bucket, requests: int, bytes_down: int) -> None:
    """Count `requests` and the bytes they brought; the one write that must not be repeated."""
    _know(conn, bucket)
    conn.execute(
        update(budget)
        .where(*_is(bucket))
        .values(requests=budget.c.requests + requests, bytes_down=budget.c.bytes_down + bytes_down)
    )


def block(
    conn: Connection, bucket: Bucket, until: datetime, why: str, *, failures: int = 0
) -> None:
    """Remember that nothing is to be asked of `bucket` before `until`; never shortens a block."""
    _know(conn, bucket)
    longer = budget.c.blocked_until.is_(None) | (budget.c.blocked_until < until)
    values = {"blocked_until": until, "why": why, "failures": failures}
    conn.execute(update(budget).where(*_is(bucket), longer).values(values))


def _know(conn: Connection, bucket: Bucket) -> None:
    row = {"host": bucket.host, "resource": bucket.resource, "identity": bucket.identity}
    insert_new(conn, budget, [row | {"requests": 0, "bytes_down": 0}])


def _is(bucket: Bucket) -> tuple[ColumnElement[bool], ...]:
    return (
        budget.c.host == bucket.host,
        budget.c.resource == bucket.resource,
        budget.c.identity == bucket.identity,
    )


def blocked(conn: Connection, now: datetime) -> tuple[Spending, ...]:
    """Return the buckets that are blocked at `now`, in stable order."""
    return tuple(
        one for one in usage(conn) if one.blocked_until is not None and one.blocked_until > now
    )


def usage(conn: Connection) -> tuple[Spending, ...]:
    """Return what was spent of every bucket, by host, resource and identity."""
    order = (budget.c.host, budget.c.resource, budget.c.identity)
    return tuple(
        Spending(
            bucket=Bucket(host=row.host, resource=row.resource, identity=row.identity),
            requests=row.requests,
            bytes_down=row.bytes_down,
            blocked_until=row.blocked_until,
            why=row.why,
            failures=row.failures,
        )
        for row in conn.execute(budget.select().order_by(*order))
    )
