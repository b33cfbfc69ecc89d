"""The gauge of the whole task: `python -m benchmarks.chain [--small] [--against DIR]`.

The real command `crawl --repos` with all its processes (dispatcher, broker, Celery's workers, governor,
ledger, git reader, parsers) on SQLite and on PostgreSQL, polite (one request a second and host) and not,
near and 50 ms away, over a world of distinct locks (`chain_world`) and a ledger that knows many. Its peer
in the same run, from the same server: GitPython with `--depth 1` and tomllib, in as many threads. What a
start costs (a crawl of one repository; the peer without any) is left out on both sides. Both must find the
ghosts that are planted, and nothing else. Beside it stands what CPU one visit takes in one process, by stage.

With `--against DIR`, another checkout with its own `.venv`, the code of both does the same in turn, and
nothing else is measured: a visit may take at most 1.3 times the CPU that it takes there.

`--rates` measures the polite run alone: which part of what its hosts allow one process uses. `--open 10000,..`
measures rounds of the dispatcher, and turns, with so many open rows in the queue, and needs no world.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.chain_rounds import rounds
from benchmarks.chain_runs import Manner, Ran, Stage
from benchmarks.chain_world import Pinned, World
from benchmarks.databases import NO_POSTGRES, postgres_in
from benchmarks.git_server import serving
from benchmarks.measure import Checkout
from benchmarks.table import Bound, Limit, Row, missed, render

__all__ = ["main"]

_OURS = Checkout(folder=Path(__file__).resolve().parents[1], name="ours")
_BACKENDS = ("sqlite", "postgresql")
_STAGES = ("read", "parse", "judge", "store")
_AGAINST = Limit(bound=Bound.AT_MOST, value=1.3)
_RATES = Limit(bound=Bound.AT_LEAST, value=0.95)
_NONE = Limit(bound=Bound.AT_MOST, value=0)
_BURST = 5
"""Requests that a host may be asked at once before it is one a second (`workers.budget.rates`)."""
_WORLDS = {
    False: World(stored=10_000, repositories=240, hosts=16, packages=9_000),
    True: World(stored=200, repositories=32, hosts=4, packages=500),
}
"""By whether it is the small one."""


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print one table; 1 where a limit is missed."""
    options = _options(words)
    if options.open:
        return _rounds(options)
    world = World(
        stored=options.stored,
        repositories=options.repositories,
        hosts=options.hosts,
        packages=_WORLDS[options.small].packages,
    )
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gc-chain-")))
        planted = world.build(work / "served")
        postgres = None
        if "postgresql" in options.backends:
            postgres = stack.enter_context(postgres_in(work / "pg"))
        stage = Stage(
            world=world,
            work=work,
            ports=stack.enter_context(serving(work / "served")),
            postgres=postgres,
            processes=options.processes,
        )
        rows = list(_said(_measured(stage, planted, options)))
    print(render(rows))  # noqa: T201 - a program's output
    return int(missed(rows) > 0)


def _rounds(options: argparse.Namespace) -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gc-rounds-")))
        postgres = None
        if "postgresql" in options.backends:
            postgres = stack.enter_context(postgres_in(folder / "pg"))
        rows = [
            row
            for backend in options.backends
            for row in _said(rounds(folder, backend, postgres, options.open))
        ]
    print(render(rows))  # noqa: T201 - a program's output
    return int(missed(rows) > 0)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chain", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a world of two minutes of CPU")
    parser.add_argument("--stored", type=int, help="locks that the ledger knows")
    parser.add_argument("--repositories", type=int)
    parser.add_argument("--hosts", type=int)
    parser.add_argument("--polite", type=int, help="repositories of each host for polite runs")
    parser.add_argument("--processes", type=int, default=2, help="of ours; threads of the peer")
    parser.add_argument("--rounds", type=int, default=3, help="of what is measured by stage")
    parser.add_argument("--backends", type=lambda text: text.split(","), default=_BACKENDS)
    parser.add_argument("--against", type=Path, help="another checkout of this repository")
    parser.add_argument("--rates", action="store_true", help="the polite run alone")
    parser.add_argument(
        "--open",
        type=lambda text: tuple(map(int, text.split(","))),
        default=(),
        help="rows of the queue, with commas: rounds of the dispatcher alone",
    )
    options = parser.parse_args(words)
    world = _WORLDS[options.small]
    options.stored = world.stored if options.stored is None else options.stored
    options.repositories = options.repositories or world.repositories
    options.hosts = options.hosts or world.hosts
    options.polite = options.polite or (3 if options.small else 8)
    if options.hosts * options.polite > options.repositories:
        parser.error("--polite times --hosts is more than --repositories")
    return options


