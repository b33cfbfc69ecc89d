"""The watch index: start-up, memory and speed of a scan that knows 300,000 digests and 200,000 names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import generate
from benchmarks.chain import Lock
from benchmarks.measure import run
from benchmarks.table import Bound, Limit, Row
from benchmarks.whole import Stage, settle
from workers import parsing

__all__ = ["child", "index"]

_START = Limit(bound=Bound.AT_MOST, value=0.5)
_MEMORY = Limit(bound=Bound.AT_MOST, value=200)
_FASTER = Limit(bound=Bound.AT_LEAST, value=20)
_BYTES = 96_000_000
_CHILDREN = 10
_MANY_ROUNDS = 9


def index(stage: Stage, digests: Path) -> Iterator[Row]:
    """Yield start-up, memory and speed; `digests` lists what is watched, for `rg -F -f`."""
    empty = stage.work / "empty"
    empty.mkdir(exist_ok=True)
    start = stage.scan(empty, rounds=_MANY_ROUNDS)
    yield Row(
        what="start of scan with 300,000 digests and 200,000 names, s",
        ours=str(start),
        figure=start.wall,
        limit=_START,
    )
    folder, size = _placed(stage)
    ours = stage.scan(folder, rounds=1)
    note = f"{size / ours.wall / 1e6:.1f} MB/s"
    yield Row(
        what="scan of 96 MB of uv.lock, peak MB",
        ours=str(ours),
        figure=ours.peak / 1e6,
        limit=_MEMORY,
        note=note,
    )
    yield _ripgrep(stage, folder, digests, ours.wall)


def _ripgrep(stage: Stage, folder: Path, digests: Path, seconds: float) -> Row:
    what = "scan of 96 MB of uv.lock : rg -F -f 300,000 digests, times faster"
    if stage.peers.rg is None:
        return Row(what=what, limit=_FASTER, note="absent, see benchmarks/peers.py")
    argv = [stage.peers.rg, "--fixed-strings", "--count", "--file", digests, folder]
    theirs = run(argv, cwd=stage.work, env={}, log=stage.work / "log-rg")
    return Row(
        what=what,
        ours=f"{seconds:.2f} s",
        other=f"{theirs}, cpu {theirs.cpu:.2f}",
        figure=theirs.wall / seconds,
        limit=_FASTER,
        note="1 is rg's code for no match" if theirs.code == 1 else f"rg ended with {theirs.code}",
    )


def _placed(stage: Stage) -> tuple[Path, int]:
    """Write uv.locks of 96 MB together, unless they are there."""
    folder, total = stage.work / "uv-96MB", 0
    for path, data in generate.locks("uv", stage.packages, seed=96, count=10_000):
        if total >= _BYTES:
            break
        total += len(data)
        if not (folder / path).exists():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    settle(folder)
    return folder, total


def child(locks: Mapping[str, list[Lock]]) -> Iterator[Row]:
    """Yield what it costs to parse a lock in a child with limits instead of here."""
    for what, (path, data) in (("three packages", _small()), ("many packages", locks["uv"][0])):
        inside = _wall(partial(parsing.parse, path, data))
        outside = _wall(partial(parsing.in_child, path, data))
        yield Row(
            what=f"uv.lock of {what} in a child : here",
            ours=f"{outside * 1e3:.0f} ms",
            other=f"{inside * 1e3:.1f} ms",
            figure=outside / inside,
            note=f"{len(data) / 1e3:.0f} kB; median of {_CHILDREN}",
        )


def _small() -> Lock:
    return next(iter(generate.locks("uv", generate.population(1, 3), seed=1, count=1)))


def _wall(task: Callable[[], object]) -> float:
    taken = []
    for _ in range(_CHILDREN):
        begun = time.perf_counter()
        task()
        taken.append(time.perf_counter() - begun)
    return median(taken)
