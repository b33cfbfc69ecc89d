"""`ghostcrawl feeds freshness`: whether each source still answers, and when it last said something new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crawler.errors import FeedError
from workers.cli.feed_ages import age_text
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table
from workers.cli.times import SPAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from workers.monitoring.feed_polls import KnownFeed

__all__ = ["freshness"]


@click.command()
@click.option("--max-age", type=SPAN, help="End with 5 where an answer is older: 90m, 24h, 2d.")
@LIST_FORMAT
@click.pass_obj
def freshness(session: Session, max_age: timedelta | None, style: str) -> int:
    """Show when each source answered last, and when it last said something new."""
    from workers.monitoring.feed_polls import known_feeds

    wiring = session.wiring
    now = wiring.clock()
    with wiring.ledger.read() as conn:
        known = known_feeds(conn, wiring.feeds)
    if style != "table":
        print_objects((_json(one, now, max_age) for one in known), style)
    else:
        click.echo(table(_HEADINGS, [_row(one, now, max_age) for one in known]))
    stale = [one.poll.feed for one in known if _is_stale(one, now, max_age)]
    if stale:
        session.say(
            f"older than --max-age, or never asked: {', '.join(stale)}; run seed --from all"
        )
    return FeedError.exit_code if stale else 0


_HEADINGS = ("feed", "last answer", "last news", "cursor moved", "records", "held back", "problem")


def _row(one: KnownFeed, now: datetime, max_age: timedelta | None) -> Sequence[object]:
    poll = one.poll
    mark = " (stale)" if _is_stale(one, now, max_age) else ""
    return (
        poll.feed,
        age_text(poll.answered_at, now) + mark,
        age_text(poll.news_at, now),
        age_text(poll.cursor_at, now),
        poll.records,
        poll.held_back,
        one.problem or "",
    )


def _is_stale(one: KnownFeed, now: datetime, max_age: timedelta | None) -> bool:
    """Judge sources that are configured; a file that was read once cannot grow stale."""
    if max_age is None or one.source is None:
        return False
    return one.poll.answered_at is None or now - one.poll.answered_at > max_age


def _json(one: KnownFeed, now: datetime, max_age: timedelta | None) -> Mapping[str, Any]:
    poll = one.poll
    return {
        "feed": poll.feed,
        "source": one.source,
        "answered_at": _text(poll.answered_at),
        "news_at": _text(poll.news_at),
        "cursor_at": _text(poll.cursor_at),
        "cursor_age_seconds": None
        if poll.cursor_at is None
        else int((now - poll.cursor_at).total_seconds()),
        "records": poll.records,
        "held_back": poll.held_back,
        "problem": one.problem,
        "stale": _is_stale(one, now, max_age),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
