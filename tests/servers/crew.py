"""A real Celery worker with three small tasks on a real Valkey: one for many tests, or one to be killed."""

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
from workers.cluster.app import PoolHint
from workers.lifeline import Child, Launch

__all__ = ["Crew", "counts", "crew_of", "start", "worker"]

ROOT = Path(__file__).parents[2]
_PROGRAM = ROOT / "tests/integration/workers/worker_program.py"


def start(url: str, log: Path, pool: PoolHint, seconds: float = 600.0) -> Child:
    """Start a worker of two; it ends a task after `seconds`."""
    words = (url, pool.value, "2", str(seconds))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return Child(
        Launch(argv=(sys.executable, str(_PROGRAM), *words), log=log, environment=environment)
    )


@contextmanager
def worker(url: str, log: Path, pool: PoolHint, seconds: float = 600.0) -> Iterator[Child]:
    """Run a worker until the block ends."""
    child = start(url, log, pool, seconds)
    try:
        yield child
    finally:
        child.stop(PATIENCE)


def counts(redis: Redis, name: str) -> dict[int, int]:
    """Return how often each id `began` or `ended`."""
    return {int(key): int(value) for key, value in redis.hgetall(name).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A worker that several tests send work to."""

    pool: PoolHint
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
def crew_of(pool: PoolHint, folder: Path) -> Iterator[Crew]:
    """Run a worker with a broker of its own; whatever it was sent, it ends in peace."""
    with (
        running_broker(folder / "state") as broker,
        connect(broker.url) as redis,
        worker(broker.url, folder / "log", pool) as child,
    ):
        yield Crew(pool=pool, url=broker.url, redis=redis, log=folder / "log", child=child)
        child.stop(PATIENCE)
        assert child.exit_code == 0
