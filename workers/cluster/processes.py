"""The worker processes of a single machine: started, watched, started again, and ended together.

Each runs in a process group of its own, so Ctrl-C in the terminal reaches only the parent, which drains
first. A worker that dies again and again (a poisoned task, a broken installation) is not started
for ever.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from crawler.errors import Stop
from workers.lifeline import Child, Launch
from workers.private import private_folder

__all__ = ["DEFAULT_COMMAND", "Death", "Respawn", "WorkerGroup", "WorkerSpec"]

DEFAULT_COMMAND = (sys.executable, "-P", "-m", "workers.cli.main", "worker")
_LARGEST_LOG = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpec:
    """One worker process."""

    name: str
    """Unique in a group; also the name of its log."""
    pool: str
    threads: int
    kinds: Sequence[str] = ()
    """The kinds of work that it does; empty: all."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Its whole environment: settings, and tokens only where the pool needs them."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after `ghostcrawl worker`; never a secret, others can read them."""
        only = ("--kinds", ",".join(self.kinds)) if self.kinds else ()
        return ("-Q", self.pool, "-c", str(self.threads), *only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Respawn:
    """How often a worker may die."""

    deaths: int = 5
    """This many within `seconds` are too many."""
    seconds: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A worker that ended by itself and was started again."""

    name: str
    exit_code: int
    """Minus the number of a signal."""


class WorkerGroup:
    """The workers of this process; they die with it."""

    def __init__(
        self,
        specs: Sequence[WorkerSpec],
        *,
        log_directory: Path,
        clock: Callable[[], float],
        command: Sequence[str] = DEFAULT_COMMAND,
        respawn: Respawn | None = None,
    ) -> None:
        """Prepare workers that log into `log_directory`; `clock` is monotonic, in seconds."""
        self._specs = {spec.name: spec for spec in specs}
        self._logs, self._clock, self._command = log_directory, clock, tuple(command)
        self._respawn = respawn or Respawn()
        self._children: dict[str, Child] = {}
        self._deaths: dict[str, deque[float]] = {name: deque() for name in self._specs}

    @property
    def pids(self) -> Mapping[str, int]:
        """Name -> process id of the workers that run."""
        return {name: c.pid for name, c in self._children.items() if c.exit_code is None}

    def start(self) -> None:
        """Start all workers; raises StoreError where one cannot be started."""
        private_folder(self._logs)
        for name in self._specs:
            self._start(name)

    def watch(self) -> tuple[Death, ...]:
        """Start again what has ended; call it now and then. One that ended with 0 has not died.

        Raises Stop where one dies too often: then its tasks, not the worker, are the trouble.
        """
        ended = {
            name: child.exit_code
            for name, child in self._children.items()
            if child.exit_code is not None
        }
        died = [name for name, code in ended.items() if code]
        for name in ended.keys() - set(died):
            self._start(name)
        return tuple(self._revive(name, ended[name]) for name in died)

    def stop(self, seconds: float = 20.0) -> None:
        """Let all finish what they do (SIGTERM), and after `seconds` end them. May be repeated."""
        children, self._children = self._children, {}
        for child in children.values():
            child.send(signal.SIGTERM)
        until = self._clock() + seconds
        for child in children.values():
            if not child.wait(max(0.0, until - self._clock())):
                child.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _revive(self, name: str, exit_code: int) -> Death:
        deaths, now = self._deaths[name], self._clock()
        deaths.append(now)
        while deaths and deaths[0] <= now - self._respawn.seconds:
            deaths.popleft()
        if len(deaths) >= self._respawn.deaths:
            msg = f"the worker {name} died {len(deaths)} times in {self._respawn.seconds:.0f} s (last exit code {exit_code}); see {self._log_of(name)}"
            raise Stop(msg)
        self._start(name)
        return Death(name=name, exit_code=exit_code)

    def _start(self, name: str) -> None:
        spec, log = self._specs[name], self._log_of(name)
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > _LARGEST_LOG:
                log.replace(log.with_suffix(".log.1"))
        launch = Launch(
            argv=(*self._command, *spec.arguments),
            log=log,
            environment=spec.environment,
            orphan_signal=signal.SIGKILL,
        )
        self._children[name] = Child(launch)

    def _log_of(self, name: str) -> Path:
        return self._logs / f"worker-{name}.log"
