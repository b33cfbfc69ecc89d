from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.net import Http
from tests.servers.feed_server import FeedServer


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[FeedServer, Http]]:
    with FeedServer() as server:
        client = server.http()
        yield server, client
        client.close()


@pytest.fixture
def server(running: tuple[FeedServer, Http]) -> FeedServer:
    running[0].replies.clear()
    running[0].asked.clear()
    return running[0]


@pytest.fixture
def http(running: tuple[FeedServer, Http]) -> Http:
    return running[1]
