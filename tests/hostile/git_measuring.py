"""What one visit of a hostile remote costs, and what it leaves: a driver forks for each of them.

The driver reaps whatever a visit orphans, looks at the processes and the disk while the visit runs,
and lives in an environment full of secrets and proxies. Run as `python -m tests.hostile.git_measuring`.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from crawler.errors import GhostcrawlError
from crawler.git.commandline import CommandLineReader
from crawler.git.interface import Limits
from crawler.git.reader import GitReader, visit
from crawler.lockfiles import crawl_worth
from crawler.model import Outcome, ReadRequest, Refs, Repository, SeenFile, Visit
from crawler.net import Http
from tests.servers.process import descendants, is_dying
from tests.servers.waiting import PATIENCE

__all__ = ["SECRET", "Asked", "Driver", "Seen", "Way", "drive"]

SECRET = "s3cret-that-no-server-may-hear"
_ROOT = Path(__file__).resolve().parents[2]
_LIMITS = Limits(total_seconds=8.0, heads_seconds=2.0, slow_seconds=1.0)
_NEVER_ENDS = 600.0
"""Seconds of the clock, which is that of a busy machine, too; what a visit costs is judged by its CPU."""
_LOOK_EVERY = 0.03
_PR_SET_CHILD_SUBREAPER = 36
_MIB = 1024 * 1024


class Way(StrEnum):
    """How the remote is read."""

    READER = "reader"
    """`GitReader`, with the fallback that it has in earnest."""
    PROGRAM = "program"
    """The fallback at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One visit."""

    url: str
    trusted: tuple[str, ...]
    way: Way
    refs: Refs = Refs.DEFAULT
    patient: bool = False
    """With the limits of earnest, not with shorter ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a visit ended, what it cost and what it left."""

    verdict: str
    """An outcome, `visited partial` where something was skipped, or the error of a failed one."""
    reason: str = ""
    read: tuple[str, ...] = ()
    """Paths of the blobs that came home."""
    seconds: float = 0.0
    own_cpu_seconds: float = 0.0
    child_cpu_seconds: float = 0.0
    """Of children that ended by themselves."""
    cpu_seconds: float = 0.0
    """Of the process that read and of all below it; the wall clock is that of a busy machine, too."""
    own_mib: float = 0.0
    """Peak of the process that read."""
    child_mib: float = 0.0
    """Peak of the largest process that it started; 0 where there was none."""
    disk_mib: float = 0.0
    """Most of the temporary folder that was seen in use."""
    commands: frozenset[str] = frozenset()
    """Command lines of the children that were seen."""
    left: tuple[str, ...] = ()
    """Files and processes that outlived the visit."""


class Driver:
    """The driver process; `hostile` is put into its environment. Use it as a context."""

    def __init__(self, hostile: Mapping[str, str]) -> None:
        self._hostile = hostile

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="ghostcrawl-hostile-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.git_measuring"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={
                **os.environ,
                **self._hostile,
                "PYTHONPATH": str(_ROOT),
                "TMPDIR": self._folder.name,
            },
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def see(self, asked: Asked) -> Seen:
        """Make one visit in a fresh process."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("a driver without pipes")
        pickle.dump(asked, stdin)
        stdin.flush()
        seen = pickle.load(stdout)
        if not isinstance(seen, Seen):
            raise TypeError(f"the driver answers {seen!r}")
        return seen


def drive(asked: BinaryIO, answered: BinaryIO) -> None:
    """Make the visits that are asked for until there are no more."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    while True:
        try:
            job = pickle.load(asked)
        except EOFError:
            return
        pickle.dump(_forked(job), answered)
        answered.flush()


def _forked(job: Asked) -> Seen:
    told, tell = os.pipe()
    begun, fork = time.monotonic(), os.fork()
    if fork == 0:
        os.close(told)
        with os.fdopen(tell, "wb") as pipe:
            pickle.dump(_costed(job), pipe)
            pipe.flush()
        os._exit(0)
    os.close(tell)
    ended, watched = _watched(fork, begun + _NEVER_ENDS)
    with os.fdopen(told, "rb") as pipe:
        answer = pipe.read()
    seen = pickle.loads(answer) if answer else Seen(verdict=f"died: {ended}")
    return replace(
        seen,
        seconds=time.monotonic() - begun,
        # Who was killed with its parent is in nobody's getrusage(2).
        cpu_seconds=seen.own_cpu_seconds + max(seen.child_cpu_seconds, sum(watched.cpu.values())),
        child_mib=watched.memory / _MIB,
        disk_mib=watched.disk / _MIB,
        commands=frozenset(watched.commands),
        left=(*sorted(_files()), *_orphans()),
    )


@dataclass(slots=True, kw_only=True)
class _Watched:
    """What was seen while a visit ran; bytes."""

    disk: int = 0
    memory: int = 0
    """Of the largest process below: one that is killed is in nobody's getrusage(2)."""
    commands: set[str] = field(default_factory=set)
    cpu: dict[int, float] = field(default_factory=dict)
    """Seconds of each process below, when it was last seen."""


