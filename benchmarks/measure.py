"""How time and memory are taken: of a child, with all that it started.

CPU and memory are what the kernel says of ended processes (wait4(2)). A starter stands between us and the
child, since Linux counts the memory of whoever forks as the child's own, and adopts whom the child leaves behind:
workers whose own parent was killed first would be counted nowhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

__all__ = ["Checkout", "Cost", "run"]

_UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "GHOSTCRAWL_CONFIG")
"""What a developer's shell may have set, and makes every start slower or another one."""
_STARTER = """
import ctypes, json, os, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
figures = {"wall": 0.0, "cpu": 0.0, "peak": 0, "code": 0}
while True:
    try:
        ended, status, used = os.wait4(-1, 0)
    except ChildProcessError:
        break
    figures["cpu"] += used.ru_utime + used.ru_stime
    figures["peak"] = max(figures["peak"], used.ru_maxrss * 1024)
    if ended == child:
        figures["wall"] = time.perf_counter() - begun
        figures["code"] = os.waitstatus_to_exitcode(status)
with open(sys.argv[1], "w") as file:
    json.dump(figures, file)
"""
"""Starts the child in our stead: Linux counts the memory of whoever forks as the child's own.

It adopts what the child leaves behind (PR_SET_CHILD_SUBREAPER, prctl(2)): what a worker used whose own
parent was killed before it would be counted nowhere else.
"""


class _Used(TypedDict):
    wall: float
    cpu: float
    peak: int
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A checkout of this repository that is measured, this one or another."""

    folder: Path
    name: str

    @property
    def python(self) -> str:
        """The Python of its `.venv`; that of this process for a checkout without one."""
        own = self.folder / ".venv/bin/python"
        return str(own) if own.exists() else sys.executable


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a child used, all that it started included."""

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
