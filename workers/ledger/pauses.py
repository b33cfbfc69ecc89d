"""Hosts that a person has paused: their work stays where it is, and nothing of it is handed out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, func, or_, select

from workers.ledger.sql.statements import upsert
from workers.ledger.tables import lane, paused_host
from workers.ledger.work_items import WorkKind, lane_of

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

__all__ = ["ALL_HOSTS", "Pause", "is_paused", "pause", "paused", "resume", "stop"]

ALL_HOSTS = "*"
"""Stands for every host and every feed: whoever asks anything of anybody stops."""
_ASKS_NOBODY = lane_of(WorkKind.HUNT, None, "").key


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A host that is left alone until somebody resumes it."""

    host: str
    """Or `ALL_HOSTS`."""
    since: datetime
    why: str
    waiting: int
    """Pieces of work that nobody does meanwhile."""

    @property
    def told(self) -> str:
        """What whoever would ask the host is told, with how to go on."""
        who, which = ("all hosts are ", "--all") if self.host == ALL_HOSTS else ("", self.host)
        return f"{who}paused ({self.why}); `ghostcrawl hosts resume {which}` goes on"


def pause(conn: Connection, host: str, why: str, now: datetime) -> None:
    """Hand out no more work of `host`; pausing it again changes the reason only."""
    row = {"host": host, "paused_at": now, "why": why}
    upsert(conn, paused_host, [row], key=("host",), update=("why",))


def resume(conn: Connection, host: str) -> bool:
    """Hand out the work of `host` again; return whether it was paused."""
    return conn.execute(delete(paused_host).where(paused_host.c.host == host)).rowcount > 0


def paused(conn: Connection) -> tuple[Pause, ...]:
    """Return the hosts that are paused, by name."""
    counted = select(func.coalesce(func.sum(lane.c.open), 0)).where(_holds(paused_host.c.host))
    rows = conn.execute(select(paused_host, counted.scalar_subquery()).order_by(paused_host.c.host))
    return tuple(
        Pause(host=host, since=since, why=why, waiting=count) for host, since, why, count in rows
    )


def stop(conn: Connection) -> Pause | None:
    """Return the pause of all hosts, None where there is none."""
    return next((one for one in paused(conn) if one.host == ALL_HOSTS), None)


def is_paused() -> ColumnElement[bool]:
    """Return the condition for lanes whose turn nobody takes, as their host is paused, or all are."""
    return exists().where(_holds(paused_host.c.host))


def _holds(paused: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition for lanes that wait while `paused` is: all but the hunts ask somebody."""
    return or_(lane.c.host == paused, and_(paused == ALL_HOSTS, lane.c.key != _ASKS_NOBODY))
