"""`ghostcrawl run`: the standing watch: feeds, hosts, findings and the report, as they fall due."""

from __future__ import annotations

import math
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.errors import UsageError
from workers.cli.options import WORKERS
from workers.cli.output import LIST_FORMAT
from workers.cli.run_cluster import finish_command, run_cluster
from workers.cli.session import Session
from workers.cli.times import HOUR, MINUTE, Duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from workers.dispatch.dispatcher import Drained
    from workers.ledger.watch import WatchEntry

__all__ = ["run"]

_PARTIAL = 3
_PATIENCE = 180.0
"""Seconds that database and broker may be away for `--once`."""
_FOREVER = timedelta(days=36500)
_ONCE = timedelta(minutes=60)


@click.command()
@click.option("--for", "hours", type=Duration(0.001, HOUR), help="Hours; default: until Ctrl-C.")
@click.option("--once", is_flag=True, help="Do one round of everything, then end.")
@click.option(
    "--plan", is_flag=True, help="Show what will be asked, how often and at what cost; ask nobody."
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the report that is kept up to date; default: `report` of [watch], or none.",
)
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
@WORKERS
@LIST_FORMAT
@click.pass_obj
def run(
    session: Session,
    hours: float | None,
    report: Path | None,
    sources: str,
    minutes: float,
    workers: int,
    style: str,
    *,
    once: bool,
    plan: bool,
) -> int:
    """Watch the feeds and all configured hosts, and keep findings and the report up to date.

    What is watched, and how often, is configured per host: `[hosts."NAME".watch]`. Nothing is sent.
    """
    from workers.ledger import cursors, watch

    wiring = session.wiring
    now = wiring.clock()
    wanted = _entries(session, sources, timedelta(minutes=minutes), report)
    entries = _askable(session, wanted)
    if plan:
        from workers.cli.run_plan import show_plan

        show_plan(session, entries, style)
        return 0
    if once:
        drained = _once(session, entries, now + _ONCE, workers)
    else:
        scale = session.settings.network.scale
        wiring.ledger.transaction(lambda conn: watch.install(conn, entries, now, scale))
        deadline = now + (_FOREVER if hours is None else timedelta(hours=hours))
        with _seen(session):
            drained = run_cluster(session, deadline, workers, patience=math.inf)
    code = finish_command(session, drained, style, "never")
    with wiring.ledger.read() as conn:
        failed = cursors.failed_since(conn, now)
    return code or (_PARTIAL if failed else 0)


def _entries(
    session: Session, sources: str, every: timedelta, report: Path | None
) -> tuple[WatchEntry, ...]:
    """Return what the configuration and the command line want watched."""
    from workers.cli.feeds_sources import spelled_out
    from workers.dispatch.watch_plan import entries_of

    wiring, settings = session.wiring, session.settings
    if report is not None:
        wanted = settings.watch.model_copy(update={"report": report.absolute()})
        settings = settings.model_copy(update={"watch": wanted})
    named = (wiring.hosts.settings_of(name) for name in wiring.hosts)
    identities = {host.name: host.identity for host in named if host is not None}
    feeds = spelled_out(wiring, sources)
    return entries_of(settings, feeds, every, wiring.rates, identities)


def _askable(session: Session, entries: Sequence[WatchEntry]) -> tuple[WatchEntry, ...]:
    """Return `entries` without those that their host answers with a token only, and say what is left out."""
    from crawler.hosts.registry import LISTED_BY_TOKEN, SEARCHED_BY_TOKEN
    from workers.cli.offering import without_token
    from workers.ledger.watch import WatchTask

    needs = {
        WatchTask.SEARCH: (SEARCHED_BY_TOKEN, "code search"),
        WatchTask.SWEEP: (LISTED_BY_TOKEN, "the list of repositories"),
        WatchTask.LIST: (LISTED_BY_TOKEN, "the list of repositories"),
    }
    kept = []
    for entry in entries:
        kinds, what = needs.get(entry.task, (frozenset(), ""))
        lacking = [one.text for one in without_token(session.wiring, entry.name, kinds, what)]
        for text in lacking:
            session.say(text)
        if not lacking:
            kept.append(entry)
    return tuple(kept)


def _once(
    session: Session, entries: Sequence[WatchEntry], deadline: datetime, workers: int
) -> Drained:
    """Do one round: learn, search and list, and read; then verify what was found; then report it.

    What a standing watch remembers stays; beside a living one UsageError is raised.
    """
    from workers.dispatch.watch_plan import rounds_of
    from workers.ledger import watch
    from workers.ledger.work import processes

    wiring = session.wiring
    with wiring.ledger.read() as conn:
        before = watch.entries(conn)
        beside = processes.watches(conn, wiring.clock())
    if beside:
        msg = f"a `run` watches this ledger already ({beside[0]}); end it first, and wait a minute if it was killed"
        raise UsageError(msg)

    def install(some: Sequence[WatchEntry]) -> None:
        wiring.ledger.transaction(lambda conn: watch.install(conn, some, wiring.clock()))

    rounds = [partial(install, some) for some in rounds_of(entries)]
    try:
        return run_cluster(session, deadline, workers, patience=_PATIENCE, rounds=rounds)
    finally:
        wiring.ledger.transaction(lambda conn: watch.restore(conn, before))


@contextmanager
def _seen(session: Session) -> Iterator[None]:
    """Let others see that this process watches, while the block runs."""
    from workers.dispatch.beat import Beat, WorkerIdentity, new_name
    from workers.ledger.work import processes

    wiring = session.wiring
    identity = WorkerIdentity(
        name=new_name(), pool=processes.WATCH, threads=0, version=wiring.version
    )
    with Beat(wiring.ledger, wiring.clock, identity, overrun=lambda: None):
        yield
