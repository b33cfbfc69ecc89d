"""Learn: what a feed says goes into the ledger, verdicts follow, and changes become due work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from crawler.model import Ecosystem, ProjectKey, Skipped
from crawler.verdicts.judge import judge
from feeds.interface import PollRequest
from workers.ledger import assertions, cursors, verdicts, work
from workers.ledger.work_items import Kind, WorkItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from feeds.interface import Feed, FeedPage
    from workers.ledger.ledger import Ledger

__all__ = ["Learned", "poll", "project_key", "reconsider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What one page of a feed changed."""

    records: int
    total: int | None
    """Of the whole poll, where the feed can tell."""
    projects: tuple[ProjectKey, ...]
    """Those whose verdicts changed."""
    skipped: tuple[Skipped, ...]


def poll(
    ledger: Ledger, feed: Feed, clock: Callable[[], datetime], *, accept_change: bool = False
) -> Iterator[Learned]:
    """Take all that is new in `feed`, one transaction per page; yields after each.

    Raises what the feed raises: FeedError, Defer, Retry. Pages taken before stay taken, and the next
    poll goes on behind them.
    """
    with ledger.read() as conn:
        request = PollRequest(
            cursor=cursors.cursor_of(conn, feed.name),
            now=clock(),
            watched=verdicts.watched(conn),
            accept_change=accept_change,
        )
    for page in feed.poll(request):
        changed = ledger.transaction(partial(_take, feed=feed.name, page=page, now=clock()))
        yield Learned(
            records=len(page.records), total=page.total, projects=changed, skipped=page.skipped
        )


def _take(conn: Connection, feed: str, page: FeedPage, now: datetime) -> tuple[ProjectKey, ...]:
    """Save the records, the cursor, the verdicts and the hunts they make due, all or nothing."""
    said_anew = assertions.append(conn, feed, page.records, now)
    cursors.save_cursor(conn, feed, page.cursor, now)
    return reconsider(conn, said_anew, now)


def reconsider(
    conn: Connection, projects: Iterable[ProjectKey], now: datetime
) -> tuple[ProjectKey, ...]:
    """Judge `projects` again; return those whose verdicts changed, each now due for a retro-hunt."""
    judged = {
        key: judge(key, said, now) for key, said in assertions.of_projects(conn, sorted(projects))
    }
    changed = verdicts.replace(conn, judged, now)
    work.offer(
        conn,
        [
            WorkItem(kind=Kind.HUNT, key=f"{key.ecosystem}/{key.name}", due_at=now)
            for key in changed
        ],
        now,
    )
    return changed


def project_key(text: str) -> ProjectKey:
    """Read `pypi/name`, as the key of a hunt is written."""
    ecosystem, _, name = text.partition("/")
    return ProjectKey(ecosystem=Ecosystem(ecosystem), name=name)
