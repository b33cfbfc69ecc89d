"""Hosts that lead to a scripted loopback API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from crawler.net import Http
from tests.servers.api import ApiServer, RecordingBudget
from tests.servers.stage import Script, Stage


@pytest.fixture
def stage() -> Iterator[Callable[[Script], Stage]]:
    """Start a server that plays a script; all ends with the test."""
    with ExitStack() as stack:

        def start(script: Script) -> Stage:
            server = stack.enter_context(ApiServer(script))
            budget = RecordingBudget()
            http = Http(agent="test", budget=budget, trusted_hosts=(server.authority,))
            stack.callback(http.close)
            return Stage(
                server=server, budget=budget, http=http, now=datetime(2026, 6, 1, tzinfo=UTC)
            )

        yield start
