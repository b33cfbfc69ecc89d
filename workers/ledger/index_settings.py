"""What the repositories at hand say of the registries that their tools are to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from crawler.lockfiles.registry import SETTING_READINGS
from crawler.model import LockId, ParseResult, is_request
from workers.ledger import locks
from workers.ledger.tables import head, sighting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

__all__ = ["settings_of"]


def settings_of(conn: Connection, repository_id: int) -> Mapping[str, ParseResult]:
    """Return what was read of the settings at the heads of a repository, by path; not of requests."""
    there = and_(
        head.c.repository_id == sighting.c.repository_id,
        head.c.ref == sighting.c.ref,
        head.c.commit_id == sighting.c.commit_id,
    )
    statement = (
        select(sighting.c.path, sighting.c.oid, sighting.c.reading, sighting.c.ref)
        .join(head, there)
        .where(sighting.c.repository_id == repository_id, sighting.c.reading.in_(SETTING_READINGS))
        .order_by(head.c.is_default, sighting.c.id)
    )
    found: dict[str, ParseResult] = {}
    for path, oid, reading, ref in conn.execute(statement):
        if is_request(ref):
            continue
        stored = locks.read_lock(conn, LockId(oid=oid, reading=reading))
        if stored is not None:
            found[path] = stored.result
    return found
