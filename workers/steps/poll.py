"""Learn: what a feed says goes into the ledger, verdicts follow, and changes become due work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crawler.errors import ConfigurationError, Defer, FeedError, GhostcrawlError, GiveUp, Retry
from crawler.model import ProjectKey, Record, Skipped
from crawler.verdicts.most_used import MOST_USED
from feeds.guards import refuse_shrink
from feeds.interface import FeedPage, PollRequest
from workers.ledger import assertions, current_assertions, cursors, verdicts
from workers.steps.reconsidering import nothing_more, reconsider, reconsider_outdated

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from feeds.interface import Feed
    from workers.ledger.ledger import Ledger
    from workers.steps.reconsidering import Then

__all__ = ["Learned", "poll", "reconsider"]

_LOG = structlog.get_logger(__name__)
_OUTCOMES: Mapping[type[GhostcrawlError], str] = {Defer: "put off", FeedError: "not believed"}
_LONGEST_QUOTE = 200
_LONGEST_PROBLEM = 1000
"""Characters of an error that are kept; it may quote what a stranger answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What one page of a feed changed."""

    records: int
    total: int | None
    """Of the whole poll, where the feed can tell."""
    projects: tuple[ProjectKey, ...]
    """Those whose verdicts changed."""
    skipped: tuple[Skipped, ...]


def poll(  # noqa: PLR0913 - who is asked, what is believed, what follows
    ledger: Ledger,
    feed: Feed,
    clock: Callable[[], datetime],
    *,
    accept_change: bool = False,
    protected: Collection[ProjectKey] = MOST_USED,
    then: Then = nothing_more,
) -> Iterator[Learned]:
    """Take all that is new in `feed`, one transaction per page; yields after each.

    Raises what the feed raises: FeedError, Defer, Retry, GiveUp, ConfigurationError. A document is
    written by others and can break its decoder in ways that nobody foresaw, so any other exception of
    the feed, or of what is made of its page, is logged with its traceback and becomes a FeedError:
    no caller loses its other feeds. Pages taken before stay taken, and the next poll goes on behind
    them. How the poll ended is kept, too. `protected` is for `judge`; `then` does what else a change
    calls for, in the transaction of its page: a poll may end after any of them.

    A poll without a cursor says all that its feed accuses of. Where the ledger knows accusations of
    the feed nevertheless (its cursor was reset), those that are not said again are taken back at the
    end of the poll, and only then there is a cursor again.
    """
    lapsed = reconsider_outdated(ledger, clock(), protected, then)
    if lapsed:
        yield Learned(records=0, total=None, projects=lapsed, skipped=())
    with ledger.read() as conn:
        cursor = cursors.cursor_of(conn, feed.name)
        accused = current_assertions.accusing(conn, feed.name) if cursor is None else frozenset()
        request = PollRequest(
            cursor=cursor,
            now=clock(),
            watched=verdicts.watched(conn),
            accept_change=accept_change,
        )
    records = 0
    take = partial(_take, feed=feed.name, protected=protected, then=then)
    try:
        for page, reached in _pages(feed, request, accused):
            changed = ledger.transaction(partial(take, page=page, cursor=reached, now=clock()))
            records += len(page.records)
            yield Learned(
                records=len(page.records), total=page.total, projects=changed, skipped=page.skipped
            )
    except (FeedError, Defer, Retry, GiveUp, ConfigurationError) as error:
        _note(ledger, feed, error, clock())
        raise
    except GhostcrawlError:
        raise  # of the ledger, not of the feed
    except Exception as error:
        _LOG.exception("feed_failed", feed=feed.name)
        failure = _unforeseen(feed, error)
        _note(ledger, feed, failure, clock())
        raise failure from error
    ledger.transaction(partial(cursors.note_answer, feed=feed.name, now=clock()))
    _LOG.info("poll", feed=feed.name, outcome="answered", records=records)


def _pages(
    feed: Feed, request: PollRequest, accused: frozenset[str]
) -> Iterator[tuple[FeedPage, str | None]]:
    """Yield the pages of a poll, each with the cursor to save, if any.

    Where records of the feed stand `accused` although this is its first poll, a last page takes back
    those that were not among the others; FeedError where they are more than 10 % of them.
    """
    unsaid, cursor = set(accused), None
    for page in feed.poll(request):
        unsaid.difference_update(record.id for record in page.records)
        cursor = page.cursor
        yield page, cursor if page.is_resumed and not accused else None
    if accused and cursor is not None:
        before, accept = len(accused), request.accept_change
        after = before - len(unsaid)
        refuse_shrink(feed.name, "what it accuses of", before=before, after=after, accept=accept)
        taken_back = tuple(Record(id=i, assertions=()) for i in sorted(unsaid))
        yield FeedPage(records=taken_back, cursor=cursor), cursor


def _unforeseen(feed: Feed, error: Exception) -> FeedError:
    """Return the error of a feed that could not be decoded; what is quoted of it is short ASCII."""
    quoted = f": {str(error)[:_LONGEST_QUOTE]!a}" if str(error) else ""
    return FeedError(
        f"{feed.name}: cannot decode the feed ({type(error).__name__}{quoted}). Poll again later; if it "
        "fails again, report the traceback in the log"
    )


def _note(ledger: Ledger, feed: Feed, error: GhostcrawlError, now: datetime) -> None:
    noted = partial(cursors.note_problem, feed=feed.name, problem=_said(feed, error), now=now)
    ledger.transaction(partial(noted, held_back=isinstance(error, FeedError)))
    problem = {"error": type(error).__name__, "reason": _said(feed, error)}
    _LOG.info("poll", feed=feed.name, outcome=_OUTCOMES.get(type(error), "failed"), **problem)


def _said(feed: Feed, error: GhostcrawlError) -> str:
    return str(error).removeprefix(f"{feed.name}: ")[:_LONGEST_PROBLEM]


def _take(  # noqa: PLR0913, PLR0917 - as `poll`, for one page
    conn: Connection,
    feed: str,
    page: FeedPage,
    cursor: str | None,
    now: datetime,
    protected: Collection[ProjectKey],
    then: Then,
) -> tuple[ProjectKey, ...]:
    """Save the records, the cursor, the verdicts and what they make due, all or nothing."""
    said_anew = assertions.append(conn, feed, page.records, now)
    if cursor is not None:
        cursors.save_cursor(conn, feed, cursor, now)
    if said_anew:
        cursors.note_news(conn, feed, now)
    return reconsider(conn, said_anew, now, protected, then)
