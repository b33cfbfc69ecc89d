"""`run`: the service that polls, searches, reads and judges by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.excerpt import Stage, excerpt, on_stage
from tests.servers.valkey import allow_loopback_and_unix

FOUND = {"demo-01/trading-bot", "demo-43/monorepo"}
"""What code search sees: locks at the root and in folders of default branches."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    allow_loopback_and_unix()
    with on_stage(excerpt(), tmp_path_factory.mktemp("run")) as staged:
        yield staged


@pytest.mark.slow
def test_one_round_learns_of_ghosts_and_finds_them(stage: Stage) -> None:
    feeds = "osv-mal,quarantine-feed"
    ran = stage.user("run", "--once", "--feeds", feeds, "--workers", "1", "--format", "jsonl")

    assert ran.code == 0, ran.err
    assert {row["repo"]["full_name"] for row in ran.rows} == FOUND
