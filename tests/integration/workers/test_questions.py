"""What `verify` sees around a lock is asked before a letter is written, on a real git server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.linking import readme_sketch
from crawler.model import Confidence
from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK
from tests.servers.moving_repository import Bench
from tests.servers.moving_repository import bench as serving
from workers.values import encode

PROJECT = b'[project]\nname = "task"\nversion = "0.1.0"\n'
README = b"# Take-home task\n\nRun `uv sync`, then `python main.py`.\n"
TASK = {"README.md": README, "pyproject.toml": PROJECT, "uv.lock": GHOST_LOCK, "main.py": b""}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with serving(tmp_path) as made:
        yield made


def questions(bench: Bench, path: str = "uv.lock") -> list[str]:
    report = bench.reports()[path]
    assert report.finding.match.confidence is Confidence.CONFIRMED
    return [asked.code for asked in report.finding.questions]


def look(bench: Bench, files: dict[str, bytes]) -> None:
    bench.commit(dict(files))
    bench.visit()
    bench.verify()


def test_a_plain_lure_is_asked_nothing_and_gets_its_letter(bench: Bench) -> None:
    look(bench, TASK)

    assert questions(bench) == []
    assert len(bench.letters()) == 1


@pytest.mark.parametrize(
    ("files", "path", "asked"),
    [
        ({"zoo/one/uv.lock": GHOST_LOCK}, "zoo/one/uv.lock", ["no-manifest"]),
        (
            {
                f"zoo/{number}/{name}": data
                for number, lock in enumerate((GHOST_LOCK, INNOCENT_LOCK, INNOCENT_LOCK))
                for name, data in (("uv.lock", lock), ("pyproject.toml", PROJECT))
            },
            "zoo/0/uv.lock",
            ["same-shape"],
        ),
        ({**TASK, "README.md": "# 見本\n\nインストールしないでください。\n".encode()}, "uv.lock", ["readme"]),
        ({**TASK, "notes/README": b"", "README.de.md": b"Siehe DEMO-1, MAL-2026-7.\n"}, "uv.lock", ["readme"]),
        (
            {
                "pkg/reader_test.go": b"package pkg\n",
                "pkg/inputs/uv.lock": GHOST_LOCK,
                "pkg/inputs/pyproject.toml": PROJECT,
            },
            "pkg/inputs/uv.lock",
            ["among-tests"],
        ),
        (
            {**TASK, "poetry.lock": b"\n", "Pipfile.lock": b"{}", "yarn.lock": b"\n"},
            "uv.lock",
            ["many-tools"],
        ),
    ],
    ids=["no manifest", "same shape", "another language", "an advisory", "test code", "many tools"],
)  # fmt: skip
def test_a_lock_to_be_looked_at_is_asked_about_and_gets_no_letter(
    files: dict[str, bytes], path: str, asked: list[str], bench: Bench
) -> None:
    look(bench, files)

    assert questions(bench, path) == asked
    assert bench.letters() == []


def test_what_was_seen_around_is_kept_until_the_commit_changes(bench: Bench) -> None:
    look(bench, {**TASK, "README.md": b"Do not install.\n"})
    first = len(bench.server.traffic.requests)

    bench.visit()
    bench.verify()
    asked_again = len(bench.server.traffic.requests) - first
    kept = questions(bench)
    bench.commit({**TASK, "README.md": README})
    bench.visit()
    until_then = questions(bench)
    bench.verify()

    assert asked_again == 4  # two looks, each of two requests for the heads
    assert (kept, until_then, questions(bench)) == (["readme"], ["readme"], [])
    assert len(bench.letters()) == 1


def test_of_the_topmost_readme_a_sketch_is_kept_and_never_its_text(bench: Bench) -> None:
    readme = "# Take-home task\n\nRun it. " + " ".join(f"word{number}" for number in range(60))
    files = {**TASK, "README.md": readme.encode(), "docs/README.md": README * 20}

    look(bench, files)

    evidence = bench.reports()["uv.lock"].evidence
    assert evidence is not None
    assert evidence.surroundings is not None
    assert evidence.surroundings.readme_sketch == readme_sketch(readme)
    assert evidence.surroundings.sets_task is True
    assert "word42" not in encode(evidence)


def test_the_names_around_a_lock_are_no_locks(bench: Bench) -> None:
    look(bench, TASK)

    with bench.ledger.read() as conn:
        paths = set(conn.exec_driver_sql("SELECT path FROM sighting").scalars())
    assert paths == {"uv.lock", "pyproject.toml"}
    assert bench.not_looked_at() == []
