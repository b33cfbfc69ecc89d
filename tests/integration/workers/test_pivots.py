"""From a finding to its neighbours, with real workers: what only a pivot finds, and how far it goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers.excerpt import Stage, excerpt, on_stage
from tests.servers.terminal import Ran, Terminal
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.model import World, WorldRepository

_LURE = "demo-03/mint-bot"
_FORGE = "forge.example"
_URL = f"https://{_FORGE}/{_LURE}.git"


def _world() -> World:
    """Return a lure, a fork of it, another repository of its owner, and 32 more that are empty."""
    small = excerpt([_LURE])
    (lure,) = small.repositories
    fork = replace(lure, path="victim/mint-bot", fork_of=_LURE)
    sibling = replace(lure, path="demo-03/second-bot")
    stranger = replace(lure, path="nobody/knows-me")
    empty = [
        WorldRepository(host=_FORGE, path=f"demo-03/empty-{n:02}", branches={}) for n in range(32)
    ]
    return replace(small, repositories=(lure, stranger, sibling, fork, *empty))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    allow_loopback_and_unix()
    with on_stage(_world(), tmp_path_factory.mktemp("pivots")) as staged:
        (staged.user.folder / "urls.txt").write_text(f"{_URL}\n", "utf-8")
        assert staged.user("seed", "--from", "osv-mal,quarantine-feed").code == 0
        yield staged


def _beginner(stage: Stage, folder: Path) -> Terminal:
    """Return a user of the same world who has learned the same and crawled nothing."""
    fresh = replace(stage.user, folder=folder)
    for name in ("ghostcrawl.toml", "github-token", "urls.txt"):
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes((stage.user.folder / name).read_bytes())
    assert fresh("seed", "--from", "osv-mal,quarantine-feed").code == 0
    return fresh


def _crawl(user: Terminal, *words: str) -> Ran:
    return user("crawl", "--repos", str(user.folder / "urls.txt"), *words, "--format", "jsonl")


def _found(ran: Ran) -> set[str]:
    return {row["repo"]["full_name"] for row in ran.rows}


def test_without_pivots_only_what_was_named_is_found_and_no_api_is_asked(
    stage: Stage, tmp_path: Path
) -> None:
    allow_loopback_and_unix()
    user = _beginner(stage, tmp_path / "user")
    before = dict(stage.server.forgejo.stats().requests)

    ran = _crawl(user, "--no-pivot")

    assert ran.code == 1
    assert _found(ran) == {_LURE}
    assert stage.server.forgejo.stats().requests == before


@pytest.mark.slow
def test_a_pivot_finds_the_fork_and_the_sibling_and_stops_at_its_bound(stage: Stage) -> None:
    allow_loopback_and_unix()

    ran = _crawl(stage.user)
    asked = dict(stage.server.forgejo.stats().requests)
    again = _crawl(stage.user)
    coverage = stage.user("coverage")
    shown = stage.user("findings", "show", ran.rows[0]["id"])

    assert ran.code == 1
    assert _found(ran) == {_LURE, "victim/mint-bot", "demo-03/second-bot"}
    # Three repositories with findings of their own, two questions each.
    assert asked == {"GET /repos/{owner}/{repo}/forks": 3, "GET /users/{username}/repos": 3}
    assert "3 more repositories were named than a pivot or a run may add" in ran.err
    assert _found(again) == _found(ran)
    assert dict(stage.server.forgejo.stats().requests) == asked
    assert f"{_FORGE}: 34 found by pivots only" in coverage.out
    assert "the same lock in " in shown.err
    assert stage.user("db", "check").code == 0
