"""`ghostcrawl crawl`: find repositories, read their locks, match. Drives the workers until all is done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TextIO

import click

from crawler.errors import UsageError
from crawler.model import Branches, Confidence, Skipped
from workers.cli.driving import drive, ending
from workers.cli.session import Session
from workers.cli.times import MINUTE, Amount
from workers.ledger.work_items import Kind
from workers.runs import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from workers.wiring import Wiring

__all__ = ["crawl"]

_STRATEGIES = ("code-search", "list")


@click.command()
@click.argument("hosts", nargs=-1)
@click.option(
    "--strategy",
    "strategies",
    default=",".join(_STRATEGIES),
    show_default=True,
    help="code-search, list; with commas.",
)
@click.option(
    "--repos",
    type=click.File("r", encoding="utf-8", errors="replace"),
    help="File with clone URLs, one per line; - for stdin.",
)
@click.option(
    "--branches",
    type=click.Choice([b.value for b in Branches]),
    default="default",
    show_default=True,
)
@click.option(
    "--depth",
    type=click.Choice(["root", "all"]),
    default="all",
    show_default=True,
    help="What is read over the git protocol: all folders, or only what lies at the root.",
)
@click.option(
    "--pivot/--no-pivot",
    default=True,
    show_default=True,
    help="Look at forks and the owner's other repositories where something new is found.",
)
@click.option(
    "--max-minutes",
    type=Amount(0.1, MINUTE),
    default=60.0,
    show_default=True,
    help="Then stop; run it again to go on.",
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="Processes that read repositories; 0: they run elsewhere.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*(c.value for c in Confidence), "never"]),
    default="confirmed",
    show_default=True,
)
@click.option("--format", "style", type=click.Choice(["table", "json", "jsonl"]), default="table")
@click.pass_obj
def crawl(
    session: Session,
    hosts: tuple[str, ...],
    strategies: str,
    repos: TextIO | None,
    branches: str,
    depth: str,
    max_minutes: float,
    workers: int,
    fail_on: str,
    style: str,
    *,
    pivot: bool,
) -> int:
    """Crawl HOSTS (names from the configuration, or all) for repositories that pin removed malware."""
    wiring = session.wiring
    chosen = _strategies(strategies)
    at_root = depth == "root"
    run = Run.begun(wiring.clock(), Branches(branches), pivot=pivot, root_only=at_root)
    names = _names(wiring, hosts) if hosts or repos is None else ()
    if not names and repos is None:
        msg = "name a host, all, or --repos FILE"
        raise UsageError(msg)
    skipped = list(_offer(wiring, names, chosen, run))
    if repos is not None:
        skipped += _offer_list(wiring, repos.read().splitlines(), run)
    deadline = wiring.clock() + timedelta(minutes=max_minutes)
    kinds = frozenset(Kind) if pivot else frozenset(Kind) - {Kind.PIVOT}
    drained = drive(session, deadline, workers, kinds)
    return ending(session, drained, style, fail_on, skipped, kinds)


def _strategies(text: str) -> Sequence[str]:
    chosen = [word.strip() for word in text.split(",")]
    unknown = [word for word in chosen if word not in _STRATEGIES]
    if unknown:
        msg = f"unknown strategy {', '.join(unknown)}; there are {', '.join(_STRATEGIES)}"
        raise UsageError(msg)
    return chosen


def _names(wiring: Wiring, hosts: Sequence[str]) -> Sequence[str]:
    names = [name for word in hosts for name in word.split(",")]
    if names == ["all"]:
        return list(wiring.settings.hosts)
    for name in names:
        wiring.host(name)
    return names


def _offer(
    wiring: Wiring, names: Sequence[str], strategies: Sequence[str], run: Run
) -> Sequence[Skipped]:
    """Put the searches and lists of `names` into the queue; return what a host cannot do."""
    from crawler import pipeline
    from crawler.hosts.interface import Lister, Searcher
    from workers.ledger import verdicts, work
    from workers.steps.search import list_item, search_item
    from workers.steps.teaching import taught_by_locks

    now = wiring.clock()
    skipped = []
    with wiring.ledger.read() as conn:
        judged = list(verdicts.targets(conn))
        targets = pipeline.plan(judged, taught_by_locks(conn, judged, wiring.registries))
    queries = list(dict.fromkeys(query for target in targets for query in target.queries))
    items = []
    for name in names:
        host = wiring.host(name)
        if "code-search" in strategies and isinstance(host, Searcher):
            items += [search_item(name, query, run, now) for query in queries]
        if "list" in strategies and isinstance(host, Lister):
            items.append(list_item(name, run, now))
        if not isinstance(host, Lister):
            why = "the host does not list its repositories; give their URLs with --repos"
            skipped.append(Skipped(context=name, reason=why))
        elif "list" not in strategies:
            why = "only what code search shows: not locks of 384 KB and more, other branches, most forks"
            skipped.append(Skipped(context=name, reason=f"{why}; add --strategy list"))
    wiring.ledger.transaction(lambda conn: work.offer(conn, items, now))
    return skipped


def _offer_list(wiring: Wiring, lines: Sequence[str], run: Run) -> Sequence[Skipped]:
    """Put visits of listed repositories into the queue; return the lines that name none."""
    from workers.ledger import work
    from workers.steps.search import visit_items
    from workers.targets import repositories_of

    found, skipped = repositories_of(wiring, lines)
    now = wiring.clock()

    def offer(conn: Connection) -> None:
        for repositories in found.values():
            work.offer(conn, visit_items(conn, repositories, wiring.reading, run, now), now)

    wiring.ledger.transaction(offer)
    return skipped
