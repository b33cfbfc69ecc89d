"""What reading one file costs: a small driver forks for each, so that every measure starts from nothing.

The peak memory of a child counts what its parent held when it was forked (getrusage(2)); the process
of the tests holds far more than a parser may use. A file that is read in a child in earnest is read so
here; a small one in a fork of this warm driver with the limits of that child, because starting Python
takes a hundred times as long as reading it. Run as `python -m tests.hostile.measuring`.
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from crawler import lockfiles
from crawler.model import ParseResult, Readable
from workers.parsing import INLINE_BYTES, LIMITS, in_child, parse
from workers.values import decode, encode

__all__ = ["Driver", "Measured", "drive"]

_ROOT = Path(__file__).resolve().parents[2]
_Way = Callable[[str, bytes], ParseResult]
_CHILDREN = resource.RUSAGE_CHILDREN
_END = 3
"""Exit code of the fork that found no more requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One way of reading the file: what came out, and what it cost."""

    readable: Readable
    format: str
    pins: int
    reasons: tuple[str, ...]
    """The first ones of what was skipped."""
    child_seconds: float
    """CPU time of the child, if there was one."""
    own_seconds: float
    """CPU time of the process that asked."""
    elapsed: float
    """Wall clock, in seconds; on a busy machine that of the others, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How one file was read: in a child, and as the crawler would (which may be the same)."""

    child: Read
    guarded: Read
    child_mib: float
    """Peak resident memory of the child."""
    growth_mib: float
    """By how much the peak of the process grew that called `parse`."""
    left: tuple[str, ...]
    """Names of the files that were left behind in the temporary folder."""


class Driver:
    """The driver process; use it as a context."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="ghostcrawl-hostile-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.measuring"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT), "TMPDIR": self._folder.name},
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

    @property
    def alive(self) -> bool:
        """Whether the driver still runs, whatever its forks have read."""
        return self._process.poll() is None

    def measure(self, path: str, data: bytes) -> Measured:
        """Read `data` both ways in a fresh process; RuntimeError where that process died."""
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise RuntimeError("a driver without pipes")
        pickle.dump((path, data), asked)
        asked.flush()
        answer = pickle.load(answered)
        if not isinstance(answer, Measured):
            raise RuntimeError(f"the process that called `parse` ended with {answer}")  # noqa: TRY004 - not about types
        return answer


def drive(asked: BinaryIO, answered: BinaryIO) -> None:
    while True:
        fork = os.fork()
        if fork == 0:
            os._exit(_serve(asked, answered))
        code = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
        if code == _END:
            return
        if code:
            pickle.dump(code, answered)
            answered.flush()


def _serve(asked: BinaryIO, answered: BinaryIO) -> int:
    try:
        path, data = pickle.load(asked)
    except (EOFError, pickle.UnpicklingError):
        return _END
    try:
        answer = pickle.dumps(_measured(path, data))
    except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
        answer = pickle.dumps(f"{type(error).__name__}: {error}")
    answered.write(answer)
    answered.flush()
    return 0


def _measured(path: str, data: bytes) -> Measured:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    guarded = _read(parse, path, data)
    away = in_child if len(data) > INLINE_BYTES else in_fork
    child = guarded if guarded.child_seconds else _read(away, path, data)
    peak = resource.getrusage(_CHILDREN).ru_maxrss
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measured(
        child=child,
        guarded=guarded,
        child_mib=peak / 1024,
        growth_mib=(after - before) / 1024,
        left=tuple(sorted(left.name for left in Path(tempfile.gettempdir()).iterdir())),
    )


def in_fork(path: str, data: bytes) -> ParseResult:
    """Read as the child does and under its limits; RuntimeError where that ends it."""
    told, tell = os.pipe()
    fork = os.fork()
    if fork == 0:
        os.close(told)
        try:
            _limit()
            text = encode(lockfiles.read_as(lockfiles.reading_of(path), data))
            with os.fdopen(tell, "wb") as pipe:
                pipe.write(text.encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        answer = pipe.read()
    if code := os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]):
        raise RuntimeError(f"a small file ended the process that read it with {code}")
    return decode(ParseResult, answer.decode())


def _limit() -> None:
    for kind, most in (
        (resource.RLIMIT_CPU, LIMITS.cpu_seconds),
        (resource.RLIMIT_AS, LIMITS.address_space),
        (resource.RLIMIT_FSIZE, LIMITS.file_bytes),
    ):
        resource.setrlimit(kind, (most, most))


def _read(read: _Way, path: str, data: bytes) -> Read:
    begun, own, children = time.monotonic(), _cpu(resource.RUSAGE_SELF), _cpu(_CHILDREN)
    result = read(path, data)
    return Read(
        readable=result.readable,
        format=result.format,
        pins=len(result.pins),
        reasons=tuple(s.reason for s in result.skipped[:3]),
        child_seconds=_cpu(_CHILDREN) - children,
        own_seconds=_cpu(resource.RUSAGE_SELF) - own,
        elapsed=time.monotonic() - begun,
    )


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    from tests.hostile.measuring import (
        drive,
    )  # not `__main__`, whose types nobody else can unpickle

    drive(sys.stdin.buffer, sys.stdout.buffer)