def _watched(fork: int, until: float) -> tuple[int, _Watched]:
    """Wait for `fork`; return its exit code and what was seen meanwhile."""
    watched = _Watched()
    while True:
        done, status = os.waitpid(fork, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), watched
        below = descendants(fork)
        watched.commands.update(below.values())
        watched.memory = max(watched.memory, *map(_peak, below), 0)
        watched.cpu |= {pid: _cpu(pid) or watched.cpu.get(pid, 0.0) for pid in below}
        watched.disk = max(watched.disk, sum(_files().values()))
        if time.monotonic() > until:
            for pid in (fork, *below):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(_LOOK_EVERY)


def _peak(pid: int) -> int:
    """Return the most resident memory that `pid` ever had, in bytes (proc_pid_status(5))."""
    with suppress(FileNotFoundError, ProcessLookupError):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def _cpu(pid: int) -> float:
    """Return the seconds that `pid` alone has computed for (proc_pid_stat(5)); 0 where it has gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _files() -> dict[str, int]:
    """Return what is in the temporary folder: path -> bytes on the disk."""
    found = {}
    for folder, folders, files in os.walk(tempfile.gettempdir()):
        for name in (*folders, *files):
            with suppress(OSError):
                path = Path(folder, name)
                found[str(path)] = path.lstat().st_blocks * 512
    return found


def _orphans() -> tuple[str, ...]:
    """Return the commands of processes that outlived their visit, not those dying; and end them."""
    there = descendants(os.getpid())
    left = {pid: command for pid, command in there.items() if not is_dying(pid)}
    until = time.monotonic() + PATIENCE
    while there.keys() - left.keys() and time.monotonic() < until:
        time.sleep(_LOOK_EVERY)
        there = descendants(os.getpid())
    left |= there
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        while os.waitpid(-1, 0 if left else os.WNOHANG)[0]:
            pass
    return tuple(left.values())


def _costed(job: Asked) -> Seen:
    try:
        seen = _seen(_visited(job))
    except GhostcrawlError as error:
        seen = Seen(verdict=_named(error), reason=str(error))
    except BaseException as error:  # noqa: BLE001 - the test tells it, whatever it is
        seen = Seen(verdict="untyped", reason=f"{type(error).__name__}: {error}")
    own, children = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return replace(
        seen,
        own_cpu_seconds=own.ru_utime + own.ru_stime,
        child_cpu_seconds=children.ru_utime + children.ru_stime,
        own_mib=own.ru_maxrss / 1024,
    )


def _visited(job: Asked) -> Visit:
    repository = Repository(host="git.example", path="r", clone_url=job.url)
    request = ReadRequest(wanted=_worth, known=_nothing, refs=job.refs)
    limits = Limits() if job.patient else _LIMITS
    if job.way is Way.PROGRAM:
        with _program(job.trusted, limits) as objects:
            return visit(objects, repository, request, limits)
    http = Http(agent="ghostcrawl/test", trusted_hosts=job.trusted)
    reader = GitReader(
        http,
        limits=limits,
        trusted_hosts=job.trusted,
        fallback=lambda _: _program(job.trusted, limits),
    )
    (result,) = reader.read([repository], request)
    http.close()
    return result


def _program(trusted: tuple[str, ...], limits: Limits) -> CommandLineReader:
    return CommandLineReader(agent="ghostcrawl/test", limits=limits, trusted_hosts=trusted)


def _worth(path: str) -> int:
    """Want more than in earnest, and take as long."""
    return crawl_worth(path) or path.endswith("uv.lock")


def _nothing(_: Collection[SeenFile]) -> Collection[str]:
    return ()


def _seen(result: Visit) -> Seen:
    reasons = "; ".join(f"{s.context[:60]}: {s.reason}" for s in result.skipped[:3])
    verdict = result.outcome.value
    if result.outcome is Outcome.FAILED:
        verdict, reasons = result.skipped[0].reason.partition(":")[0], result.skipped[0].reason
    elif result.outcome in {Outcome.VISITED, Outcome.EMPTY}:
        verdict += " partial" if result.skipped else " whole"
    return Seen(verdict=verdict, reason=reasons, read=tuple(sorted(b.path for b in result.blobs)))


def _named(error: GhostcrawlError) -> str:
    """Return the name of an error as `GitReader` would write it."""
    name = type(error).__name__
    return {"Defer": "deferred"}.get(name, name.lower() if name in _OUTCOMES else name)


_OUTCOMES = frozenset({"Gone", "Private", "Blocked"})

if __name__ == "__main__":
    from tests.hostile.git_measuring import drive  # not `__main__`, whose types cannot be unpickled

    drive(sys.stdin.buffer, sys.stdout.buffer)
