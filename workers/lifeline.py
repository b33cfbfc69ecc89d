"""Children that die with this process, even when it is killed with SIGKILL, and write for its user alone.

Linux sends a child the signal of prctl(PR_SET_PDEATHSIG) when the *thread* that made it ends, see
prctl(2). So a thread of its own makes every child and then waits for it as long as it lives. The
signal is asked for by a launcher of a few lines that then becomes the program: `preexec_fn` is unsafe
in a process with threads.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from crawler.errors import StoreError

__all__ = ["Child", "Launch", "die_with_parent"]

_PR_SET_PDEATHSIG = 1
_LONGEST_DEATH = 10.0
"""Seconds until a process that was sent SIGKILL is gone, unless the kernel holds it."""

_LAUNCHER = """
import os, signal, sys
parent, number, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
os.umask(0o077)
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None, use_errno=True).prctl(1, number, 0, 0, 0)  # 1 is PR_SET_PDEATHSIG
if os.getppid() != parent:  # it died before the kernel knew
    os._exit(1)
try:
    os.execv(program[0], program)
except OSError as error:
    sys.exit(f"{program[0]}: {error.strerror}")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to start."""

    argv: Sequence[str]
    """The program by absolute path, then its arguments; never a token, others can read them."""
    log: Path
    """Its standard output and error are appended here; made readable by the owner only."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The whole environment."""
    keep_open: Collection[int] = ()
    """File descriptors that the child inherits."""
    orphan_signal: signal.Signals = signal.SIGTERM
    """What the child receives when this process is gone."""


class Child:
    """A running child in a process group of its own, which ends with it."""

    def __init__(self, launch: Launch) -> None:
        """Start it; raises StoreError where the program cannot be started."""
        self._ended = threading.Event()
        started: Future[subprocess.Popen[bytes]] = Future()
        name = f"lifeline of {Path(launch.argv[0]).name}"
        keeper = threading.Thread(
            target=_live, args=(launch, started, self._ended), name=name, daemon=True
        )
        keeper.start()
        try:
            self._process = started.result()
        except OSError as error:
            msg = f"{launch.argv[0]} cannot be started: {error}"
            raise StoreError(msg) from error

    @property
    def pid(self) -> int:
        """Process id, which is also the id of its process group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What it ended with, minus the number of a signal; None while it runs."""
        return self._process.returncode if self._ended.is_set() else None

    def wait(self, seconds: float) -> bool:
        """Return True when it has ended within `seconds`."""
        return self._ended.wait(seconds)

    def stop(self, seconds: float) -> None:
        """Ask it to end (SIGTERM), and after `seconds` end it (SIGKILL)."""
        # Only the leader is asked: a pool child that gets SIGTERM would drop its task.
        self.send(signal.SIGTERM)
        if not self.wait(seconds):
            self.kill()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self._process.kill()
        self.wait(_LONGEST_DEATH)


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send this process `number` when its parent ends; nothing where it cannot."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def _live(launch: Launch, started: Future[subprocess.Popen[bytes]], ended: threading.Event) -> None:
    try:
        process = _start(launch)
    except OSError as error:
        started.set_exception(error)
        return
    started.set_result(process)
    # Before it is reaped its id cannot be given out again, so this group is still the child's own.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    ended.set()


def _start(launch: Launch) -> subprocess.Popen[bytes]:
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER]
    argv = [*launcher, str(os.getpid()), str(int(launch.orphan_signal)), *launch.argv]
    log = os.open(launch.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(log, 0o600)
        return subprocess.Popen(  # noqa: S603 - no shell; the program is named by the caller
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(launch.environment),
            pass_fds=tuple(launch.keep_open),
            start_new_session=True,
        )
    finally:
        os.close(log)
