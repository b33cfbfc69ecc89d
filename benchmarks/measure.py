"""How time and memory are taken: CPU of this process in interleaved rounds, or all that a child used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, TypedDict

__all__ = ["Cost", "interleaved", "run"]

_UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "GHOSTCRAWL_CONFIG")
"""What a developer's shell may have set, and makes every start slower or another one."""
_STARTER = """
import json, os, sys, time
begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
figures = {
    "wall": time.perf_counter() - begun,
    "cpu": used.ru_utime + used.ru_stime,
    "peak": used.ru_maxrss * 1024,
    "code": os.waitstatus_to_exitcode(status),
}
with open(sys.argv[1], "w") as file:
    json.dump(figures, file)
"""
"""Starts the child in our stead: Linux counts the memory of whoever forks as the child's own."""


class _Used(TypedDict):
    wall: float
    cpu: float
    peak: int
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a child used, all its own children that it waited for included."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    peak: int
    """Bytes resident at most, of the largest of its processes."""
    code: int
    """Exit code; negative: the signal that ended it."""
    out: str
    """What it said on stdout."""
    err: str
    """What it said on stderr."""

    def __str__(self) -> str:
        """Write it as `0.34 s, 44 MB`."""
        return f"{self.wall:.2f} s, {self.peak / 1e6:.0f} MB"


def interleaved(tasks: Mapping[str, Callable[[], object]], rounds: int) -> Mapping[str, float]:
    """Return the median CPU seconds of each task over `rounds` rounds, in which each has its turn.

    Whatever else the machine does then falls on all of them alike.
    """
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            begun = time.process_time()
            task()
            taken[name].append(time.process_time() - begun)
    return {name: median(seconds) for name, seconds in taken.items()}


def run(argv: Sequence[object], *, cwd: Path, env: Mapping[str, str], log: Path) -> Cost:
    """Run `argv` in `cwd` to its end; `env` is added to ours. What it says lies in the folder `log`."""
    surroundings = {name: value for name, value in os.environ.items() if name not in _UNWANTED}
    log.mkdir(parents=True, exist_ok=True)
    with (log / "out").open("w+b") as out, (log / "err").open("w+b") as err:
        subprocess.run(  # noqa: S603 - our own command lines
            [sys.executable, "-I", "-S", "-c", _STARTER, log / "used", *map(str, argv)],
            cwd=cwd,
            env={**surroundings, **env},
            stdout=out,
            stderr=err,
            check=True,
        )
        used: _Used = json.loads((log / "used").read_text(encoding="ascii"))
        return Cost(**used, out=_text(out), err=_text(err))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
