from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.servers.ledgers import new_ledger
from tests.servers.valkey import allow_loopback_and_unix, running_broker
from workers.broker import Broker, connect
from workers.ledger.ledger import Ledger


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(Path(tmp_path_factory.mktemp("state"))) as broker:
        yield broker


@pytest.fixture
def redis(broker: Broker) -> Iterator[Redis]:
    with connect(broker.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = new_ledger(tmp_path / "ledger.sqlite")
    yield ledger
    ledger.close()
