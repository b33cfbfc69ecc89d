"""One worker of each kind for all tests that leave it alive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache

import pytest

from tests.servers.crew import Crew, crew_of
from tests.servers.valkey import allow_loopback_and_unix
from workers.cluster.app import PoolHint


@pytest.fixture(scope="session")
def crews(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[PoolHint], Crew]]:
    with ExitStack() as stack:

        def begun(pool: PoolHint) -> Crew:
            return stack.enter_context(crew_of(pool, tmp_path_factory.mktemp(pool.value)))

        yield cache(begun)


@pytest.fixture(params=[PoolHint.THREADS, PoolHint.PREFORK])
def crew(request: pytest.FixtureRequest, crews: Callable[[PoolHint], Crew]) -> Crew:
    """A worker with threads and one with processes, each with nothing to do and nothing counted."""
    allow_loopback_and_unix()
    shared = crews(request.param)
    shared.redis.delete("began", "ended", "pid")
    return replace(shared, since=shared.log.stat().st_size)
