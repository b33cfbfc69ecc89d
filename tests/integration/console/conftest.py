"""The console of a user who has seeded, crawled and verified, asked without any socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.conftest import Played
from tests.servers.consoles import client_of, wiring_of
from workers.wiring import Wiring


@pytest.fixture
def wiring(played: Played, tmp_path: Path) -> Iterator[Wiring]:
    """Parts over a copy of the ledger; what a test changes is its own."""
    with wiring_of(played.go_on(tmp_path / "user").user) as made:
        yield made


@pytest.fixture
def client(wiring: Wiring) -> httpx.Client:
    """A browser that has opened the address that was printed."""
    return client_of(wiring)


@pytest.fixture(scope="module")
def unchanged(played: Played) -> Iterator[Wiring]:
    """Parts over the ledger itself, for tests that change nothing."""
    with wiring_of(played.stage.user) as made:
        yield made


@pytest.fixture(scope="module")
def reader(unchanged: Wiring) -> httpx.Client:
    """A browser for tests that change nothing."""
    return client_of(unchanged)
