"""`ghostcrawl budget`: what was asked of each host, what it still allows, what a crawl will cost."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crawler.hosts.polite import Rate
    from workers.budget.governor import BucketUsage
    from workers.dispatch.forecast import Cost

__all__ = ["budget"]


@click.group()
def budget() -> None:
    """Show what was asked of each host, what it still allows, and what a crawl will cost."""


@budget.command()
@LIST_FORMAT
@click.pass_obj
def show(session: Session, style: str) -> None:
    """Show what was asked of each host, resource and identity since the broker began, and what is left."""
    used, rates = session.wiring.governor.usage(), session.wiring.rates
    if not used:
        session.say("nothing was asked since the broker began")
    if style != "table":
        shown = (
            {
                **_flat(one),
                "blocked_until": _text(one.blocked_until),
                "per_minute": _per_minute(rates.of(one.bucket)),
            }
            for one in used
        )
        print_objects(shown, style)
        return
    rows = [
        (
            *(one.bucket.host, one.bucket.resource, one.bucket.identity),
            *(one.requests, one.bytes_down),
            *("-" if n is None else n for n in (one.remaining, one.limit)),
            f"{_per_minute(rates.of(one.bucket)):g}",
            _text(one.blocked_until) or "-",
            one.why,
        )
        for one in used
    ]
    headings = ("host", "resource", "identity", "requests", "bytes", "left", "of", "a minute")
    click.echo(table((*headings, "blocked until", "last reason"), rows))


@budget.command()
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=30,
    show_default=True,
    help="Show the last so many days.",
)
@LIST_FORMAT
@click.pass_obj
def history(session: Session, days: int, style: str) -> None:
    """Show how many visits each host had on each day, how many saw a new lock, how many failed."""
    from workers.ledger import days as by_day

    with session.wiring.ledger.read() as conn:
        known = by_day.days(conn, session.wiring.clock() - timedelta(days=days))
    if style != "table":
        print_objects(map(asdict, known), style)
        return
    rows = [(d.day, d.host, d.visits, d.eventful, d.failed) for d in known]
    click.echo(table(("day", "host", "visits", "with a new lock", "failed"), rows))


@budget.command()
@click.option("--for", "hosts", required=True, help="Names of hosts, with commas, or all.")
@click.option(
    "--refs",
    type=click.Choice(["default", "branches", "all"]),
    default="default",
    show_default=True,
    help="The default branch, all branches, or also tags and pull or merge requests.",
)
@LIST_FORMAT
@click.pass_obj
def forecast(session: Session, hosts: str, refs: str, style: str) -> None:
    """Estimate requests and duration of a crawl."""
    from crawler import pipeline
    from crawler.model import Refs
    from workers.dispatch import estimates
    from workers.dispatch import forecast as reckoning
    from workers.ledger import verdicts
    from workers.runs import Run
    from workers.steps.lock_digests import files_from_locks

    wiring = session.wiring
    names = list(session.settings.hosts) if hosts == "all" else hosts.split(",")
    run = Run.start(wiring.clock(), Refs(refs))
    with wiring.ledger.read() as conn:
        judged = list(verdicts.targets(conn))
        targets = pipeline.plan(judged, files_from_locks(conn, judged, wiring.registries))
        queries = len({query for target in targets for query in target.queries})
        known = estimates.of_hosts(
            conn, wiring.hosts, session.settings, names, run, lambda _host: queries
        )
    costs = [cost for one in known for cost in reckoning.forecast(one, wiring.rates)]
    _print(costs, style)
    session.say(
        "repositories that nobody has found yet are not in it, nor further pages of a search"
    )


def _print(costs: list[Cost], style: str) -> None:
    from workers.dispatch.forecast import total

    if style != "table":
        print_objects(map(_flat, costs), style)
        return
    rows = [
        (c.bucket.host, c.what, c.bucket.resource, c.least, c.most, f"{c.minutes:.1f}")
        for c in costs
    ]
    least, most, minutes = total(costs)
    headings = ("host", "part", "resource", "requests, least", "most", "minutes, at most")
    click.echo(table(headings, [*rows, ("all", "", "", least, most, f"{minutes:.1f}")]))


def _per_minute(rate: Rate) -> float:
    """Return how often we ask at most, unless the host itself grants more or less."""
    return round(60 * rate.per_second, 3)


def _flat(one: Cost | BucketUsage) -> Mapping[str, object]:
    """Return the fields of a value, and those of its bucket, as one JSON object."""
    fields: dict[str, object] = asdict(one)
    del fields["bucket"]
    return fields | asdict(one.bucket)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
