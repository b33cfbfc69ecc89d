"""A PostgreSQL ledger in an installation without its driver."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.servers.terminal import OFFLINE, Terminal

_WITHOUT_DRIVER = """\
import sys
sys.modules["psycopg"] = None  # as the import system leaves a module that is not there
from workers.cli.main import main
main()
"""


class _WithoutDriver(Terminal):
    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", _WITHOUT_DRIVER, "--progress", "plain", *words]


def test_without_the_driver_a_command_ends_with_4_and_the_line_that_installs_it(
    tmp_path: Path,
) -> None:
    user = _WithoutDriver.at(tmp_path, OFFLINE)

    ran = user.process("--database-url", "postgresql://127.0.0.1:1/none", "findings", "list")

    assert ran.code == 4
    assert "the PostgreSQL driver is not installed; install it: " in ran.err
    assert f"{sys.executable} " in ran.err
    assert "requirements-postgres.lock" in ran.err
