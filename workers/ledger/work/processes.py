"""The worker processes that live, each a row that it writes every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from workers.ledger.sql.statements import upsert
from workers.ledger.tables import worker

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["GONE_AFTER", "WATCH", "Process", "alive", "leave", "note", "processes", "watches"]

GONE_AFTER = timedelta(seconds=60)
"""A process that has not written for so long is gone, or cannot reach the database."""
WATCH = "watch"
"""What stands for the pool of a process that takes no turns, and watches."""
_FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One worker process, as it last wrote."""

    name: str
    """Host, process id, and a random part."""
    pool: str
    started_at: datetime
    beat_at: datetime
    clock_offset: float
    """Seconds by which its own clock is ahead of that of the database."""
    version: str
    turns: int
    threads: int


_COLUMNS = ("pool", "started_at", "beat_at", "clock_offset", "version", "turns", "threads")


def note(conn: Connection, process: Process) -> None:
    """Write that `process` lives, and forget those that have been gone for days."""
    row = {"name": process.name} | {column: getattr(process, column) for column in _COLUMNS}
    upsert(conn, worker, [row], key=("name",), update=_COLUMNS)
    long_ago = process.beat_at - _FORGOTTEN_AFTER
    conn.execute(delete(worker).where(worker.c.beat_at < long_ago))


def leave(conn: Connection, name: str) -> None:
    """Forget a process that ends well."""
    conn.execute(delete(worker).where(worker.c.name == name))


def processes(conn: Connection) -> tuple[Process, ...]:
    """Return all that have written and have not left, by name."""
    rows = conn.execute(select(worker).order_by(worker.c.name)).mappings()
    return tuple(Process(**row) for row in rows)


def alive(conn: Connection, now: datetime) -> tuple[Process, ...]:
    """Return those that have written of late."""
    return tuple(one for one in processes(conn) if one.beat_at > now - GONE_AFTER)


def watches(conn: Connection, now: datetime) -> tuple[str, ...]:
    """Return the names of the standing watches that live."""
    return tuple(one.name for one in alive(conn, now) if one.pool == WATCH)
