"""kill -9 in the middle of a sweep: what it kept is kept, the rest is asked again, nobody is asked too much."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.conftest import copied, doomed, found
from tests.servers.excerpt import Stage, on_stage
from tests.servers.multitude import multitude
from tests.servers.terminal import Terminal
from tests.servers.valkey import allow_loopback_and_unix

pytestmark = pytest.mark.slow

REPOSITORIES = 362
"""One turn of the sweep: four pages, one request for texts, and a transaction for each repository."""
UNDISTURBED = 5
SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3)))
WORDS = ("crawl", "github.example", "--strategy", "list", "--no-pivot", "--format", "jsonl")
_SOON = 200.0
"""Seconds in which what is left of a crawl must be over; a lost turn lasts 20."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    allow_loopback_and_unix()
    with on_stage(multitude(360), tmp_path_factory.mktemp("sweep")) as running:
        assert running.user("seed", "--from", "osv-mal,quarantine-feed").code == 0
        yield running


@pytest.fixture(scope="module")
def expected(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """What a sweep finds when nobody kills anything."""
    user = copied(stage.user, tmp_path_factory.mktemp("undisturbed") / "user")
    return found(user.process(*WORDS))


def kept(user: Terminal, what: str = "visit") -> int:
    """Return how many rows of a table the ledger has by now."""
    ledger = user.state / "ledger.sqlite"
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=30)) as conn:
        (count,) = conn.execute(f"SELECT count(*) FROM {what}").fetchone()
    return int(count)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", ["api worker", "everything"])
def test_a_sweep_that_is_killed_and_run_again_finds_the_same_and_overspends_nothing(
    what: str, seed: int, stage: Stage, expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    fresh = replace(stage, user=copied(stage.user, tmp_path / "user"))
    target = random.Random(f"{what} {seed}").randint(1, REPOSITORIES // 2)
    before = fresh.requests("api.github.example")

    with doomed(fresh.user, WORDS) as running:
        assert running.wait_until(lambda: kept(fresh.user) >= target)
        running.kill(running.pids("worker -Q api")[0] if what == "api worker" else None)
        killed = kept(fresh.user)
        code = running.end(_SOON)
        orphans = running.orphans()
    again = fresh.user.process(*WORDS, seconds=_SOON)

    assert target <= killed < REPOSITORIES
    assert (code, orphans) == (1 if what == "api worker" else -9, [])
    assert found(again) == expected
    assert len(expected) > 36
    assert kept(fresh.user, "repository WHERE outcome IS NULL") == 0
    # Two crawls and what the killed one has lost: its pages, and texts that it had not kept.
    assert fresh.requests("api.github.example") - before <= 3 * UNDISTURBED
    assert fresh.server.github.stats().violations == 0


_LIKE_THE_FIRST = [pytest.param(page, marks=pytest.mark.long) for page in (2, 3)]


@pytest.mark.parametrize("requests", [1, *_LIKE_THE_FIRST, 4, 5])
def test_a_sweep_that_is_killed_between_two_requests_goes_on_at_its_cursor(
    requests: int, stage: Stage, expected: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    fresh = replace(stage, user=copied(stage.user, tmp_path / "user"))
    before = fresh.requests("api.github.example")

    with doomed(fresh.user, WORDS) as running:
        assert running.wait_until(lambda: fresh.requests("api.github.example") - before >= requests)
        running.kill()
        running.end(_SOON)
        killed = fresh.requests("api.github.example") - before
    again = fresh.user.process(*WORDS, seconds=_SOON)

    assert found(again) == expected
    assert fresh.requests("api.github.example") - before <= killed + 2 * UNDISTURBED
    assert fresh.server.github.stats().violations == 0
