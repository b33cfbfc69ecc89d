"""One worker for all tests that leave it alive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.servers.crew import Crew, crew_of
from tests.servers.valkey import allow_loopback_and_unix


@pytest.fixture(scope="session")
def shared_crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with crew_of(tmp_path_factory.mktemp("crew")) as crew:
        yield crew


@pytest.fixture
def crew(shared_crew: Crew) -> Crew:
    """A worker with nothing to do and nothing counted."""
    allow_loopback_and_unix()
    shared_crew.redis.delete("began", "ended", "orders")
    return replace(shared_crew, since=shared_crew.log.stat().st_size)
