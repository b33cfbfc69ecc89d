"""A user without any network: one state directory per test, made once and copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK, write_feed
from tests.servers.terminal import OFFLINE, Terminal
from tests.servers.valkey import allow_loopback_and_unix


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@pytest.fixture(scope="session")
def seeded_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of a user who has seeded from one feed."""
    folder = tmp_path_factory.mktemp("seeded")
    terminal = Terminal.at(folder, OFFLINE)
    assert terminal("seed", "--from", write_feed(folder / "feed.jsonl")).code == 0
    return terminal.state


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A user who has done nothing yet."""
    return Terminal.at(tmp_path / "user", OFFLINE)


@pytest.fixture
def seeded(terminal: Terminal, seeded_state: Path) -> Terminal:
    """A user who knows one ghost."""
    shutil.copytree(seeded_state, terminal.state)
    return terminal


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a lock that pins the ghost, and one in a sub-folder that does not."""
    folder = tmp_path / "checkout"
    (folder / "tools").mkdir(parents=True)
    (folder / "uv.lock").write_bytes(GHOST_LOCK)
    (folder / "tools/uv.lock").write_bytes(INNOCENT_LOCK)
    return folder
