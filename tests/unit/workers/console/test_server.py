"""The console listens on loopback alone, or says why it cannot."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.servers.terminal import OFFLINE, Terminal


def test_a_port_that_is_taken_is_said_with_what_to_do(tmp_path: Path) -> None:
    user = Terminal.at(tmp_path, OFFLINE)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        ran = user("console", "--port", str(port))

    assert ran.code == 4
    assert ran.err == (
        f"ghostcrawl: cannot serve at 127.0.0.1:{port}: Address already in use;"
        " choose another port with --port\n"
    )
