"""`ghostcrawl run`: the long-running worker cluster: feeds, searches, visits, as they fall due."""

from __future__ import annotations

import math
from datetime import timedelta

import click

from workers.cli.output import LIST_FORMAT
from workers.cli.run_cluster import finish_command, run_cluster
from workers.cli.session import Session
from workers.cli.times import HOUR, MINUTE, Duration

__all__ = ["run"]

_PARTIAL = 3
_PATIENCE = 180.0
"""Seconds that database and broker may be away for `--once`."""
_FOREVER = timedelta(days=36500)


@click.command()
@click.option("--for", "hours", type=Duration(0.001, HOUR), help="Hours; default: until Ctrl-C.")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option(
    "--feeds",
    "sources",
    default="all",
    show_default=True,
    help="Words of `seed --from`, with commas; `all`: every one that is configured.",
)
@click.option(
    "--every",
    "minutes",
    type=Duration(1, MINUTE),
    default=15,
    show_default=True,
    help="Minutes between two polls of a feed.",
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Processes that read repositories, each of many hosts at once; 0: they run elsewhere.",
)
@LIST_FORMAT
@click.pass_obj
def run(
    session: Session,
    hours: float | None,
    sources: str,
    minutes: float,
    workers: int,
    style: str,
    *,
    once: bool,
) -> int:
    """Poll the feeds, search for what they tell of, and do all work as it falls due."""
    from crawler.hosts.interface import Searcher
    from crawler.hosts.registry import SEARCHED_BY_TOKEN
    from workers.cli.feeds_sources import spelled_out
    from workers.cli.offering import without_token
    from workers.ledger import cursors, work
    from workers.ledger.work_items import WorkItem, WorkKind

    wiring = session.wiring
    now = wiring.clock()
    searchers = [name for name in wiring.hosts if isinstance(wiring.hosts.named(name), Searcher)]
    lacking = {
        name: lack.text
        for name in searchers
        for lack in without_token(wiring, name, SEARCHED_BY_TOKEN, "code search")
    }
    for text in lacking.values():
        session.say(text)
    payload = {
        "every": None if once else minutes * 60,
        "search": [name for name in searchers if name not in lacking],
    }
    polls = [
        WorkItem(kind=WorkKind.POLL, key=word, due_at=now, payload=payload)
        for word in spelled_out(wiring, sources)
    ]
    wiring.ledger.transaction(lambda conn: work.offer(conn, polls, now))
    span = _FOREVER if hours is None else timedelta(hours=hours)
    deadline = now + (timedelta(minutes=60) if once else span)
    patience = _PATIENCE if once else math.inf
    drained = run_cluster(session, deadline, workers, patience=patience)
    code = finish_command(session, drained, style, "never")
    with wiring.ledger.read() as conn:
        failed = cursors.failed_since(conn, now)
    return code or (_PARTIAL if failed else 0)