def _said(rows: Iterable[Row]) -> Iterator[Row]:
    """Show each row on stderr as soon as it is there."""
    for row in rows:
        sys.stderr.write(f"{render([row]).splitlines()[1]}\n")
        yield row


def _measured(stage: Stage, planted: Pinned, options: argparse.Namespace) -> Iterator[Row]:
    world = stage.world
    yield Row(
        what="the world",
        ours=f"{world.repositories} repositories, {world.hosts} hosts",
        note=f"{world.stored:,} locks stored before; {world.share_of_new():.0%} of the packages of a "
        "visited lock stand in none of them",
    )
    for backend in options.backends:
        if backend == "postgresql" and stage.postgres is None:
            yield Row(what=backend, note=NO_POSTGRES)
        elif options.against is not None:
            other = Checkout(folder=options.against.resolve(), name="other")
            yield from _against(stage, backend, other, options.rounds)
        elif options.rates:
            count = world.hosts * options.polite
            start = stage.crawl(_OURS, backend, Manner(), 1)
            ours = stage.crawl(_OURS, backend, Manner(polite=True), count)
            what = f"{backend}, {Manner(polite=True)}"
            yield _used(what, ours, start, world.hosts, count, _RATES)
        else:
            yield from _split(stage, backend, options.rounds)
            yield from _whole(stage, backend, planted, options.polite)


def _split(stage: Stage, backend: str, rounds: int) -> Iterator[Row]:
    """Compare one visit without dispatcher and pool with the peer, in turn, and tell its stages."""
    count = stage.world.repositories
    taken = [(stage.split(_OURS, backend), stage.peer(Manner(), count)) for _ in range(rounds)]
    spent = _by_stage([ours for ours, _ in taken])
    whole, theirs = sum(spent.values()), median(theirs.cpu for _, theirs in taken) / count
    yield _ratio(f"{backend}, one process: CPU of a visit : GitPython + tomllib", whole, theirs)
    for name, seconds in spent.items():
        yield Row(
            what=f"{backend}, one process: {name}",
            ours=_ms(seconds),
            other=_ms(whole),
            figure=seconds / whole,
            note="of the CPU of a visit",
        )


