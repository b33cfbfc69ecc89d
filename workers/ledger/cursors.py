"""Where each feed was left, and when it was last asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from workers.ledger.statements import upsert
from workers.ledger.tables import feed_cursor, record

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["FeedStatus", "checked", "cursor_of", "save_cursor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """How fresh a feed is."""

    feed: str
    checked_at: datetime
    records: int


def cursor_of(conn: Connection, feed: str) -> str | None:
    """Return the cursor of the last page of `feed` that was saved, None before the first."""
    return conn.scalar(select(feed_cursor.c.cursor).where(feed_cursor.c.feed == feed))


def save_cursor(conn: Connection, feed: str, cursor: str, now: datetime) -> None:
    """Remember where to go on; belongs into the transaction that appends the page's records."""
    row = {"feed": feed, "cursor": cursor, "checked_at": now}
    upsert(conn, feed_cursor, [row], key=["feed"], update=["cursor", "checked_at"])


def checked(conn: Connection) -> tuple[FeedStatus, ...]:
    """Return all feeds that were ever asked, by name."""
    counted = select(func.count()).where(record.c.feed == feed_cursor.c.feed).scalar_subquery()
    rows = conn.execute(
        select(feed_cursor.c.feed, feed_cursor.c.checked_at, counted).order_by(feed_cursor.c.feed)
    )
    return tuple(FeedStatus(feed=feed, checked_at=at, records=n) for feed, at, n in rows)
