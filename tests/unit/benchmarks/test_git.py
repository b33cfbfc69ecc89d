"""The parts of `benchmarks.git`, on one small repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.git_clients import said
from benchmarks.git_repositories import before, floor, lock_oids
from benchmarks.git_runs import DULWICH, Runs, Spent
from benchmarks.git_server import Ports, serving, spent
from tests.servers.git_repository import bare, commit


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    repository = bare(tmp_path / "repositories/one.git")
    files = {"uv.lock": b"lock\n", "a/uv.lock": b"other\n", "README": b"x" * 5_000}
    commit(repository, files)
    commit(repository, files | {"uv.lock": b"newer lock\n"})
    with serving(tmp_path / "repositories") as ports:
        yield Runs(root=tmp_path / "repositories", work=tmp_path / "work", ports=ports, peers=None)


@pytest.mark.slow
@pytest.mark.parametrize(
    "way", ["git clone --depth 1", "git clone blobless", "GitPython depth=1", "ours blobs"]
)
def test_every_client_brings_home_the_same_locks(runs: Runs, way: str) -> None:
    ours = runs.read("ours all", ["one"])

    theirs = runs.read(way, ["one"])

    assert (ours.locks, ours.digest) == (2, theirs.digest)


def test_the_server_counts_requests_and_the_bytes_of_both_ways(runs: Runs) -> None:
    taken = runs.read("ours all", ["one", "one"])

    assert taken.requests == 1 + 3 + 3
    assert taken.up > 7 * 100
    assert taken.down > 2 * floor(runs.root, "one")
    assert spent(runs.ports).requests == 0


@pytest.mark.slow
def test_a_revisit_reads_the_older_commit_first(runs: Runs) -> None:
    first, again = runs.read("ours first", ["one"]), runs.read("ours again", ["one"])

    assert (first.locks, again.locks) == (2, 3)
    assert before(runs.root, "one") not in lock_oids(runs.root, "one")


@pytest.mark.slow
def test_a_far_server_gives_the_same_answers(runs: Runs) -> None:
    near = runs.read("ours root", ["one"])

    far = runs.read("ours root", ["one"], far=True)

    assert (near.locks, near.requests) == (far.locks, far.requests) == (1, 4)
    assert near.digest == far.digest


def test_a_client_that_fails_is_no_fast_one(runs: Runs) -> None:
    with pytest.raises(ValueError, match="git clone --depth 1 ended with 1"):
        runs.read("git clone --depth 1", ["no-such-repository"])


def test_dulwich_is_absent_without_an_environment_for_it(runs: Runs) -> None:
    assert runs.absent(DULWICH)


def test_locks_are_said_without_regard_to_order_and_repetition() -> None:
    answers = [json.loads(said(locks)) for locks in ([b"a", b"b", b"a"], [b"b", b"a"], [b"a"])]

    assert [answer["locks"] for answer in answers] == [2, 2, 1]
    assert answers[0]["digest"] == answers[1]["digest"] != answers[2]["digest"]


def test_what_was_spent_is_added_and_written_with_units() -> None:
    one = Spent(requests=3, up=500, down=1_500, wall=1.0, whole=2.0, cpu=0.25, locks=1, digest="d")

    assert str(one + one) == "6 req, 4.0 kB, cpu 0.50, 2.00 s"


def test_urls_lead_to_the_near_or_the_far_port() -> None:
    ports = Ports(near=1, far=2)

    assert ports.urls(["a"]) == ["http://127.0.0.1:1/a.git"]
    assert ports.urls(["a"], far=True) == ["http://127.0.0.1:2/a.git"]
