"""Children that may read hostile bytes: limited, watched, alone, and killed with all they started.

The child is `crawler.sandbox.confine`, which limits itself and then becomes the program; so nothing
runs between fork and exec of a process with threads.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO

from crawler.errors import ConfigurationError, TooLarge
from crawler.sandbox.confine import landlock_abi

__all__ = ["Completed", "Confinement", "Ended", "SandboxLimits", "run"]

_MIB = 1024 * 1024
_CHUNK = 65_536
_LARGEST_INPUT = 32 * _MIB
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/opt", "/dev/urandom")


class Confinement(StrEnum):
    """What to do where the kernel has no Landlock."""

    REQUIRED = "required"
    """Refuse to run: the default."""
    WHERE_POSSIBLE = "where_possible"
    """Run with the other limits only: the operator has decided so."""


class Ended(StrEnum):
    """How a child ended; only EXITED has an exit code that the program chose."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    TIMED_OUT = "timed_out"
    TOO_MUCH_OUTPUT = "too_much_output"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """What a child may use."""

    seconds: float = 30.0
    """Wall clock."""
    cpu_seconds: int = 20
    address_space: int = 1024 * _MIB
    """Bytes of virtual memory, per process."""
    file_bytes: int = 256 * _MIB
    """Of any one file it writes."""
    open_files: int = 64
    stdout_bytes: int = 64 * _MIB
    stderr_bytes: int = 64 * 1024
    readable: tuple[Path, ...] = ()
    """Besides the system's own folders and the job directory; nothing in them can be executed."""
    ports: tuple[int, ...] = ()
    """TCP ports it may connect to, where Landlock knows of ports (kernel 6.7); none by default."""
    confinement: Confinement = Confinement.REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a child left behind; death by a signal is a result like any other."""

    ended: Ended
    returncode: int | None
    """Of a child that EXITED, else None."""
    signal: int | None
    """That killed it, when SIGNALLED."""
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether it exited with 0."""
        return self.ended is Ended.EXITED and self.returncode == 0


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    limits: SandboxLimits,
    stdin: bytes = b"",
) -> Completed:
    """Run `argv` in the job directory `cwd`, the only place where it may write.

    `env` is its whole environment, besides LC_ALL=C. Returns when it has ended, however it did. Raises
    ConfigurationError where the limits cannot be set, TooLarge where `stdin` is more than a child
    may be given (32 MiB).
    """
    if limits.confinement is Confinement.REQUIRED and landlock_abi() < 1:
        raise ConfigurationError(
            "this kernel has no Landlock; allow children without it in the settings, or use another kernel"
        )
    if len(stdin) > _LARGEST_INPUT:
        raise TooLarge("too much input for a child")
    told, report = os.pipe()
    try:
        with _as_file(stdin) as source:
            child = subprocess.Popen(  # noqa: S603 - argv is ours, and what it may do is limited
                [sys.executable, "-I", "-S", *_confined(argv, cwd, limits, report)],
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"LC_ALL": "C", **env},
                cwd=cwd,
                pass_fds=(report,),
                start_new_session=True,
            )
    finally:
        os.close(report)
    with child, os.fdopen(told, "rb") as complaint:
        completed = _Watch(child, limits).completed()
        if problem := complaint.read(_CHUNK):
            raise ConfigurationError(f"a child could not be confined: {problem.decode()}")
        return completed


def _confined(
    argv: Sequence[str], cwd: Path, limits: SandboxLimits, report: int
) -> tuple[str, ...]:
    """Return the arguments of the child that becomes `argv`; see `confine`."""
    programs = (*_SYSTEM, sys.prefix, sys.base_prefix)
    return (
        str(Path(__file__).with_name("confine.py")),
        str(report),
        str(os.getpid()),
        f"{limits.address_space},{limits.cpu_seconds},{limits.file_bytes},{limits.open_files}",
        limits.confinement.value,
        ",".join(map(str, limits.ports)),
        str(cwd),
        str(len(programs)),
        str(len(limits.readable)),
        *programs,
        *map(str, limits.readable),
        *argv,
    )


def _as_file(content: bytes) -> IO[bytes]:
    """Return an unlinked file in memory, so that writing input can never block."""
    file = os.fdopen(os.memfd_create("stdin", os.MFD_CLOEXEC), "w+b")
    file.write(content)
    file.seek(0)
    return file


class _Watch:
    """Reads both streams of a child until it ends, says too much, or runs out of time."""

    def __init__(self, child: subprocess.Popen[bytes], limits: SandboxLimits) -> None:
        if child.stdout is None or child.stderr is None:
            raise ValueError("a child without pipes")
        self._child, self._limits = child, limits
        self._caps = {child.stdout: limits.stdout_bytes, child.stderr: limits.stderr_bytes}
        self._kept: dict[IO[bytes], bytearray] = {pipe: bytearray() for pipe in self._caps}
        self._stdout, self._stderr = child.stdout, child.stderr

    def completed(self) -> Completed:
        """Wait for the end, kill whatever is left, and say how it ended."""
        try:
            early = self._wait()
        finally:
            # The leader is not reaped yet, so that its number still names this group and no other.
            os.killpg(self._child.pid, signal.SIGKILL)
            code = self._child.wait()
        for pipe in self._kept:
            while self._read(pipe):
                pass
        ended = early or (Ended.SIGNALLED if code < 0 else Ended.EXITED)
        if early is None and any(len(kept) > self._caps[pipe] for pipe, kept in self._kept.items()):
            ended = Ended.TOO_MUCH_OUTPUT
        return Completed(
            ended=ended,
            returncode=code if ended is Ended.EXITED else None,
            signal=-code if ended is Ended.SIGNALLED else None,
            stdout=bytes(self._kept[self._stdout][: self._limits.stdout_bytes]),
            stderr=bytes(self._kept[self._stderr][: self._limits.stderr_bytes]),
        )

    def _wait(self) -> Ended | None:
        ends = time.monotonic() + self._limits.seconds
        exited = os.pidfd_open(self._child.pid)
        try:
            with selectors.DefaultSelector() as ready:
                ready.register(exited, selectors.EVENT_READ)
                for pipe in self._kept:
                    os.set_blocking(pipe.fileno(), False)
                    ready.register(pipe, selectors.EVENT_READ, pipe)
                while (left := ends - time.monotonic()) > 0:
                    for key, _ in ready.select(left):
                        if key.data is None:
                            return None
                        if not self._read(key.data):
                            ready.unregister(key.data)
                        elif len(self._kept[key.data]) > self._caps[key.data]:
                            return Ended.TOO_MUCH_OUTPUT
        finally:
            os.close(exited)
        return Ended.TIMED_OUT

    def _read(self, pipe: IO[bytes]) -> bool:
        """Take what is there; False at the end of the stream, or where nothing is left to wait for."""
        try:
            chunk = os.read(pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return False
        if len(self._kept[pipe]) <= self._caps[pipe]:
            self._kept[pipe] += chunk
        return bool(chunk) and len(self._kept[pipe]) <= self._caps[pipe] + _CHUNK
