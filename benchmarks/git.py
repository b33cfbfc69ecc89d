"""Our reader of repositories against the others: `python -m benchmarks.git [--peers DIR] [--small 500]`.

Repositories made here (`git_repositories`) lie behind a real smart-HTTP server (`git_server`) on the
same machine, so server and client share its cores. Every client is a process that is given URLs and
must bring home the same locks; its CPU is that of all its children, less what it takes to start with no
URL at all, and its time begins when it has started. Requests and bytes are counted by the server, headers included. GitPython is in our own
environment; dulwich in one made by hand (`uv venv DIR && uv pip install --python DIR/bin/python dulwich`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add
from pathlib import Path

from benchmarks import git_repositories
from benchmarks.git_repositories import Places, floor
from benchmarks.git_runs import DULWICH, Runs, Spent
from benchmarks.git_server import serving
from benchmarks.table import Bound, Limit, Row, missed, render

__all__ = ["main"]

_POLL, _ROOT, _ALL, _BLOBS = "ours poll", "ours root", "ours all", "ours blobs"
_LS_REMOTE, _DEPTH_1, _PARTIAL = "git ls-remote", "git clone --depth 1", "git clone blobless"
_GITPYTHON = "GitPython depth=1"
_OTHERS = (_PARTIAL, _DEPTH_1, _GITPYTHON, DULWICH)
_THREADS = 8
_FAR_THREADS = 16
_FAR = 200
_BATCH = 100


def main() -> int:
    """Print one table; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=500, help="small repositories (default: 500)")
    parser.add_argument("--peers", type=Path, help="virtual environment that has dulwich")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ghostcrawl-bench-git-") as folder:
        root, work = Path(folder) / "repositories", Path(folder) / "work"
        places = git_repositories.build(root, arguments.small)
        with serving(root) as ports:
            runs = Runs(root=root, work=work, ports=ports, peers=arguments.peers)
            rows = tuple(_rows(runs, places))
    print(render(rows))  # noqa: T201 - a program's output
    return 1 if missed(rows) else 0


def _rows(runs: Runs, places: Places) -> Iterator[Row]:
    """Yield the whole table."""
    yield from _polls(runs, places)
    yield from _requests(runs, places)
    for name, share in ((places.refs, None), (places.tree, 5), (places.locks, 5)):
        yield from _one(runs, name, share)
    yield from _small(runs, places.small)
    yield _far(runs, places.locked[:_FAR])


def _at_most(value: float) -> Limit:
    return Limit(bound=Bound.AT_MOST, value=value)


def _at_least(value: float) -> Limit:
    return Limit(bound=Bound.AT_LEAST, value=value)


def _polls(runs: Runs, places: Places) -> Iterator[Row]:
    """Compare one question for the head; ours asks the host once what it can, which is left out."""
    once, twice = (runs.read(_POLL, [places.refs] * count) for count in (1, 2))
    theirs = runs.read(_LS_REMOTE, [places.refs])
    size = twice.up + twice.down - once.up - once.down
    yield Row(
        what="poll of 20,000 refs: bytes",
        ours=f"{twice.requests - once.requests} req, {size} B",
        other=f"{theirs.requests} req, {theirs.up + theirs.down:,} B",
        figure=size,
        limit=_at_most(1_000),
        note=f"other: {_LS_REMOTE} URL HEAD",
    )


def _requests(runs: Runs, places: Places) -> Iterator[Row]:
    contests = (
        ("with locks", _ALL, places.locked, 3),
        ("without locks", _ALL, places.bare, 2),
        ("whose head is known", _POLL, places.locked, 1),
        ("whose blob oids are known", _BLOBS, places.locked, 1),
    )
    for what, way, names, most in contests:
        found = runs.read(way, names, threads=_THREADS)
        yield Row(
            what=f"requests per repository {what}",
            ours=str(found),
            figure=(found.requests - 1) / len(names),
            limit=_at_most(most),
            note=f"{len(names)} small ones, less one probe of the host; {found.locks} locks",
        )


def _one(runs: Runs, name: str, share: int | None) -> Iterator[Row]:
    ours = runs.read(_ALL, [name])
    root = runs.read(_ROOT, [name])
    yield Row(what=f"{name}: root only", ours=str(root), note=f"{root.locks} of {ours.locks} locks")
    for way in _OTHERS:
        if runs.absent(way):
            yield Row(what=f"{name}: {way}", note="absent, see --peers")
            continue
        theirs = runs.read(way, [name])
        yield _compared(f"{name}: {way}", ours, theirs, share if way == _DEPTH_1 else None)
    yield _against_floor(name, ours, floor(runs.root, name))
    yield _revisit(runs, name)


