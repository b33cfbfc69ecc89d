"""`ghostcrawl run --plan`: what will be asked, how often, at what cost, and what cannot be seen that way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.hosts.interface import HostKind, SinceLister
from workers.cli.output import print_objects
from workers.cli.terminal import table
from workers.clock import written_span
from workers.ledger.watch import WatchTask
from workers.runs import Run, Way

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from workers.cli.session import Session
    from workers.dispatch.watch_costs import DailyCost, KnownHost
    from workers.ledger.watch import WatchEntry
    from workers.steps.search_worth import RankedQuery

__all__ = ["show_plan"]


def show_plan(session: Session, entries: Sequence[WatchEntry], style: str) -> None:
    """Print the plan; nobody is asked, and nothing is stored."""
    from workers.dispatch.watch_costs import daily_cost, visit_cost

    rates = session.wiring.rates
    known = _known(session, entries)
    costs = {
        one.key: daily_cost(one, known[one.name], rates) for one in entries if one.name in known
    }
    blind = {name: list(_blind(session, name, of_one)) for name, of_one in known.items()}
    visits = [visit_cost(one, rates) for one in known.values()]
    asked = {name: one.asked(name) for name, one in session.settings.registries.items()}
    if style != "table":
        registries = ({"what": f"registry {n}", "asked": text} for n, text in asked.items())
        print_objects((*_objects(entries, costs, visits, blind), *registries), style)
        return
    rows = [_row(one, costs.get(one.key)) for one in entries]
    rows += [_cost_row(one.what, "by visit policy", one) for one in visits]
    headings = ("what", "every", "bucket", "requests a day, least", "allowed", "remark")
    click.echo(table(headings, rows))
    for name, text in asked.items():
        click.echo(f"registry {name} is asked for {text}")
    for name, lines in blind.items():
        for line in lines:
            click.echo(f"{name}, cannot be seen: {line}")


def _row(entry: WatchEntry, cost: DailyCost | None) -> Sequence[object]:
    every = "once" if entry.period is None else written_span(entry.period)
    if cost is None:
        return (entry.key, every, "-", "-", "-", _REMARKS.get(entry.task, ""))
    return _cost_row(entry.key, every, cost)


_REMARKS = {
    WatchTask.POLL: "what is new in a feed",
    WatchTask.REPOS: "the list is read; what is new in it is visited",
    WatchTask.VERIFY: "one poll for each repository, one HEAD for each file",
    WatchTask.REPORT: "drafts and corrections; a person sends them",
}


def _cost_row(what: str, every: str, cost: DailyCost) -> Sequence[object]:
    bucket = f"{cost.bucket.host} ({cost.bucket.resource})"
    return (what, every, bucket, f"{cost.requests:,.0f}", f"{cost.allowed:,.0f}", cost.note)


def _objects(
    entries: Sequence[WatchEntry],
    costs: Mapping[str, DailyCost | None],
    visits: Sequence[DailyCost],
    blind: Mapping[str, Sequence[str]],
) -> Iterator[Mapping[str, object]]:
    for entry in entries:
        seconds = None if entry.period is None else entry.period.total_seconds()
        of_one = costs.get(entry.key)
        yield {"what": entry.key, "every_seconds": seconds, **_cost_json(of_one)}
    for cost in visits:
        yield {"what": cost.what, "every_seconds": None, **_cost_json(cost)}
    for name, lines in blind.items():
        yield {"what": f"blind spots {name}", "blind_spots": lines}


def _cost_json(cost: DailyCost | None) -> Mapping[str, object]:
    if cost is None:
        return {}
    return {
        "host": cost.bucket.host,
        "resource": cost.bucket.resource,
        "requests_a_day": cost.requests,
        "allowed_a_day": cost.allowed,
        "remark": cost.note,
    }


def _known(session: Session, entries: Sequence[WatchEntry]) -> Mapping[str, KnownHost]:
    from workers.ledger import coverage
    from workers.steps.search_worth import ranked

    wiring, now = session.wiring, session.wiring.clock()
    searched = any(one.task is WatchTask.SEARCH for one in entries)
    with wiring.ledger.read() as conn:
        searches = ranked(conn, wiring.registries, now) if searched else ()
        covered = {one.host: one.found for one in coverage.of_hosts(conn, now)}
        return {
            name: _known_host(session, conn, name, covered.get(name, 0), searches)
            for name in wiring.hosts
        }


def _known_host(
    session: Session,
    conn: Connection,
    name: str,
    repositories: int,
    searches: Sequence[RankedQuery],
) -> KnownHost:
    from crawler.hosts.github.probe import ROOT_LOCKS
    from crawler.hosts.github.query import requests_of
    from workers.addresses import address
    from workers.dispatch.watch_costs import KnownHost
    from workers.ledger import backlog

    host = session.wiring.hosts.named(name)
    by_graphql = host.settings.kind is HostKind.GITHUB
    return KnownHost(
        name=name,
        address=address(name, session.settings),
        identity=host.settings.identity,
        list_resource="graphql" if by_graphql else "api",
        repositories=repositories,
        tells_changes=isinstance(host, SinceLister) and not by_graphql,
        often=sum(requests_of(one.query, ROOT_LOCKS) for one in searches if one.often),
        rest=sum(requests_of(one.query, ROOT_LOCKS) for one in searches if not one.often),
        visits_per_day=backlog.visits_within_a_day(conn, name, session.wiring.clock()),
    )


def _blind(session: Session, name: str, known: KnownHost) -> Iterator[str]:
    from workers.dispatch.watch_costs import blind_spots
    from workers.ledger.work_items import WorkKind

    section = session.settings.hosts[name]
    run = Run.start(session.wiring.clock(), section.watch.refs)
    by_api = session.wiring.hosts.reading(name, run) is WorkKind.READ
    ways = set(section.ways) | ({Way.REPOS} if section.watch.repos else set())
    yield from blind_spots(
        frozenset(ways),
        refs=section.watch.refs,
        at_root=by_api or section.watch.depth == "root",
        known=known,
    )