def _by_stage(rounds: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    return {stage: median(one.get(stage, 0.0) for one in rounds) for stage in _STAGES}


def _whole(stage: Stage, backend: str, planted: Pinned, polite: int) -> Iterator[Row]:
    start = stage.crawl(_OURS, backend, Manner(), 1)
    for far in (False, True):
        fast, count = Manner(far=far), stage.world.repositories
        theirs, ours = stage.peer(fast, count), stage.crawl(_OURS, backend, fast, count)
        yield from _compared(f"{backend}, {fast}", ours, start, theirs, count)
        yield _same(f"{backend}, {fast}", ours, theirs, planted)
    for far in (False, True):
        slow, count = Manner(far=far, polite=True), stage.world.hosts * polite
        ours = stage.crawl(_OURS, backend, slow, count)
        names = stage.world.names[:count]
        expected = frozenset((name, digest) for name, digest in planted if name in names)
        yield _used(f"{backend}, {slow}", ours, start, stage.world.hosts, count)
        yield _same(f"{backend}, {slow}", ours, stage.peer(Manner(far=far), count), expected)


def _compared(what: str, ours: Ran, start: Ran, theirs: Ran, count: int) -> Iterator[Row]:
    cpu, wall = (ours.cpu - start.cpu) / (count - 1), (ours.wall - start.wall) / (count - 1)
    server = f"; server of PostgreSQL {_ms(ours.served / count)}" if ours.served else ""
    yield Row(
        what=f"{what}: client CPU a visit : GitPython + tomllib",
        ours=_ms(cpu),
        other=_ms(theirs.cpu / count),
        figure=cpu / (theirs.cpu / count),
        note=f"start {start.cpu:.1f} s left out{server}",
    )
    yield Row(
        what=f"{what}: wall a visit : GitPython + tomllib",
        ours=_ms(wall),
        other=_ms(theirs.wall / count),
        figure=wall / (theirs.wall / count),
        note=f"{ours.requests} and {theirs.requests} requests",
    )


def _used(  # noqa: PLR0913, PLR0917 - what it is made of
    what: str, ours: Ran, start: Ran, hosts: int, count: int, limit: Limit | None = None
) -> Row:
    """Tell which part of what politeness allows was used between the first and the last answer."""
    allowed = hosts * (_BURST + ours.asking)
    return Row(
        what=f"{what}: part of the summed rates used",
        ours=f"{ours.requests} requests in {ours.asking:.1f} s",
        other=f"{allowed:.0f} allowed",
        figure=ours.requests / allowed,
        limit=limit,
        note=f"{hosts} hosts; client CPU a visit {_ms((ours.cpu - start.cpu) / (count - 1))}",
    )


def _same(what: str, ours: Ran, theirs: Ran, planted: Pinned) -> Row:
    found = {"ours": ours.pinned, "theirs": theirs.pinned}
    missing = {side: len(planted - pinned) for side, pinned in found.items()}
    wrong = {side: len(pinned - planted) for side, pinned in found.items()}
    return Row(
        what=f"{what}: files of ghosts missed or made up",
        ours=f"{len(ours.pinned)} found",
        other=f"{len(theirs.pinned)} found",
        figure=sum(missing.values()) + sum(wrong.values()),
        limit=_NONE,
        note=f"{len(planted)} planted",
    )


def _against(stage: Stage, backend: str, other: Checkout, rounds: int) -> Iterator[Row]:
    """Let both checkouts do the same in turn, so that the load of the machine falls on both alike."""
    both = (_OURS, other)
    for one in both:
        stage.split(one, backend)  # fills the ledgers and the caches
    taken: dict[str, list[Mapping[str, float]]] = {one.name: [] for one in both}
    for _ in range(rounds):
        for one in both:
            taken[one.name].append(stage.split(one, backend))
    ours, theirs = (_by_stage(taken[one.name]) for one in both)
    what = f"{backend}, one process: CPU of a visit : {other.folder.name}"
    for name in _STAGES:
        yield _ratio(f"{what}, {name}", ours[name], theirs[name])
    yield _ratio(what, sum(ours.values()), sum(theirs.values()), _AGAINST)
    crawled: dict[str, list[float]] = {one.name: [] for one in both}
    for _ in range(rounds):
        for one in both:
            crawled[one.name].append(_crawled(stage, one, backend))
    what = f"{backend}, whole crawl: CPU of a visit : {other.folder.name}"
    yield _ratio(what, median(crawled[_OURS.name]), median(crawled[other.name]))


def _crawled(stage: Stage, checkout: Checkout, backend: str) -> float:
    count = stage.world.repositories
    start, whole = (stage.crawl(checkout, backend, Manner(), n) for n in (1, count))
    return (whole.cpu - start.cpu) / (count - 1)


def _ratio(what: str, ours: float, theirs: float, limit: Limit | None = None) -> Row:
    figure = ours / theirs if theirs else None
    return Row(what=what, ours=_ms(ours), other=_ms(theirs), figure=figure, limit=limit)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
