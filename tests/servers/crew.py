"""A real Celery worker with one small task on a real Valkey: one for many tests, or one to be killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from tests.servers.valkey import running_broker
from tests.servers.waiting import PATIENCE
from workers.broker import connect
from workers.lifeline import Child, Launch

__all__ = ["Crew", "count", "crew_of", "start", "worker"]

ROOT = Path(__file__).parents[2]
_PROGRAM = ROOT / "tests/integration/workers/worker_program.py"


def start(url: str, log: Path, threads: int = 2) -> Child:
    """Start a worker of the queue `git`."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    words = (url, str(threads))
    return Child(
        Launch(argv=(sys.executable, str(_PROGRAM), *words), log=log, environment=environment)
    )


@contextmanager
def worker(url: str, log: Path, threads: int = 2) -> Iterator[Child]:
    """Run a worker until the block ends."""
    child = start(url, log, threads)
    try:
        yield child
    finally:
        child.stop(PATIENCE)


def count(redis: Redis, name: str) -> int:
    """Return how many tasks `began` or `ended`."""
    return int(redis.get(name) or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A worker that several tests send hints to."""

    url: str
    redis: Redis
    log: Path
    child: Child
    since: int = 0
    """Bytes of the log that other tests have seen."""

    def said(self) -> str:
        """Return what the worker has logged in this test."""
        return self.log.read_bytes()[self.since :].decode()


@contextmanager
def crew_of(folder: Path) -> Iterator[Crew]:
    """Run a worker with a broker of its own; whatever it was sent, it ends in peace."""
    with (
        running_broker(folder / "state") as broker,
        connect(broker.url) as redis,
        worker(broker.url, folder / "log") as child,
    ):
        yield Crew(url=broker.url, redis=redis, log=folder / "log", child=child)
        child.stop(PATIENCE)
        assert child.exit_code == 0
