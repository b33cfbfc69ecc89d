"""A crawl that sweeps a GitHub of some hundred repositories, with real workers: what it finds and asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers.excerpt import Stage, on_stage
from tests.servers.multitude import (
    FOLDER,
    LURE,
    multitude,
    of_the_same_lock,
    with_a_lock_of_its_own,
)
from tests.servers.terminal import Ran, Terminal
from tests.servers.valkey import allow_loopback_and_unix
from tests.values import NOW
from workers.ledger import frontier
from workers.ledger.ledger import Ledger

pytestmark = pytest.mark.slow

HOST = "github.example"
MANY = 360
GHOSTLY = [LURE, *with_a_lock_of_its_own(MANY), *of_the_same_lock(MANY)]
SWEEP = ("crawl", HOST, "--strategy", "list", "--no-pivot", "--format", "jsonl")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    allow_loopback_and_unix()
    with on_stage(multitude(MANY), tmp_path_factory.mktemp("sweep")) as staged:
        urls = [f"https://{HOST}/{one.path}.git" for one in staged.world.repositories]
        (staged.user.folder / "urls.txt").write_text("\n".join(urls), "utf-8")
        yield staged


@pytest.fixture
def user(stage: Stage, tmp_path: Path) -> Terminal:
    """A user who has learned of the ghosts and crawled nothing."""
    allow_loopback_and_unix()
    fresh = replace(stage.user, folder=tmp_path / "user")
    fresh.folder.mkdir()
    for name in ("ghostcrawl.toml", "urls.txt"):
        (fresh.folder / name).write_bytes((stage.user.folder / name).read_bytes())
    assert fresh("seed", "--from", "osv-mal,quarantine-feed").code == 0
    return fresh


def asked(stage: Stage, user: Terminal, *words: str) -> tuple[Ran, Counter[str]]:
    """Run a command; return what it said, and what GitHub was asked."""
    before = Counter(stage.server.github.stats().requests)
    ran = user(*words)
    return ran, Counter(stage.server.github.stats().requests) - before


def found(ran: Ran) -> list[tuple[str, str, str, str]]:
    """Return repository, path, tier and level of each finding."""
    return sorted(
        (r["repo"]["full_name"], r["lock"]["path"], r["verdict"]["tier"], r["verdict"]["level"])
        for r in ran.rows
    )


def test_a_sweep_finds_what_reads_find_with_five_requests_and_the_next_one_costs_four(
    stage: Stage, user: Terminal, tmp_path: Path
) -> None:
    by_reads = replace(user, folder=tmp_path / "reads")
    by_reads.folder.mkdir()
    for name in ("ghostcrawl.toml", "urls.txt"):
        (by_reads.folder / name).write_bytes((user.folder / name).read_bytes())
    by_reads("seed", "--from", "osv-mal,quarantine-feed")
    urls = str(by_reads.folder / "urls.txt")

    read, _ = asked(stage, by_reads, "crawl", "--repos", urls, "--no-pivot", "--format", "jsonl")
    swept, first = asked(stage, user, *SWEEP)
    again, second = asked(stage, user, *SWEEP)

    assert {row[0] for row in found(read)} == set(GHOSTLY)
    assert found(swept) == found(read)
    assert found(again) == found(read)
    assert {row["id"] for row in swept.rows} == {row["id"] for row in read.rows}
    # Four pages of a hundred, and the 19 texts in one. It was 39 and 38 when each root was read again.
    assert first == {"POST /graphql": 5}
    assert second == {"POST /graphql": 4}
    assert (swept.code, again.code) == (1, 1)
    assert stage.server.github.stats().violations == 0


def test_coverage_tells_of_swept_repositories_what_became_of_them(
    stage: Stage, user: Terminal
) -> None:
    asked(stage, user, *SWEEP)
    (first,) = user("coverage", "--format", "jsonl").rows
    asked(stage, user, *SWEEP)
    (second,) = user("coverage", "--format", "jsonl").rows

    assert (first["found"], first["outcomes"]) == (362, {"visited": 362})
    assert (second["found"], second["outcomes"]) == (362, {"unchanged": 362})
    assert [(row["due"], row["later"]) for row in (first, second)] == [
        (0, 362),
        (0, 362),
    ]
    assert (second["listed"], second["disabled"], second["not_looked_at"]) == (True, 0, [])


def test_where_a_search_saw_a_folder_the_repository_is_read_with_two_requests_more(
    stage: Stage, user: Terminal
) -> None:
    _, before = asked(stage, user, *SWEEP)
    with closing(Ledger.open(user.ledger_url)) as ledger, ledger.write() as conn:
        known = frontier.repositories(conn, range(1, 363))
        (repository_id,) = [i for i, one in known.items() if one.path == FOLDER]
        frontier.add_hint(conn, repository_id, "services/api/uv.lock", NOW)

    ran, after = asked(stage, user, *SWEEP)

    assert (before, after) == ({"POST /graphql": 5}, {"POST /graphql": 6})
    assert (FOLDER, "services/api/uv.lock") in {row[:2] for row in found(ran)}
