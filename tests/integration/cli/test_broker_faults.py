"""A broker that fails in the middle of a command is a fault of the broker, not a bug."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.terminal import OFFLINE, Terminal
from tests.servers.valkey import allow_loopback_and_unix
from workers.broker import Broker, connect


@pytest.mark.parametrize(
    "words",
    [("budget", "show"), ("crawl", "git.example", "--repos", "-"), ("worker", "-Q", "git")],
)
def test_a_broker_that_refuses_what_a_command_asks_ends_it_with_6(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    allow_loopback_and_unix()
    user = Terminal.at(tmp_path / "user", OFFLINE)
    with Broker.open(user.state) as broker, connect(broker.url) as redis:
        redis.execute_command("ACL", "SETUSER", "default", "-@all", "+ping", "+hello", "+client")

        ran = user.process(*words)

    assert ran.code == 6, ran.err
    assert "broker" in ran.err
    assert "bug" not in ran.err
