"""The world of `benchmarks.chain`, and a small run of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import chain, git_clients
from benchmarks.chain_runs import side_of
from benchmarks.chain_world import World, write_ghosts
from benchmarks.databases import postgres_in
from benchmarks.measure import Checkout
from crawler import lockfiles
from tests.servers.git_repository import bare, commit
from workers.cli.main import run

SMALL = World(stored=60, repositories=9, hosts=2, packages=150)


def test_a_quarter_of_the_packages_of_a_lock_stands_in_no_stored_one() -> None:
    known = World(stored=300, repositories=30, hosts=1, packages=300)
    unknown = World(stored=1, repositories=30, hosts=1, packages=9_000)

    assert 0.24 < known.share_of_new() < 0.28
    assert unknown.share_of_new() > 0.9


def test_all_locks_of_the_world_are_different() -> None:
    locks = list(SMALL.stored_locks())

    assert len(set(locks)) == 60
    assert locks == list(SMALL.stored_locks())


def test_repositories_lie_on_all_hosts_in_turn() -> None:
    assert [SMALL.url(number) for number in (0, 1, 2)] == [
        "https://git-00.example/task-0.git",
        "https://git-01.example/task-1.git",
        "https://git-00.example/task-2.git",
    ]


def test_the_ghosts_that_are_planted_are_pinned_by_the_lock_at_the_head(tmp_path: Path) -> None:
    planted = SMALL.build(tmp_path)

    show = ["git", "--git-dir", str(tmp_path / "task-1.git"), "show", "main:uv.lock"]
    lock = subprocess.run(show, check=True, capture_output=True).stdout
    pins = lockfiles.parse("uv.lock", lock).pins
    digests = {digest.hex for pin in pins if pin.name == "zz-ghost-1" for digest in pin.digests}
    assert {name for name, _ in planted} == {"task-1", "task-5"}
    assert {digest for name, digest in planted if name == "task-1"} == digests


def test_the_peer_reads_the_same_digests_with_tomllib(tmp_path: Path) -> None:
    (tmp_path / "digests").write_text(f"{'a' * 64}\n{'b' * 64}\n{'c' * 64}\n")
    lock = f"""
[[package]]
name = "one"
sdist = {{ url = "https://files.index.example/one.tar.gz", hash = "sha256:{"a" * 64}" }}
wheels = [{{ url = "https://files.index.example/one.whl", hash = "sha256:{"b" * 64}" }}]
[[package]]
name = "root"
"""
    repository = bare(tmp_path / "one.git")
    commit(repository, {"uv.lock": lock.encode()})
    (tmp_path / "urls").write_text(f"{repository.as_uri()}\n")
    program = [sys.executable, "-P", git_clients.__file__, "GitPython depth=1", "1"]
    words = [tmp_path / "urls", tmp_path / "clones", tmp_path / "digests"]

    said = subprocess.run([*program, *map(str, words)], check=True, capture_output=True).stdout

    url = repository.as_uri()
    assert json.loads(said)["pinned"] == [[url, "a" * 64], [url, "b" * 64]]


def test_a_checkout_is_measured_by_its_own_side_where_it_has_one(tmp_path: Path) -> None:
    own = tmp_path / "benchmarks/chain_side.py"
    older = Checkout(folder=tmp_path, name="other")

    ours = side_of(older)
    own.parent.mkdir()
    own.write_bytes(b"")

    assert (ours.parent.name, ours.name) == ("benchmarks", "chain_side.py")
    assert ours != own == side_of(older)


def test_the_ghosts_are_known_by_what_seed_takes_from_a_file(tmp_path: Path) -> None:
    write_ghosts(tmp_path / "ghosts.jsonl", tmp_path / "digests")
    state = ["--state-dir", str(tmp_path / "state"), "-q"]

    code = run([*state, "seed", "--from", f"file:{tmp_path / 'ghosts.jsonl'}"])

    assert code == 0
    assert len((tmp_path / "digests").read_text().split()) == 130


def test_a_machine_without_postgresql_is_no_error(tmp_path: Path) -> None:
    with postgres_in(tmp_path / "pg", packages=("no_such_package",)) as server:
        assert server is None


def test_more_polite_visits_than_repositories_are_a_usage_error() -> None:
    with pytest.raises(SystemExit, match="2"):
        chain.main(["--repositories", "8", "--hosts", "3", "--polite", "3"])


@pytest.mark.slow
@pytest.mark.timeout(600)  # a benchmark, with all its processes
def test_a_small_run_finds_what_was_planted(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--stored", "10", "--repositories", "8", "--hosts", "2", "--polite", "2"]

    code = chain.main(["--small", *sizes, "--rounds", "1", "--backends", "sqlite"])

    told = [line for line in capsys.readouterr().out.splitlines() if "missed or made up" in line]
    assert code == 0
    assert len(told) == 4


@pytest.mark.slow
@pytest.mark.timeout(600)  # a benchmark, with all its processes
def test_a_checkout_is_compared_with_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    here = str(Path(chain.__file__).resolve().parents[1])
    sizes = [
        "--stored",
        "10",
        "--repositories",
        "8",
        "--hosts",
        "2",
        "--polite",
        "1",
        "--rounds",
        "1",
    ]

    chain.main(["--small", *sizes, "--backends", "sqlite", "--against", here])

    told = capsys.readouterr().out
    assert "CPU of a visit" in told
    assert "<= 1.3" in told
