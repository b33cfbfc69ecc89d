"""What the repositories at hand say of the registries that their tools are to ask."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from crawler.lockfiles import settings_in
from crawler.lockfiles.registry import STATING_READINGS
from crawler.model import LockId, is_request
from workers.ledger import locks
from workers.ledger.tables import head, sighting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from crawler.model import Pin

__all__ = ["settings_of"]


def settings_of(conn: Connection, repository_id: int) -> Mapping[str, Sequence[Pin]]:
    """Return what the files at the heads of a repository say of registries, by path; not of requests."""
    there = and_(
        head.c.repository_id == sighting.c.repository_id,
        head.c.ref == sighting.c.ref,
        head.c.commit_id == sighting.c.commit_id,
    )
    statement = (
        select(sighting.c.path, sighting.c.oid, sighting.c.reading, sighting.c.ref)
        .join(head, there)
        .where(sighting.c.repository_id == repository_id, sighting.c.reading.in_(STATING_READINGS))
        .order_by(head.c.is_default, sighting.c.id)
    )
    said = cache(lambda lock: _said(conn, lock))
    found: dict[str, Sequence[Pin]] = {}
    for path, oid, reading, ref in conn.execute(statement):
        if not is_request(ref) and (stated := said(LockId(oid=oid, reading=reading))):
            found[path] = stated
    return found


def _said(conn: Connection, lock: LockId) -> Sequence[Pin]:
    stored = locks.read_lock(conn, lock)
    return () if stored is None else settings_in(stored.result.pins)
