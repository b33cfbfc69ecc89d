"""`run`: the service that polls, searches, reads and judges by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers.excerpt import Stage, excerpt, on_stage
from tests.servers.lure import write_feed
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.loopback import Server
from workers.demo.web import text

FOUND = {"demo-01/trading-bot", "demo-43/monorepo"}
"""What code search sees: locks at the root and in folders of default branches."""


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


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


@pytest.mark.slow
def test_a_round_in_which_a_feed_failed_ends_with_3_and_names_it(
    stage: Stage, tmp_path: Path
) -> None:
    own = write_feed(tmp_path / "feed.jsonl")
    missing = f"file:{tmp_path / 'missing.jsonl'}"

    ran = stage.user("run", "--once", "--feeds", f"{missing},{own}", "--workers", "1")

    assert ran.code == 3, ran.err
    assert f"poll {missing}: {missing}: not readable to the end" in ran.err
    assert "zz-ghost-lure" in stage.user("ghosts", "list").out


@pytest.mark.slow
def test_a_round_of_which_only_a_poll_has_to_wait_ends_with_3(stage: Stage, tmp_path: Path) -> None:
    own = write_feed(tmp_path / "feed.jsonl")
    busy = Server({"osv.example": lambda _: text(429, "later", {"Retry-After": "3600"})})
    with busy:
        leads = f'{{"osv.example": "{busy.base_url}"}}'
        more = {"GHOSTCRAWL_NETWORK__CONNECT_TO": leads, "GHOSTCRAWL_NETWORK__SCALE": "1"}
        kept = {**stage.user.environment, **more, "GHOSTCRAWL_STATE_DIR": str(tmp_path / "state")}
        user = replace(stage.user, environment=kept)

        ran = user("run", "--once", "--feeds", f"osv-mal,{own}", "--workers", "1")

    assert "0 given up" in ran.err
    assert ran.code == 3, ran.err
