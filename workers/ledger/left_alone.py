"""Hosts, owners and repositories that were erased at their request, and are not visited again.

Only digests of their names are kept: the list must not hold what was to be erased.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import insert_new
from workers.ledger.tables import left_alone

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Repository

__all__ = ["add", "count", "without"]

_BY_NUMBER = "#"


def add(conn: Connection, host: str, path: str, native_ids: Sequence[str], now: datetime) -> None:
    """Leave alone `path` on `host`, and all below it, and the repositories with these numbers."""
    digests = {_digest(host, path), *(_digest(host, f"{_BY_NUMBER}{one}") for one in native_ids)}
    rows = [{"digest": one, "since": now} for one in sorted(digests)]
    insert_new(conn, left_alone, rows)


def count(conn: Connection) -> int:
    """Return how many names are on the list."""
    return conn.scalar(select(func.count()).select_from(left_alone)) or 0


def without(conn: Connection, found: Sequence[Repository]) -> list[Repository]:
    """Return those of `found` that nobody asked to leave alone, in their order."""
    if not count(conn):
        return list(found)
    names = [frozenset(_names(one)) for one in found]
    listed: set[bytes] = set()
    for some in batched({digest for of_one in names for digest in of_one}):
        rows = conn.scalars(select(left_alone.c.digest).where(left_alone.c.digest.in_(some)))
        listed.update(map(bytes, rows))
    return [one for one, digests in zip(found, names, strict=True) if not digests & listed]


def _names(one: Repository) -> Iterator[bytes]:
    """Yield the digests of its host, its owner, every group above it, its path and its number."""
    parts = one.path.split("/")
    for length in range(len(parts) + 1):
        yield _digest(one.host, "/".join(parts[:length]))
    if one.native_id is not None:
        yield _digest(one.host, f"{_BY_NUMBER}{one.native_id}")


def _digest(host: str, name: str) -> bytes:
    return hashlib.sha256(json.dumps([host, name.casefold()]).encode()).digest()