def _revisit(runs: Runs, name: str) -> Row:
    """Compare a second visit, one lock and one other file later, with one that kept nothing."""
    first = runs.read("ours first", [name])
    plain, thin = (runs.read(way, [name]) for way in ("ours again", "ours difference"))
    _agree(name, thin, plain)
    sizes = [way.up + way.down - first.up - first.down for way in (thin, plain)]
    requests = [way.requests - first.requests - 1 for way in (thin, plain)]
    return Row(
        what=f"{name}: revisit as a difference, bytes",
        ours=f"{requests[0]} req, {sizes[0] / 1e3:,.1f} kB",
        other=f"{requests[1]} req, {sizes[1] / 1e3:,.1f} kB",
        figure=sizes[0] / sizes[1],
        limit=_at_most(1),
        note="one lock and one other file changed",
    )


def _compared(what: str, ours: Spent, theirs: Spent, share: int | None) -> Row:
    _agree(what, ours, theirs)
    return Row(
        what=f"{what}, bytes",
        ours=str(ours),
        other=str(theirs),
        figure=(ours.up + ours.down) / (theirs.up + theirs.down),
        limit=None if share is None else _at_most(round(1 / share, 3)),
        note="the same locks",
    )


def _agree(what: str, one: Spent, other: Spent) -> None:
    """Raise ValueError where two clients did not find the same: then no figure means anything."""
    if one.digest != other.digest:
        msg = f"{what}: {one.locks} locks and {other.locks} others"
        raise ValueError(msg)


def _against_floor(what: str, ours: Spent, bottom: int) -> Row:
    return Row(
        what=f"{what}: blobless pack floor, bytes",
        ours=f"{(ours.down) / 1e3:,.1f} kB",
        other=f"{bottom / 1e3:,.1f} kB",
        figure=ours.down / bottom,
        limit=_at_most(1.1),
        note="what came, headers, refs and the probe included",
    )


def _small(runs: Runs, names: Sequence[str]) -> Iterator[Row]:
    """Compare many small repositories."""
    ways = (_ALL, _ROOT, *(way for way in _OTHERS if not runs.absent(way)))
    whole = _in_turn(runs, ways, names)
    ours, count = whole[_ALL], len(names)
    yield Row(what=f"{count} small: root only", ours=str(whole[_ROOT]))
    for way in ways[2:]:
        share = 3 if way == _DEPTH_1 else None
        yield _compared(f"{count} small: {way}", ours, whole[way], share)
    yield _against_floor(f"{count} small", ours, sum(floor(runs.root, name) for name in names))
    yield from _speed(f"{count} small, {_THREADS} at once: {_GITPYTHON}", whole, count)


def _in_turn(
    runs: Runs, ways: Sequence[str], names: Sequence[str], *, far: bool = False
) -> dict[str, Spent]:
    """Let each client read batch after batch: the load of the machine falls on all alike."""
    taken: dict[str, list[Spent]] = {way: [] for way in ways}
    threads = _FAR_THREADS if far else _THREADS
    for start in range(0, len(names), _BATCH):
        batch = names[start : start + _BATCH]
        for way in ways:
            taken[way].append(runs.read(way, batch, threads=threads, far=far))
    return {way: reduce(add, parts) for way, parts in taken.items()}


def _speed(what: str, whole: dict[str, Spent], count: int) -> Iterator[Row]:
    ours, theirs = whole[_ALL], whole[_GITPYTHON]
    yield _faster(f"{what}, repositories/s", ours, theirs, count, 2.5)
    yield Row(
        what=f"{what}, client CPU",
        ours=f"{ours.cpu / count * 1e3:.1f} ms",
        other=f"{theirs.cpu / count * 1e3:.1f} ms",
        figure=ours.cpu / theirs.cpu,
        limit=_at_most(round(1 / 6, 3)),
        note="each",
    )


def _faster(what: str, ours: Spent, theirs: Spent, count: int, limit: float) -> Row:
    return Row(
        what=what,
        ours=f"{count / ours.wall:.1f}/s",
        other=f"{count / theirs.wall:.1f}/s",
        figure=theirs.wall / ours.wall,
        limit=_at_least(limit),
        note=f"with the starts of the programs: {theirs.whole / ours.whole:.2f}",
    )


def _far(runs: Runs, names: Sequence[str]) -> Row:
    whole = _in_turn(runs, (_ALL, _GITPYTHON), names, far=True)
    ours, theirs = whole[_ALL], whole[_GITPYTHON]
    _agree("far away", ours, theirs)
    what = f"{len(names)} small, 50 ms away, {_FAR_THREADS} at once: {_GITPYTHON}, repositories/s"
    return _faster(what, ours, theirs, len(names), 2.0)


if __name__ == "__main__":
    sys.exit(main())
