"""Hosts that a person has paused: their work stays where it is, and nothing of it is handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, select

from workers.ledger.sql.statements import upsert
from workers.ledger.tables import paused_host, work
from workers.ledger.work_items import WorkState

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

__all__ = ["Pause", "is_paused", "pause", "paused", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A host that is left alone until somebody resumes it."""

    host: str
    since: datetime
    why: str
    waiting: int
    """Pieces of work that nobody does meanwhile."""


def pause(conn: Connection, host: str, why: str, now: datetime) -> None:
    """Hand out no more work of `host`; pausing it again changes the reason only."""
    row = {"host": host, "paused_at": now, "why": why}
    upsert(conn, paused_host, [row], key=("host",), update=("why",))


def resume(conn: Connection, host: str) -> bool:
    """Hand out the work of `host` again; return whether it was paused."""
    return conn.execute(delete(paused_host).where(paused_host.c.host == host)).rowcount > 0


def paused(conn: Connection) -> tuple[Pause, ...]:
    """Return the hosts that are paused, by name."""
    waiting = (
        select(func.count())
        .where(work.c.host == paused_host.c.host, work.c.state == WorkState.OPEN)
        .scalar_subquery()
    )
    rows = conn.execute(select(paused_host, waiting).order_by(paused_host.c.host))
    return tuple(
        Pause(host=host, since=since, why=why, waiting=count) for host, since, why, count in rows
    )


def is_paused() -> ColumnElement[bool]:
    """Return the condition for work of a paused host; work of no host never is."""
    return exists().where(paused_host.c.host == work.c.host)
