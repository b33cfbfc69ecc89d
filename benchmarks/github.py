"""What GitHub is asked for 1,000 repositories: `python -m benchmarks.github`.

The real host and reader against the demo's GitHub, its limits on and its counts taken: a full sweep of
20,000 repositories, a second one after one in a hundred was pushed to, one of only what was pushed, the
first two once more by the steps of the workers on a ledger, and code search for the same ghosts. Limits:
16 requests per 1,000 for the first, 11 for the second, and every ghost at the root of a default branch is
found. Prints a table; ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.github_ledger import production
from benchmarks.github_stage import Memory, Stage, serving
from benchmarks.github_world import OPENED, Spot, Stock, changed, made
from benchmarks.table import Bound, Limit, Row, missed, render
from crawler.hosts.github.graphql import SweepBy, SweepPlan
from crawler.lockfiles import crawl_worth
from crawler.model import Query, QueryKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.hosts.github.host import GitHub
    from crawler.model import Repository
    from workers.demo.model import World

__all__ = ["main"]

_CUT = 512_000
"""Bytes at which GraphQL cuts `Blob.text`."""
_THOUSAND = 1000
_SWEEP_SEES = frozenset({Spot.ROOT, Spot.FORK, Spot.LARGE})
_SEARCH_SEES = frozenset({Spot.ROOT, Spot.FOLDER})
_BLIND = {
    Spot.FORK: "forks need more stars than their parent",
    Spot.LARGE: "files of 384 KB and more are not indexed",
    Spot.FOLDER: "the API lane sees roots; a visit over git reads folders",
    Spot.BRANCH: "default branches only; a visit over git reads the others",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run cost, by the server's own count."""

    requests: int
    points: int
    """Of GraphQL's hourly allowance."""
    megabytes: float
    listed: int
    violations: int
    """Requests that the server refused for its limits."""
    kinds: Mapping[str, int]


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print the table; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.github", description=__doc__)
    parser.add_argument("--repositories", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    begun = time.perf_counter()
    rows = list(_rows(made(options.repositories, options.seed)))
    print(render(rows))  # noqa: T201 - a program's output
    print(f"{time.perf_counter() - begun:.0f} s")  # noqa: T201
    return int(missed(rows) > 0)


def _rows(stock: Stock) -> Iterator[Row]:
    memory = Memory(_digests(stock))
    with serving(stock.world) as stage:
        whole = _swept(stage, memory, SweepPlan(since=OPENED.replace(year=2008)))
    yield _per_thousand("sweep", whole, stock, 16)
    yield Row(what="  of these by kind", ours=_said(whole.kinds), note=_sizes(stock))
    yield _with_large(whole, stock)
    yield from _recalls("sweep", stock, memory.found, _SWEEP_SEES)
    world, since = changed(stock, 100)
    for what, plan, limit in (
        ("re-sweep, 1 % changed", SweepPlan(since=OPENED.replace(year=2008)), 11),
        ("  only what was pushed", SweepPlan(by=SweepBy.PUSHED, since=since), 11),
    ):
        again = Memory(memory.digests, heads=dict(memory.heads), ghostly=dict(memory.ghostly))
        with serving(world) as stage:
            cost = _swept(stage, again, plan)
        yield _per_thousand(what, cost, stock, limit)
        yield Row(what="    visits", ours=_said({str(o): n for o, n in again.outcomes.items()}))
    yield from _produced(stock, world)
    searched = Memory(memory.digests)
    with serving(stock.world) as stage:
        cost = _searched(stage, searched, stock)
    yield Row(
        what="search, per ghost",
        ours=f"{cost.requests / len(stock.ghosts):.1f} requests",
        other=_said(cost.kinds),
        note=f"{cost.violations} refused; {cost.megabytes:.1f} MB",
    )
    yield from _recalls("search", stock, searched.found, _SEARCH_SEES)


def _swept(stage: Stage, memory: Memory, plan: SweepPlan) -> Measured:
    """Walk through all pages, ten at a time, and read what they show."""
    host = stage.host(plan)
    cursor: str | None = None
    listed: list[Repository] = []
    while True:
        page = host.sweep.pages(cursor, crawl_worth)
        listed += page.listed.repositories
        memory.gaps += len(page.listed.skipped)
        memory.keep(host.reader().seen(page.probes, memory.request()))
        cursor = page.listed.next_cursor
        if cursor is None:
            return _measured(stage, len({repository.path for repository in listed}))


def _produced(stock: Stock, later: World) -> Iterator[Row]:
    """Sweep as the workers do, findings and all, then what has become of the world `later`."""
    with production(stock.ghosts) as made_by_steps:
        for what, world, limit in (
            ("workers' sweep", stock.world, 16),
            ("workers' re-sweep, 1 % changed", later, 11),
        ):
            begun = time.perf_counter()
            with serving(world) as stage:
                cost = _measured(stage, made_by_steps.sweep(stage))
            yield _per_thousand(what, cost, stock, limit)
            yield Row(what="  until all is kept", ours=f"{time.perf_counter() - begun:.0f} s")
        yield from _recalls("workers' sweep", stock, made_by_steps.found(), _SWEEP_SEES)


def _searched(stage: Stage, memory: Memory, stock: Stock) -> Measured:
    """Ask for one file of each ghost by its digest, and read what is found."""
    host = stage.host(SweepPlan())
    hits: dict[Repository, set[str]] = {}
    for ghost in stock.ghosts:
        query = Query(kind=QueryKind.DIGEST, text=ghost.artifacts[-1].sha256)
        for found, path in _hits(host, query):
            hits.setdefault(found, set()).add(path)
    reader = host.reader({found.path: paths for found, paths in hits.items()})
    memory.keep(reader.read(list(hits), memory.request()))
    return _measured(stage, len(hits))


def _hits(host: GitHub, query: Query) -> Iterator[tuple[Repository, str]]:
    cursor: str | None = None
    while True:
        page = host.search(query, cursor)
        yield from ((hit.repository, hit.path) for hit in page.hits)
        cursor = page.next_cursor
        if cursor is None:
            return


def _measured(stage: Stage, listed: int) -> Measured:
    stats = stage.app.stats()
    return Measured(
        requests=stats.total,
        points=stage.pace.points["graphql"],
        megabytes=stage.pace.bytes_down / 1e6,
        listed=listed,
        violations=stats.violations,
        kinds=stats.requests,
    )


def _per_thousand(what: str, cost: Measured, stock: Stock, limit: float) -> Row:
    count = len(stock.world.repositories)
    return Row(
        what=f"{what}: requests per 1,000",
        ours=f"{cost.requests} requests, {cost.points} points",
        other=f"{cost.listed:,} of {count:,} listed",
        figure=cost.requests * _THOUSAND / count,
        limit=Limit(bound=Bound.AT_MOST, value=limit),
        note=f"{cost.megabytes:.1f} MB; {cost.violations} refused by the limits",
    )


def _with_large(cost: Measured, stock: Stock) -> Row:
    """Tell what real locks would cost: each over 512 kB is a request of its own (facts: up to a fifth)."""
    locks, count = len(stock.sizes), len(stock.world.repositories)
    large = sum(size > _CUT for size in stock.sizes)
    requests = cost.requests - large + locks // 5
    return Row(
        what="  if a fifth of the locks were over 512 kB",
        ours=f"{requests * _THOUSAND / count:.1f} per 1,000",
        other="computed",
        note="one more REST request each, of another quota; no limit set",
    )


def _recalls(lane: str, stock: Stock, found: set[str], seen: frozenset[Spot]) -> Iterator[Row]:
    """Tell for each place how many of its ghosts were found; blind spots have no limit, and a reason."""
    planted = Counter(stock.planted.values())
    met = Counter(spot for path, spot in stock.planted.items() if path in found)
    for spot in Spot:
        yield Row(
            what=f"{lane} finds ghosts: {spot}",
            ours=f"{met[spot]} of {planted[spot]}",
            figure=met[spot] / planted[spot] if planted[spot] else None,
            limit=Limit(bound=Bound.AT_LEAST, value=1) if spot in seen else None,
            note="" if spot in seen else f"blind spot: {_BLIND[spot]}",
        )
    false = len(found - stock.planted.keys())
    none = Limit(bound=Bound.AT_MOST, value=0)
    yield Row(what=f"{lane} accuses wrongly", ours=str(false), figure=false, limit=none)


def _digests(stock: Stock) -> frozenset[str]:
    return frozenset(file.sha256 for ghost in stock.ghosts for file in ghost.artifacts)


def _sizes(stock: Stock) -> str:
    sizes = stock.sizes
    large = sum(size > _CUT for size in sizes)
    return f"{len(sizes)} locks of {sum(sizes) / len(sizes) / 1000:.0f} kB, {large} over 512 kB"


def _said(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
