"""The real command `./ghostcrawl scan`: `python -m benchmarks.scan [--peers DIR] [--against DIR FOLDER]`.

Over generated locks, with a ledger that watches 300,000 files and 200,000 projects, against tools that do a
part of the same: syft, cdxgen, `uv export` and pip-audit, whole processes, in time and in memory. Peers are
installed by `python -m benchmarks.peers DIR`; one that is absent is said to be absent.

With `--against DIR FOLDER` the `scan` of this checkout and that of DIR, with its own `.venv`, read FOLDER
in turn, and nothing else is measured: ours may take at most 2.5 times the CPU, and both must read the same.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import generate, scan_ledger
from benchmarks.chain_world import write_ghosts
from benchmarks.formats import Package
from benchmarks.measure import Checkout, Cost, run
from benchmarks.peers import (
    Command,
    Peers,
    cdxgen,
    found_by,
    peers_in,
    pip_audit,
    syft,
    uv_export,
    vulnerability_service,
)
from benchmarks.table import Bound, Limit, Row, missed, render

__all__ = ["main"]

_OURS = Checkout(folder=Path(__file__).resolve().parents[1], name="ours")
_CONFIGURATION = "ghostcrawl.toml"
_ROUNDS = 3
_PYPROJECT = '[project]\nname = "{name}"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'
_SETTINGS = """\
[registries.pypi]
index_url = "https://index.example/simple/"
file_hosts = ["files.index.example"]
"""


def _at_most(value: float) -> Limit:
    return Limit(bound=Bound.AT_MOST, value=value)


_TWO_LOCKS = _at_most(1.0)
"""CPU seconds: what a person waits for who scans a small project."""
_AGAINST = _at_most(2.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contest:
    """A peer, what both read, and how much of the peer's time and memory ours may take."""

    peer: str
    """As `Peers` calls it."""
    kind: str
    count: int
    command: Command
    time: Limit | None = None
    memory: Limit | None = None


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print one table; 1 where a limit is missed."""
    options = _options(words)
    with tempfile.TemporaryDirectory(prefix="gc-scan-") as folder:
        work = Path(folder)
        if options.against is None:
            measured = _Stage(work=work, peers=peers_in(options.peers)).rows()
        else:
            other = Checkout(folder=options.against.resolve(), name="other")
            measured = _against(work, other, options.folder.resolve(), options.rounds)
        rows = list(_said(measured))
    print(render(rows))  # noqa: T201 - a program's output
    return int(missed(rows) > 0)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan", description=__doc__)
    parser.add_argument("--peers", type=Path, help="where benchmarks.peers has installed them")
    parser.add_argument("--against", type=Path, help="another checkout of this repository")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="with --against")
    parser.add_argument("folder", type=Path, nargs="?", help="with --against: what both scan")
    options = parser.parse_args(words)
    if (options.against is None) != (options.folder is None):
        parser.error("--against DIR and FOLDER go together")
    return options


def _said(rows: Iterable[Row]) -> Iterator[Row]:
    """Show each row on stderr as soon as it is there; some take a minute."""
    for row in rows:
        sys.stderr.write(f"{render([row]).splitlines()[1]}\n")
        yield row


def _scanned(checkout: Checkout, folder: Path, config: Path, state: Path, log: Path) -> Cost:
    env = {"GHOSTCRAWL_STATE_DIR": str(state)}
    argv = [checkout.folder / "ghostcrawl", "--config", config, "scan", folder]
    return run([*argv, "--fail-on", "never", "--allow-stale"], cwd=state, env=env, log=log)


def _middle(costs: Sequence[Cost]) -> Cost:
    """Return the one whose CPU is the median, or next to it."""
    middle = median(cost.cpu for cost in costs)
    return min(costs, key=lambda cost: abs(cost.cpu - middle))


class _Stage:
    """Where the locks lie, which peers there are, and the ledger that ghostcrawl asks."""

    def __init__(self, *, work: Path, peers: Peers) -> None:
        self.work, self.peers = work, peers
        self.state = work / "state"
        self.packages: Sequence[Package] = generate.population(1)
        scan_ledger.build(self.state)

    def rows(self) -> Iterator[Row]:
        """Yield all comparisons; a peer that is absent is said to be."""
        two = self._scan(self._place("uv", 2))
        yield Row(
            what="2 uv: CPU of the whole command, s",
            ours=f"{two}, cpu {two.cpu:.2f}",
            figure=two.cpu,
            limit=_TWO_LOCKS,
            note=_read(two),
        )
        for contest in _CONTESTS:
            yield from self._against(contest)
        with vulnerability_service() as url:
            audit = _Contest(peer="pip_audit", kind="pylock", count=1, command=pip_audit(url))
            yield from self._against(audit)

    def _place(self, kind: str, count: int) -> Path:
        """Write `count` locks of a format, each with what its tool expects beside it; return the folder."""
        folder = self.work / f"{kind}-{count}"
        for path, data in generate.locks(kind, self.packages, seed=count, count=count):
            project = folder / Path(path).parent
            project.mkdir(parents=True)
            (folder / path).write_bytes(data)
            if kind != "npm":
                text = _PYPROJECT.format(name=project.name)
                (project / "pyproject.toml").write_text(text, encoding="utf-8")
        (folder / _CONFIGURATION).write_text(_SETTINGS, encoding="utf-8")
        return folder

    def _scan(self, folder: Path) -> Cost:
        """Return the median scan of `folder`; the first one, which fills caches, does not count."""
        given = (_OURS, folder, folder / _CONFIGURATION, self.state, self.work / "log-scan")
        return _middle([_scanned(*given) for _ in range(_ROUNDS + 1)][1:])

    def _against(self, contest: _Contest) -> Iterator[Row]:
        what = f"{contest.count} {contest.kind} : {contest.peer}"
        program: Path | None = getattr(self.peers, contest.peer)
        if program is None:
            yield Row(what=what, limit=contest.time, note="absent, see benchmarks/peers.py")
            return
        folder = self._place(contest.kind, contest.count)
        theirs = contest.command(program, folder, self.work / f"log-{contest.peer}")
        ours = self._scan(folder)
        yield Row(
            what=f"{what}, time",
            ours=f"{ours.wall:.2f} s, cpu {ours.cpu:.2f}",
            other=f"{theirs.wall:.2f} s, cpu {theirs.cpu:.2f}",
            figure=ours.wall / theirs.wall,
            limit=contest.time,
            note=f"ours: {_read(ours)}; theirs: {found_by(theirs)}",
        )
        yield Row(
            what=f"{what}, memory",
            ours=f"{ours.peak / 1e6:.0f} MB",
            other=f"{theirs.peak / 1e6:.0f} MB",
            figure=ours.peak / theirs.peak,
            limit=contest.memory,
        )


def _against(work: Path, other: Checkout, folder: Path, rounds: int) -> Iterator[Row]:
    """Let both checkouts scan `folder` in turn, so that the load of the machine falls on both alike."""
    config, feed = work / _CONFIGURATION, work / "ghosts.jsonl"
    config.write_text(_SETTINGS, encoding="utf-8")
    write_ghosts(feed, work / "digests")
    taken: dict[str, list[Cost]] = {one.name: [] for one in (_OURS, other)}
    for turn in range(rounds + 1):
        for one in (_OURS, other):
            state = work / one.name
            if not turn:
                state.mkdir()
                seed = [one.folder / "ghostcrawl", "--config", config, "seed", "--from"]
                env = {"GHOSTCRAWL_STATE_DIR": str(state)}
                run([*seed, f"file:{feed}"], cwd=state, env=env, log=work / "log")
            cost = _scanned(one, folder, config, state, work / "log")
            taken[one.name] += [cost] if turn else []
    ours, theirs = (_middle(taken[one.name]) for one in (_OURS, other))
    yield Row(
        what=f"scan of {folder.name}, CPU : {other.folder.name}",
        ours=f"{ours}, cpu {ours.cpu:.2f}",
        other=f"{theirs}, cpu {theirs.cpu:.2f}",
        figure=ours.cpu / theirs.cpu,
        limit=_AGAINST,
        note=f"{_read(ours)}; there: {_read(theirs)}",
    )
    yield Row(
        what="  lines of findings that differ",
        figure=float(len(set(ours.out.splitlines()) ^ set(theirs.out.splitlines()))),
        limit=_at_most(0),
        note=f"exit codes {ours.code} and {theirs.code}",
    )


_CONTESTS = (
    _Contest(
        peer="syft",
        kind="npm",
        count=1_000,
        command=syft,
        time=_at_most(1 / 20),
        memory=_at_most(1 / 4),
    ),
    _Contest(peer="cdxgen", kind="uv", count=50, command=cdxgen, time=_at_most(1 / 5)),
    _Contest(peer="uv", kind="uv", count=200, command=uv_export, time=_at_most(0.8)),
)


def _read(cost: Cost) -> str:
    found = re.search(r"\d+ locks, \d+ pins", cost.err)
    return found[0] if found else f"exit code {cost.code}"


if __name__ == "__main__":
    sys.exit(main())
