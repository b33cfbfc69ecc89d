"""Commands that need no database, broker or network load none of their libraries: a fast start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.lure import INNOCENT_LOCK, write_feed
from tests.servers.terminal import OFFLINE, Terminal

_HEAVY = ("alembic", "celery", "git", "github", "httpx", "redis", "rich", "sqlalchemy", "structlog")
_LOCKS = ("crawler.lockfiles", "yaml")
_PROGRAM = """
import sys
{}
print(sorted(set({!r}) & set(sys.modules)), file=sys.stderr)
"""
_RUN = "from workers.cli.main import run; run(sys.argv[1:])"


def _loaded(statement: str, *words: str, among: tuple[str, ...] = _HEAVY) -> str:
    """Return which modules `among` these a process has loaded that ran `statement`."""
    argv = [sys.executable, "-P", "-c", _PROGRAM.format(statement, among), *words]
    ran = subprocess.run(argv, capture_output=True, text=True, check=True)
    return ran.stderr.splitlines()[-1]


def test_the_composition_root_loads_no_library_before_a_part_is_asked_for() -> None:
    assert _loaded("import workers.wiring") == "[]"


@pytest.mark.parametrize("words", [["--help"], ["version"]])
def test_a_command_that_only_prints_loads_no_library_and_no_lock_format(words: list[str]) -> None:
    assert _loaded(_RUN, *words, among=(*_HEAVY, *_LOCKS)) == "[]"


def test_a_scan_of_an_own_ledger_loads_no_library(tmp_path: Path) -> None:
    user = Terminal.at(tmp_path, OFFLINE)
    user("seed", "--from", write_feed(tmp_path / "feed.jsonl"))
    (tmp_path / "uv.lock").write_bytes(INNOCENT_LOCK)
    settings = ["--config", str(tmp_path / "ghostcrawl.toml"), "--state-dir", str(user.state)]

    assert _loaded(_RUN, *settings, "scan", str(tmp_path / "uv.lock")) == "[]"
