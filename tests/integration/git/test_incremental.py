"""A second visit over a real server: only the difference comes, and nothing is missing because of that."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.git.kept import Kept, KeptFolder
from crawler.git.reader import GitReader
from crawler.model import Outcome, ReadRequest, Repository, Visit
from crawler.net import Http
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit, git
from tests.servers.kept_in_memory import KeptInMemory

NAME = "locks"


def lines(count: int, seed: int = 1) -> bytes:
    """Return text that does not deflate well."""
    made = random.Random(seed)
    return b"".join(made.randbytes(30).hex().encode() + b"\n" for _ in range(count))


LOCK = lines(2_000)
FILES = {
    "uv.lock": LOCK,
    "README": lines(100, seed=2),
    "deep/down/uv.lock": b"another lock\n",
    **{f"f{n}/g/code.py": b"%d" % n for n in range(60)},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return bare(tmp_path / f"{NAME}.git")


@pytest.fixture
def server(path: Path) -> Iterator[GitHttpServer]:
    commit(path, FILES)
    with GitHttpServer(path.parent) as running:
        yield running


def read(
    server: GitHttpServer, kept: Kept | None, before: Visit | None = None, *known: str
) -> Visit:
    http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
    heads = {} if before is None else {NAME: {h.ref: h.commit for h in before.heads}}
    request = ReadRequest(
        wanted=lambda path: path.endswith("uv.lock"),
        known=lambda files: {file.oid for file in files} & set(known),
        heads=heads,
    )
    repository = Repository(host="git.example", path=NAME, clone_url=server.url(f"{NAME}.git"))
    try:
        reader = GitReader(http, trusted_hosts=[server.authority], kept=kept)
        (visit,) = reader.read([repository], request)
    finally:
        http.close()
    server.traffic.requests.pop(0)
    return visit


def spent(server: GitHttpServer) -> int:
    """Return the bytes since the last call, and forget requests too."""
    sent, server.traffic.sent = server.traffic.sent, 0
    server.traffic.requests.clear()
    return sent


def blobs(visit: Visit) -> list[bytes]:
    return [blob.data for blob in visit.blobs]


def seen(visit: Visit) -> list[tuple[str, str]]:
    return [(s.path, s.oid) for s in visit.sightings]


def test_a_bumped_lock_comes_as_a_few_bytes_and_the_whole_listing_with_it(
    server: GitHttpServer, path: Path
) -> None:
    kept = KeptInMemory()
    first = read(server, kept)
    whole = spent(server)
    bumped = LOCK + b"one more line\n"
    commit(path, FILES | {"uv.lock": bumped})

    second = read(server, kept, first, *(s.oid for s in first.sightings))

    assert blobs(second) == [bumped]
    assert [p for p, _ in seen(second)] == ["uv.lock", "deep/down/uv.lock"]
    assert len(server.traffic.requests) == 3
    assert whole > 70_000
    assert spent(server) < 2_500


def test_a_second_visit_brings_home_what_a_first_one_would(
    server: GitHttpServer, path: Path
) -> None:
    kept = KeptInMemory()
    first = read(server, kept)
    moved = {p.replace("deep/", "other/"): c for p, c in FILES.items()}
    commit(path, moved | {"new/uv.lock": b"a new lock\n"})

    second = read(server, kept, first)

    fresh = read(server, None)
    assert seen(second) == seen(fresh)
    assert sorted(blobs(second)) == sorted(blobs(fresh))
    assert (second.outcome, second.skipped) == (Outcome.VISITED, ())


def test_where_much_else_changed_the_lock_is_asked_for_alone(
    server: GitHttpServer, path: Path
) -> None:
    kept = KeptInMemory()
    first = read(server, kept)
    changed = {f"f{n}/g/code.py": lines(200, seed=n) for n in range(20)}
    commit(path, FILES | changed | {"uv.lock": LOCK + b"+"})
    spent(server)

    second = read(server, kept, first, *(s.oid for s in first.sightings))

    assert blobs(second) == [LOCK + b"+"]
    assert spent(server) < 100_000


def test_a_history_that_was_rewritten_is_read_from_the_start(
    server: GitHttpServer, path: Path
) -> None:
    old = git(path, "rev-parse", "main")
    commit(path, FILES | {"uv.lock": b"second\n"})
    kept = KeptInMemory()
    first = read(server, kept)
    git(path, "update-ref", "refs/heads/main", old)

    second = read(server, kept, first)

    assert LOCK in blobs(second)
    assert (second.heads[0].commit, second.skipped) == (old, ())


def test_an_old_head_that_the_server_has_forgotten_does_no_harm(
    server: GitHttpServer, path: Path
) -> None:
    kept = KeptInMemory()
    first = read(server, kept)
    git(path, "update-ref", "-d", "refs/heads/main")
    git(path, "gc", "-q", "--prune=now")
    commit(path, {"uv.lock": b"begun anew\n"})

    second = read(server, kept, first)

    assert (blobs(second), second.skipped) == ([b"begun anew\n"], ())


def test_a_damaged_store_costs_bytes_and_no_file(
    server: GitHttpServer, path: Path, tmp_path: Path
) -> None:
    kept = KeptFolder(tmp_path / "kept")
    first = read(server, kept)
    for entry in (tmp_path / "kept").glob("trees-*"):
        kept.put(entry.name, (kept.get(entry.name) or b"")[:-1_000])
    commit(path, FILES | {"uv.lock": b"second\n"})

    second = read(server, kept, first)

    assert [p for p, _ in seen(second)] == ["uv.lock", "deep/down/uv.lock"]
    assert second.skipped == ()
