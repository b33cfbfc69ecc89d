"""The whole demo world, and a user who has seeded: what chaos begins with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.servers.excerpt import Stage, on_stage
from tests.servers.process import descendants, ends
from tests.servers.terminal import Ran, Terminal
from tests.servers.valkey import allow_loopback_and_unix
from tests.servers.waiting import PATIENCE, eventually
from workers.demo.world import build


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """A command that runs, and all processes that it was ever seen to have."""

    process: subprocess.Popen[bytes]
    log: Path
    seen: dict[int, str] = field(default_factory=dict)

    def pids(self, *words: str) -> list[int]:
        """Return those of its processes whose command line holds one of `words`, oldest first."""
        found = descendants(self.process.pid)
        self.seen.update(found)
        return sorted(p for p, command in found.items() if any(w in command for w in words))

    def wait_until(self, condition: Callable[[], object], seconds: float = PATIENCE) -> bool:
        """Wait for `condition`; return False where the command ended before."""
        eventually(lambda: condition() or self.process.poll() is not None, seconds)
        self.pids()
        return bool(condition())

    def kill(self, pid: int | None = None) -> None:
        """Kill one process, or the command with its whole process group."""
        self.pids()
        if pid is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)

    def end(self, seconds: float) -> int:
        """Return the exit code."""
        return self.process.wait(seconds)

    def orphans(self) -> list[str]:
        """Return what still runs a good while after the end."""
        return [command for pid, command in self.seen.items() if not ends(pid)]


@contextmanager
def doomed(user: Terminal, words: Sequence[str]) -> Iterator[Doomed]:
    """Start a command in a process group of its own."""
    log = user.folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            user.command(*words),
            env=user.process_environment(),
            cwd=user.folder,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield Doomed(process=process, log=log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    allow_loopback_and_unix()
    folder = tmp_path_factory.mktemp("chaos")
    with on_stage(build(), folder, page_limit=100) as running:
        assert running.user("seed", "--from", "osv-mal,quarantine-feed").code == 0
        yield running


@pytest.fixture
def fresh(stage: Stage, tmp_path: Path) -> Stage:
    """The same world with a user who has seeded and done nothing else."""
    return replace(stage, user=copied(stage.user, tmp_path / "user"))


def copied(user: Terminal, folder: Path) -> Terminal:
    """Return a user of `folder` with a copy of all that `user` has."""
    shutil.copytree(user.folder, folder, ignore=shutil.ignore_patterns("broker", "log"))
    return replace(user, folder=folder)


def found(ran: Ran) -> list[tuple[str, str, str]]:
    """Return key, tier and level of the findings that a command printed."""
    return sorted((r["id"], r["verdict"]["tier"], r["verdict"]["level"]) for r in ran.rows)
