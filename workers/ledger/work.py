"""The one queue of due work, which is also the outbox.

Work is open, done or dead. Open work is due at a moment; a lease hides it until `lease_until`. Each
lease has a new fence, and who reports with an old one is refused. A lease that runs out counts as an
attempt, so work that kills its worker ends up dead, not in a loop.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, select, update

from crawler.errors import StoreError
from workers.ledger.backlog import counts, dead, due
from workers.ledger.offers import offer, replan
from workers.ledger.sql.keys import batched
from workers.ledger.tables import work
from workers.ledger.work_items import Dead, Leased, Queue, WorkItem, WorkKind, WorkState

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

__all__ = [
    "Dead",
    "Leased",
    "Queue",
    "WorkItem",
    "WorkKind",
    "counts",
    "dead",
    "extend",
    "fail",
    "finish",
    "finish_all",
    "held",
    "lease",
    "offer",
    "postpone",
    "replan",
]

_ATTEMPTS = 3
"""Attempts before work is dead (security.md, "poison")."""
_BACKOFF = timedelta(minutes=1)
"""Pause after the first failure; ten times as long after each further one."""


def lease(  # noqa: PLR0913, PLR0917 - the six things a lease is about
    conn: Connection,
    kind: WorkKind,
    limit: int,
    seconds: float,
    now: datetime,
    host: str | None = None,
) -> tuple[Leased, ...]:
    """Take at most `limit` due items of `kind` for `seconds`, those due longest first.

    Expired leases are taken over with one more attempt counted; what has none left is dead. What
    has failed before comes alone, so that poison takes nothing with it.
    """
    _bury(conn, kind, now)
    free = due(now) & (work.c.kind == kind.value)
    if host is not None:
        free &= work.c.host == host
    statement = select(work).where(free).order_by(work.c.due_at, work.c.id).limit(limit)
    found = [_leased(row) for row in conn.execute(statement.with_for_update(skip_locked=True))]
    taken = found[:1] if found and found[0].attempts else [o for o in found if not o.attempts]
    until = now + timedelta(seconds=seconds)
    if taken:
        conn.execute(
            update(work).where(work.c.id == bindparam("row")),
            [
                {"row": o.id, "fence": o.fence, "attempts": o.attempts, "lease_until": until}
                for o in taken
            ],
        )
    return tuple(taken)


def _bury(conn: Connection, kind: WorkKind, now: datetime) -> None:
    """Give up work whose last allowed lease has run out."""
    lost = and_(
        work.c.state == WorkState.OPEN,
        work.c.kind == kind.value,
        work.c.lease_until <= now,
        work.c.attempts >= _ATTEMPTS - 1,
    )
    values = {
        "state": WorkState.DEAD,
        "attempts": work.c.attempts + 1,
        "lease_until": None,
        "fence": work.c.fence + 1,
        "last_error": "the worker was lost each time",
    }
    conn.execute(update(work).where(lost).values(values))


def _leased(row: Row[Any]) -> Leased:
    return Leased(
        id=row.id,
        kind=WorkKind(row.kind),
        key=row.key,
        host=row.host,
        payload=_payload(row.payload),
        fence=row.fence + 1,
        attempts=row.attempts + (row.lease_until is not None),
    )


def _payload(text: str) -> Mapping[str, Any]:
    payload = json.loads(text)
    if not isinstance(payload, dict):
        raise StoreError(
            "invalid payload in the queue: expected an object; run `ghostcrawl db check`"
        )
    return payload


def held(conn: Connection, leases: Iterable[tuple[int, int]]) -> tuple[Leased, ...]:
    """Return the work behind (id, fence) pairs, without what another lease has taken over."""
    fences = dict(leases)
    rows = conn.execute(select(work).where(work.c.id.in_(fences)).order_by(work.c.id))
    return tuple(
        Leased(
            id=row.id,
            kind=WorkKind(row.kind),
            key=row.key,
            host=row.host,
            payload=json.loads(row.payload),
            fence=row.fence,
            attempts=row.attempts,
        )
        for row in rows
        if row.fence == fences[row.id]
    )


def finish(
    conn: Connection, work_id: int, fence: int, now: datetime, due_at: datetime | None = None
) -> bool:
    """End a lease well; return False, and change nothing, where the fence is stale.

    With `due_at` the work is open again at that moment; without, it is done, unless it was offered
    again meanwhile.
    """
    row = conn.execute(_mine(work_id, fence)).first()
    if row is None:
        return False
    values = _ended(due_at or row.again_at, now)
    conn.execute(update(work).where(work.c.id == work_id).values(values))
    return True


def finish_all(conn: Connection, leased: Iterable[Leased], now: datetime) -> tuple[Leased, ...]:
    """End many leases well at once, as `finish` does; return those whose fence was not stale."""
    held = {item.id: item for item in leased}
    found: list[Row[Any]] = []
    for some in batched(sorted(held)):
        of_these = (
            work.c.id.in_(some),
            work.c.state == WorkState.OPEN,
            work.c.lease_until.is_not(None),
        )
        rows = conn.execute(select(work).where(*of_these).order_by(work.c.id).with_for_update())
        found += [row for row in rows if row.fence == held[row.id].fence]
    if found:
        conn.execute(
            update(work).where(work.c.id == bindparam("row")),
            [{"row": row.id} | _ended(row.again_at, now) for row in found],
        )
    return tuple(held[row.id] for row in found)


def _ended(again: datetime | None, now: datetime) -> dict[str, Any]:
    return {
        "state": WorkState.DONE if again is None else WorkState.OPEN,
        "due_at": again or now,
        "again_at": None,
        "lease_until": None,
        "attempts": 0,
        "last_error": None,
    }


def _mine(work_id: int, fence: int) -> Any:  # noqa: ANN401 - the type of a select names every column
    leased = and_(
        work.c.id == work_id,
        work.c.fence == fence,
        work.c.state == WorkState.OPEN,
        work.c.lease_until.is_not(None),
    )
    return select(work).where(leased).with_for_update()


def extend(conn: Connection, work_id: int, fence: int, seconds: float, now: datetime) -> bool:
    """Keep a lease for `seconds` from now; return False where the fence is stale."""
    values = {"lease_until": now + timedelta(seconds=seconds)}
    return _settle(conn, work_id, fence, values)


def postpone(conn: Connection, work_id: int, fence: int, due_at: datetime, why: str) -> bool:
    """Give work back until `due_at` because a host asks to wait; no attempt is counted."""
    values = {"due_at": due_at, "lease_until": None, "again_at": None, "last_error": why}
    return _settle(conn, work_id, fence, values)


def fail(conn: Connection, work_id: int, fence: int, why: str, now: datetime) -> bool:
    """Count a failed attempt: due again after a growing pause, dead after the third."""
    row = conn.execute(_mine(work_id, fence)).first()
    if row is None:
        return False
    attempts = row.attempts + 1
    values = {
        "state": WorkState.DEAD if attempts >= _ATTEMPTS else WorkState.OPEN,
        "attempts": attempts,
        "due_at": now + _BACKOFF * 10 ** (attempts - 1),
        "again_at": None,
        "lease_until": None,
        "last_error": why,
    }
    conn.execute(update(work).where(work.c.id == work_id).values(values))
    return True


def _settle(conn: Connection, work_id: int, fence: int, values: Mapping[str, Any]) -> bool:
    if conn.execute(_mine(work_id, fence)).first() is None:
        return False
    conn.execute(update(work).where(work.c.id == work_id).values(values))
    return True
