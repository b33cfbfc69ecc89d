"""Repositories that are full of files of any name: a lock of a well-known name is read all the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.git.commandline import CommandLineReader
from crawler.git.interface import Limits
from crawler.git.reader import GitReader
from crawler.lockfiles import crawl_worth
from crawler.lockfiles.registry import WELL_KNOWN
from crawler.model import Outcome, ReadRequest, Refs, Repository, Visit
from crawler.net import Http
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit, git

LOCK = b"version = 1\n"
KIB = 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return bare(tmp_path / "r.git")


@pytest.fixture(params=[2, 0], ids=["by our own client", "by the git program"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path, protocol=request.param) as running:
        yield running


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path) as running:
        yield running


def visit(server: GitHttpServer, limits: Limits | None = None, refs: Refs = Refs.DEFAULT) -> Visit:
    """Visit the one repository; what is read is checked against nothing but the limits."""
    trusted = [server.authority]
    http = Http(agent="ghostcrawl/test", trusted_hosts=trusted)
    chosen = limits or Limits()
    reader = GitReader(
        http,
        limits=chosen,
        trusted_hosts=trusted,
        fallback=lambda _: CommandLineReader(
            agent="ghostcrawl/test", limits=chosen, trusted_hosts=trusted
        ),
    )
    one = Repository(host="git.example", path="r", clone_url=server.url("r.git"))
    request = ReadRequest(wanted=crawl_worth, known=lambda _: (), refs=refs)
    try:
        (brought,) = reader.read([one], request)
    finally:
        http.close()
    assert brought.outcome is Outcome.VISITED, brought.skipped
    return brought


def read(brought: Visit) -> set[str]:
    """Return the paths of what was read."""
    oids = {blob.oid for blob in brought.blobs}
    return {one.path for one in brought.sightings if one.oid in oids}


def noise(number: int, size: int) -> bytes:
    """Return bytes that nothing compresses."""
    return hashlib.shake_128(b"%d" % number).digest(size)


def fill(folder: Path, count: int) -> None:
    """Commit `count` files of five bytes, and behind them one lock, in one go."""
    files = {f"{n:05d}.lock": b"%05d" % n for n in range(count)} | {"uv.lock": LOCK}
    said = [b"commit refs/heads/main\ncommitter N <n@git.example> 1 +0000\ndata 0\n"]
    for path, data in files.items():
        said.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
    git(folder, "fast-import", "--quiet", content=b"".join(said))


def test_two_thousand_files_of_five_bytes_hide_no_lock(folder: Path, server: GitHttpServer) -> None:
    fill(folder, 2_100)

    brought = visit(server)

    assert "uv.lock" in read(brought)
    assert len(brought.blobs) == 2_000
    assert {s.reason for s in brought.skipped} == {
        "more than 2000 different wanted files in one visit"
    }
    assert sum(s.times for s in brought.skipped) == 101


def test_files_beyond_the_limit_of_a_listing_hide_no_lock(
    folder: Path, server: GitHttpServer
) -> None:
    fill(folder, 30)

    brought = visit(server, Limits(files=10))

    assert "uv.lock" in read(brought)
    assert [(s.reason, s.times) for s in brought.skipped] == [("more than 10 wanted files", 21)]


def test_many_refs_of_many_files_hide_no_lock_of_another_branch(
    folder: Path, server: GitHttpServer
) -> None:
    commit(folder, {f"{n}.lock": b"%d" % n for n in range(9)})
    for name in ("a", "b"):
        git(folder, "branch", name, "main")
    commit(folder, {"uv.lock": LOCK}, branch="z")

    brought = visit(server, Limits(sightings=5), Refs.BRANCHES)

    assert "uv.lock" in read(brought)
    assert [(s.context, s.times) for s in brought.skipped] == [("refs/heads/", 23)]


def test_large_files_that_compress_take_no_room_from_a_lock(
    folder: Path, server: GitHttpServer
) -> None:
    large = {f"{n}.lock": b"%d" % n * 100 * KIB for n in range(9)}
    commit(folder, large | {"uv.lock": LOCK, "z/poetry.lock": LOCK * 3_000})

    brought = visit(server, Limits(inflated_bytes=512 * KIB, huge_bytes=64 * KIB))

    assert {"uv.lock", "z/poetry.lock"} <= read(brought)
    assert sum(s.times for s in brought.skipped) + len(brought.blobs) == 11


def test_huge_files_of_well_known_names_take_no_room_from_a_small_one(
    folder: Path, server: GitHttpServer
) -> None:
    names = (
        "Pipfile.lock",
        "bun.lock",
        "package-lock.json",
        "pdm.lock",
        "poetry.lock",
        "a/uv.lock",
    )
    commit(folder, {name: name[0].encode() * 100 * KIB for name in names} | {"uv.lock": LOCK})

    brought = visit(server, Limits(inflated_bytes=300 * KIB, huge_bytes=10 * KIB))

    assert "uv.lock" in read(brought)
    assert len(brought.blobs) == 3
    assert {s.context for s in brought.skipped} <= {*names}


def test_an_answer_that_is_too_long_is_asked_for_again_from_its_most_important_end(
    folder: Path, ours: GitHttpServer
) -> None:
    large = {f"{n:03d}.lock": noise(n, 30 * KIB) for n in range(60)}
    commit(folder, large | {"z/uv.lock": LOCK, "uv.lock": LOCK + LOCK})

    brought = visit(ours, Limits(pack_bytes=256 * KIB))

    assert {"uv.lock", "z/uv.lock"} <= read(brought)
    assert len(ours.traffic.requests) <= 1 + 2 + 2 + 32


def test_very_large_files_of_well_known_names_are_asked_for_one_by_one(
    folder: Path, ours: GitHttpServer
) -> None:
    names = sorted(WELL_KNOWN - {"uv.lock"})
    large = {name: noise(n, 120 * KIB) for n, name in enumerate(names)}
    deep = {f"{n}/uv.lock": noise(n + 9, 120 * KIB) for n in range(20)}
    commit(folder, large | deep | {"uv.lock": LOCK})

    brought = visit(ours, Limits(pack_bytes=200 * KIB))

    assert "uv.lock" in read(brought)
    assert all(s.reason.endswith("sends more than 204800 bytes") for s in brought.skipped)
    assert len(ours.traffic.requests) <= 1 + 2 + 2 + 32


def test_of_texts_that_may_be_requirements_files_some_are_read_and_the_rest_is_said(
    folder: Path, server: GitHttpServer
) -> None:
    texts = {f"list{n:02d}.txt": b"zz-ghost==1.%d\n" % n for n in range(45)}
    commit(folder, texts | {"uv.lock": LOCK, "requirements.txt": b"zz==1.0\n"})

    brought = visit(server)

    assert {"uv.lock", "requirements.txt", "list00.txt", "list39.txt"} <= read(brought)
    assert len(brought.blobs) == 42
    assert {(s.reason, s.times) for s in brought.skipped} == {
        ("more than 40 texts that may be requirements files", 1)
    }
    assert sorted(s.context for s in brought.skipped) == [f"list{n}.txt" for n in range(40, 45)]
