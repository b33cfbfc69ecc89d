"""A sweep that looks at the root only: cheap, and honest about the folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.git.commandline import CommandLineReader
from crawler.git.reader import GitReader
from crawler.model import Outcome, ReadRequest, Repository, Skipped, Visit
from crawler.net import Http
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit

FOLDERS = {f"f{n}/g/code.py": b"%d" % n for n in range(40)}
SAID = Skipped(context="/", reason="only the root was looked at, no folder below it")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHttpServer]:
    commit(bare(tmp_path / "deep.git"), {"uv.lock": b"1\n", "a/uv.lock": b"2\n", **FOLDERS})
    commit(bare(tmp_path / "flat.git"), {"uv.lock": b"3\n", "README": b"flat"})
    with GitHttpServer(tmp_path) as running:
        yield running


def read(
    server: GitHttpServer, *names: str, before: Visit | None = None, fallback: bool = False
) -> list[Visit]:
    trusted = [server.authority]
    http = Http(agent="ghostcrawl/test", trusted_hosts=trusted)
    heads = {} if before is None else {names[0]: {h.ref: h.commit for h in before.heads}}
    request = ReadRequest(
        wanted=lambda path: path.endswith("uv.lock"), known=lambda _: (), heads=heads
    )
    places = [
        Repository(host="git.example", path=name, clone_url=server.url(f"{name}.git"))
        for name in names
    ]
    git = (
        (lambda _: CommandLineReader(agent="ghostcrawl/test", trusted_hosts=trusted))
        if fallback
        else None
    )
    try:
        reader = GitReader(http, trusted_hosts=trusted, root_only=True, fallback=git)
        return list(reader.read(places, request))
    finally:
        http.close()


def test_the_lock_at_the_root_comes_home_and_the_folders_are_said(server: GitHttpServer) -> None:
    (visit,) = read(server, "deep")

    assert [(s.path, b.data) for s, b in zip(visit.sightings, visit.blobs, strict=True)] == [
        ("uv.lock", b"1\n")
    ]
    assert (visit.root_only, visit.skipped) == (True, (SAID,))
    assert len(server.traffic.requests) == 1 + 3
    assert server.traffic.sent < 3_000


def test_a_repository_without_folders_was_looked_at_as_a_whole(server: GitHttpServer) -> None:
    (visit,) = read(server, "flat")

    assert [b.data for b in visit.blobs] == [b"3\n"]
    assert (visit.root_only, visit.skipped) == (False, ())


def test_an_unchanged_head_is_not_taken_for_one_that_was_read_as_a_whole(
    server: GitHttpServer,
) -> None:
    (first,) = read(server, "deep")

    (second,) = read(server, "deep", before=first)

    assert (second.outcome, second.root_only) == (Outcome.UNCHANGED, True)


def test_a_server_that_caps_the_depth_is_asked_for_the_root_trees_by_name(
    server: GitHttpServer,
) -> None:
    server.settings["uploadpackfilter.tree.maxDepth"] = "0"

    deep, flat = read(server, "deep", "flat")

    assert [[s.path for s in v.sightings] for v in (deep, flat)] == [["uv.lock"], ["uv.lock"]]
    assert (deep.root_only, flat.root_only) == (True, False)
    # The probe and, for the first, the attempt that was refused: then it is known of the host.
    assert len(server.traffic.requests) == 1 + (1 + 1 + 2 + 1) + (1 + 2 + 1)
    assert server.traffic.sent < 4_000


def test_a_server_that_cannot_leave_anything_out_is_read_as_a_whole(server: GitHttpServer) -> None:
    server.settings["uploadpack.allowFilter"] = "false"

    (visit,) = read(server, "deep", fallback=True)

    assert [s.path for s in visit.sightings] == ["uv.lock", "a/uv.lock"]
    assert (visit.root_only, visit.skipped) == (False, ())
