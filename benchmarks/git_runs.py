"""Running clients of repositories and counting what that costs both sides.

Every client is a process of its own that is given URLs and says what locks it brought home. The server counts
requests and bytes, `measure` the CPU; what the client takes to start, with no URL at all, is left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import git_clients
from benchmarks.git_repositories import before, lock_oids
from benchmarks.git_server import Ports, spent
from benchmarks.measure import Cost, run

__all__ = ["DULWICH", "Runs", "Spent", "Way"]

_HOME = Path(__file__).resolve().parents[1]
_SETTINGS = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "PYTHONPATH": str(_HOME),
}
DULWICH = "dulwich depth=1"
Way = str
"""A client of `git_clients` by its name, or `ours WAY` of `git_ours`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a client used to read some repositories."""

    requests: int
    up: int
    """Bytes."""
    down: int
    """Bytes."""
    wall: float
    """Seconds, the start of the program left out."""
    whole: float
    """Seconds, with it."""
    cpu: float
    """Seconds, the start left out."""
    locks: int
    digest: str
    """Of all locks: equal for clients that found the same."""

    def __str__(self) -> str:
        """Write it as `3 req, 120 kB, cpu 0.1 s, 0.4 s`."""
        size = (self.up + self.down) / 1e3
        return f"{self.requests} req, {size:,.1f} kB, cpu {self.cpu:.2f}, {self.wall:.2f} s"

    def __add__(self, other: Spent) -> Spent:
        """Return both together; what they found must be compared before."""
        return Spent(
            requests=self.requests + other.requests,
            up=self.up + other.up,
            down=self.down + other.down,
            wall=self.wall + other.wall,
            whole=self.whole + other.whole,
            cpu=self.cpu + other.cpu,
            locks=self.locks + other.locks,
            digest=self.digest + other.digest,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Where everything is."""

    root: Path
    work: Path
    ports: Ports
    peers: Path | None
    _starts: dict[Way, float] = field(default_factory=dict)

    def absent(self, way: Way) -> bool:
        """Say whether a client cannot be run."""
        return way == DULWICH and self.peers is None

    def read(self, way: Way, names: Sequence[str], *, threads: int = 1, far: bool = False) -> Spent:
        """Let a client read repositories; raises ValueError where it fails."""
        if way not in self._starts:
            self._starts[way] = self._run(way, [], 1).cpu
        spent(self.ports)
        cost = self._run(way, self._lines(way, names, far=far), threads)
        traffic, answer = spent(self.ports), _answer(way, cost)
        return Spent(
            requests=traffic.requests,
            up=traffic.up,
            down=traffic.down,
            wall=float(str(answer["seconds"])),
            whole=cost.wall,
            cpu=max(0.0, cost.cpu - self._starts[way]),
            locks=int(str(answer["locks"])),
            digest=str(answer["digest"]),
        )

    def _lines(self, way: Way, names: Sequence[str], *, far: bool) -> list[str]:
        urls = self.ports.urls(list(names), far=far)
        if way == "ours blobs":
            oids = [lock_oids(self.root, name) for name in names]
        elif way in {"ours first", "ours again", "ours difference"}:
            oids = [[before(self.root, name)] for name in names]
        else:
            return urls
        return [" ".join([url, *some]) for url, some in zip(urls, oids, strict=True)]

    def _run(self, way: Way, lines: Sequence[str], threads: int) -> Cost:
        self.work.mkdir(parents=True, exist_ok=True)
        listed = self.work / "urls"
        listed.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        argv = [*self._program(way), str(threads), listed, self.work / "clones"]
        return run(argv, cwd=self.work, env=_SETTINGS, log=self.work / "log")

    def _program(self, way: Way) -> list[str]:
        if way.startswith("ours "):
            return [sys.executable, "-P", "-m", "benchmarks.git_ours", way.removeprefix("ours ")]
        python = str(self.peers / "bin/python") if way == DULWICH and self.peers else sys.executable
        # Without -P the folder of the script comes first, and in it `git` is this benchmark.
        return [python, "-P", git_clients.__file__, way]


def _answer(way: Way, cost: Cost) -> Mapping[str, object]:
    if cost.code:
        msg = f"{way} ended with {cost.code}: {cost.err[-500:]}"
        raise ValueError(msg)
    answer: Mapping[str, object] = json.loads(cost.out)
    return answer
