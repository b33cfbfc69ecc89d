"""The main job, played once per session: a small world, a user who seeded, crawled and verified it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.servers.excerpt import Stage, excerpt, on_stage
from tests.servers.terminal import Ran
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the commands said, and how the hosts were treated, after each of them."""

    stage: Stage
    seeded: Ran
    crawled: Ran
    verified: Ran
    traffic: Traffic
    """After all three."""

    def go_on(self, folder: Path) -> Stage:
        """Return the same world with a user of `folder` who has done all this, too."""
        user = replace(self.stage.user, folder=folder)
        shutil.copytree(self.stage.user.folder, folder, ignore=shutil.ignore_patterns("broker"))
        return replace(self.stage, user=user)


def play(stage: Stage) -> Played:
    """Seed, crawl everything, verify."""
    return Played(
        stage=stage,
        seeded=stage.user("seed", "--from", "osv-mal,quarantine-feed"),
        crawled=stage.user(*stage.everywhere, "--format", "jsonl"),
        verified=stage.user("verify", "--format", "jsonl"),
        traffic=stage.server.traffic(),
    )


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    allow_loopback_and_unix()
    with on_stage(excerpt(), tmp_path_factory.mktemp("world")) as stage:
        yield play(stage)
