"""Where each feed was left, when it was last asked, and how that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, union

from workers.ledger.sql.statements import upsert
from workers.ledger.tables import feed_cursor, feed_poll, record

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = [
    "FeedPoll",
    "FeedStatus",
    "checked",
    "cursor_of",
    "failed_since",
    "forget",
    "note_answer",
    "note_news",
    "note_problem",
    "polls",
    "restore",
    "save_cursor",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """How fresh a feed is that has answered."""

    feed: str
    checked_at: datetime
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPoll:
    """All that is known of the polls of a feed."""

    feed: str
    records: int = 0
    asked_at: datetime | None = None
    """UTC, as all that follow."""
    answered_at: datetime | None = None
    """End of the last poll that came to its end."""
    cursor_at: datetime | None = None
    """When the cursor moved last: an answer without news may leave it where it is."""
    news_at: datetime | None = None
    """When a record last said something new."""
    held_back: int = 0
    """Polls in a row that were not believed."""
    problem: str | None = None
    """Why the last poll did not come to its end."""


def cursor_of(conn: Connection, feed: str) -> str | None:
    """Return the cursor of the last page of `feed` that was saved, None before the first."""
    return conn.scalar(select(feed_cursor.c.cursor).where(feed_cursor.c.feed == feed))


def save_cursor(conn: Connection, feed: str, cursor: str, now: datetime) -> None:
    """Remember where to go on; belongs into the transaction that appends the page's records."""
    row = {"feed": feed, "cursor": cursor, "checked_at": now}
    upsert(conn, feed_cursor, [row], key=["feed"], update=["cursor", "checked_at"])


def forget(conn: Connection, feed: str) -> bool:
    """Forget where `feed` was left and how its polls ended; return whether anything was known of it."""
    rows = [
        conn.execute(delete(each).where(each.c.feed == feed)) for each in (feed_cursor, feed_poll)
    ]
    return any(row.rowcount for row in rows)


def restore(conn: Connection, heard: FeedPoll, cursor: str | None) -> None:
    """Let a feed stand where another ledger had it: `heard` there, and left at `cursor`.

    No time that is known becomes older; a problem of an earlier poll is forgotten.
    """
    known = next((p for p in polls(conn) if p.feed == heard.feed), FeedPoll(feed=heard.feed))
    times = {
        name: max(filter(None, (getattr(known, name), getattr(heard, name))), default=None)
        for name in ("asked_at", "answered_at", "news_at")
    }
    asked_at = times["asked_at"] or heard.cursor_at
    if asked_at is not None:
        _note(
            conn,
            _poll(heard.feed, asked_at) | times | {"asked_at": asked_at},
            [*times, "held_back", "problem"],
        )
    if cursor is not None and heard.cursor_at is not None:
        save_cursor(conn, heard.feed, cursor, heard.cursor_at)


def note_news(conn: Connection, feed: str, now: datetime) -> None:
    """Remember that a record of `feed` said something new."""
    _note(conn, _poll(feed, now) | {"news_at": now}, ["asked_at", "news_at"])


def note_answer(conn: Connection, feed: str, now: datetime) -> None:
    """Remember that a poll of `feed` came to its end; what was wrong before is forgotten."""
    changed = ["asked_at", "answered_at", "held_back", "problem"]
    _note(conn, _poll(feed, now) | {"answered_at": now}, changed)


def note_problem(
    conn: Connection, feed: str, problem: str, now: datetime, *, held_back: bool
) -> None:
    """Remember why a poll of `feed` did not come to its end, and whether it was not believed."""
    before = conn.scalar(select(feed_poll.c.held_back).where(feed_poll.c.feed == feed)) or 0
    row = _poll(feed, now) | {"problem": problem, "held_back": before + held_back}
    _note(conn, row, ["asked_at", "held_back", "problem"])


def failed_since(conn: Connection, moment: datetime) -> tuple[str, ...]:
    """Return the feeds that were asked since `moment` (UTC) and did not come to their end, by name."""
    failed = (feed_poll.c.problem.is_not(None), feed_poll.c.asked_at >= moment)
    return tuple(conn.scalars(select(feed_poll.c.feed).where(*failed).order_by(feed_poll.c.feed)))


def _poll(feed: str, now: datetime) -> dict[str, object]:
    return {
        "feed": feed,
        "asked_at": now,
        "answered_at": None,
        "news_at": None,
        "held_back": 0,
        "problem": None,
    }


def _note(conn: Connection, row: dict[str, object], changed: list[str]) -> None:
    upsert(conn, feed_poll, [row], key=["feed"], update=changed)


def checked(conn: Connection) -> tuple[FeedStatus, ...]:
    """Return all feeds that ever answered, by name."""
    return tuple(
        FeedStatus(feed=one.feed, checked_at=answered, records=one.records)
        for one in polls(conn)
        if (answered := one.answered_at or one.cursor_at) is not None
    )


def polls(conn: Connection) -> tuple[FeedPoll, ...]:
    """Return all feeds that were ever asked, by name."""
    named = union(select(feed_cursor.c.feed), select(feed_poll.c.feed)).subquery()
    counted = select(func.count()).where(record.c.feed == named.c.feed).scalar_subquery()
    rows = conn.execute(
        select(
            named.c.feed,
            counted.label("records"),
            feed_poll.c.asked_at,
            feed_poll.c.answered_at,
            feed_cursor.c.checked_at.label("cursor_at"),
            feed_poll.c.news_at,
            func.coalesce(feed_poll.c.held_back, 0).label("held_back"),
            feed_poll.c.problem,
        )
        .outerjoin(feed_poll, feed_poll.c.feed == named.c.feed)
        .outerjoin(feed_cursor, feed_cursor.c.feed == named.c.feed)
        .order_by(named.c.feed)
    )
    return tuple(FeedPoll(**row._mapping) for row in rows)  # noqa: SLF001 - its public name
