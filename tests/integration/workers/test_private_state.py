"""All that a user's commands and their workers leave in a state directory is for this user alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.servers.excerpt import excerpt, on_stage
from tests.servers.valkey import allow_loopback_and_unix


def test_nobody_else_can_read_what_a_crawl_leaves_in_an_open_state_directory(
    tmp_path: Path,
) -> None:
    allow_loopback_and_unix()
    with on_stage(excerpt(("demo-04/copy-trader",)), tmp_path) as stage:
        state = stage.user.state
        state.mkdir()
        state.chmod(0o777)

        for words in (("seed", "--from", "osv-mal,quarantine-feed"), stage.everywhere):
            subprocess.run(
                stage.user.command(*words),
                env=stage.user.process_environment(),
                umask=0,
                check=False,
            )

    left = {str(path.relative_to(state)): path.lstat().st_mode for path in state.rglob("*")}
    assert {"ledger.sqlite", "logs/worker-git.log", "broker/server.log"} <= set(left)
    assert any(name.startswith("kept/") for name in left)
    assert {name: oct(mode) for name, mode in left.items() if mode & 0o077} == {}
