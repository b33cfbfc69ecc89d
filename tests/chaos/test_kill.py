"""kill -9, whenever and whatever: what was found in the end is the same, and nobody was asked too much."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import pytest

from tests.chaos.conftest import Doomed, copied, doomed, found
from tests.servers.excerpt import Stage
from workers.demo.world import clone_urls

pytestmark = pytest.mark.slow

SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3)))
"""When is killed; all of them in the long tier."""
_SOON = 200.0
"""Seconds in which what is left of a crawl must be over: a lost turn lasts 20, and this machine is busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is crawled, and whose requests tell how far it is."""

    words: Sequence[str]
    host: str
    named: str
    """Whose repositories are named one by one."""


GIT = Job(
    words=("forge.example,git.example", "--strategy", "list", "--refs", "branches"),
    host="git.example",
    named="git.example",
)
API = Job(words=(), host="api.github.example", named="github.example")
"""Reads through the API; for its sweep see `test_kill_sweep`."""
JOBS = {"git worker": GIT, "api worker": API, "broker": GIT, "everything": GIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undisturbed:
    """What a crawl finds, and how often it asks, when nobody kills anything."""

    findings: list[tuple[str, str, str]]
    requests: int


def command(stage: Stage, job: Job) -> tuple[str, ...]:
    urls = stage.user.folder / "named.txt"
    urls.write_text("\n".join(clone_urls(stage.world, job.named)), "utf-8")
    return ("crawl", *job.words, "--repos", str(urls), "--format", "jsonl")


@pytest.fixture(scope="module")
def undisturbed(
    stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Job], Undisturbed]:
    def crawl(job: Job) -> Undisturbed:
        folder = tmp_path_factory.mktemp("undisturbed") / "user"
        own = replace(stage, user=copied(stage.user, folder))
        before = stage.requests(job.host)
        findings = found(own.user.process(*command(own, job)))
        return Undisturbed(findings=findings, requests=stage.requests(job.host) - before)

    return cache(crawl)


def victim(running: Doomed, what: str) -> int | None:
    """Return the process to kill; None for all."""
    match what:
        case "git worker":
            return running.pids("worker -Q git")[0]
        case "api worker":
            return running.pids("worker -Q api")[0]
        case "broker":
            return running.pids("valkey-server", "redis-server")[0]
        case _:
            return None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("what", ["git worker", "api worker", "broker", "everything"])
def test_a_crawl_that_is_killed_and_run_again_finds_the_same(
    what: str,
    seed: int,
    fresh: Stage,
    undisturbed: Callable[[Job], Undisturbed],
) -> None:
    job = JOBS[what]
    expected = undisturbed(job)
    words = command(fresh, job)
    share = random.Random(f"{what} {seed}").uniform(0.1, 0.5)
    target = fresh.requests(job.host) + int(share * expected.requests)

    with doomed(fresh.user, words) as running:
        assert running.wait_until(lambda: fresh.requests(job.host) >= target)
        running.kill(victim(running, what))
        code = running.end(_SOON)
        orphans = running.orphans()
    again = fresh.user.process(*words, seconds=_SOON)

    assert orphans == []
    assert code == {"everything": -9}.get(what, 1), running.log.read_text()
    assert found(again) == expected.findings
    assert len(set(expected.findings)) == len(expected.findings) > 20
    assert fresh.server.github.stats().violations == 0
    assert fresh.server.forgejo.stats().violations == 0
    assert fresh.server.traffic().file_downloads == 0


def verdicts(stage: Stage) -> list[str]:
    """Return every current verdict, with its sources, sorted."""
    ran = stage.user("ghosts", "list", "--format", "jsonl", "--limit", "100000", *_STATES)
    assert ran.code == 0
    return sorted(json.dumps({**row, "since": _since(row)}, sort_keys=True) for row in ran.rows)


def _since(row: Mapping[str, Any]) -> str | None:
    """Return since when, unless that is the moment at which the index was looked at."""
    looking = {"pypi-status", "pypi-quarantine"}
    looked = any(source["feed"] in looking for source in row["sources"])
    return None if looked else row["since"]


_STATES = tuple(
    word
    for state in ("malicious", "quarantined", "removed", "owner_removed", "yanked", "name_reused")
    for word in ("--state", state)
)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_that_is_killed_between_pages_goes_on_from_its_cursor(
    seed: int, stage: Stage, fresh: Stage
) -> None:
    expected = verdicts(stage)
    (fresh.user.state / "ledger.sqlite").unlink()
    fresh.user("seed", "--from", "osv-mal")
    words = ("seed", "--from", "quarantine-feed")
    asked = partial(_journal_pages, fresh)
    pages = len(fresh.world.journal) // 100
    taken = random.Random(seed).randint(12, pages - 3)
    target = asked() + taken

    with doomed(fresh.user, words) as running:
        assert running.wait_until(lambda: asked() >= target)
        running.kill()
        running.end(_SOON)
    before = asked()
    again = fresh.user.process(*words)

    assert again.code == 0, again.err
    assert verdicts(fresh) == expected
    # Of what was taken only the stretch by which a journal proves itself is read again.
    assert asked() - before <= pages - taken + 10


def _journal_pages(stage: Stage) -> int:
    return stage.server.traffic().of("index.example", "POST").requests
