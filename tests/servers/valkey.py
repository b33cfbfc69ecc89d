"""A real Valkey for tests, over a unix socket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_socket import socket_allow_hosts

from workers.broker import Broker

__all__ = ["allow_loopback_and_unix", "running_broker"]


def allow_loopback_and_unix() -> None:
    """Let this test reach loopback and unix sockets, nothing else; undone by pytest-socket itself."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@contextmanager
def running_broker(state_directory: Path) -> Iterator[Broker]:
    """Yield a broker of our own; it ends with the block."""
    allow_loopback_and_unix()
    with Broker.open(state_directory) as broker:
        yield broker
