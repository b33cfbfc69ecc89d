"""The sandboxed git program against servers that mean harm, and what it leaves behind."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from crawler.errors import GhostcrawlError, Malformed, Refused, Retry, TooLarge
from crawler.git.commandline import CommandLineReader
from crawler.git.interface import Limits
from crawler.git.objects import ObjectType
from crawler.model import Refs
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.servers.packs import copy_twice, entry, ofs_delta, pack
from tests.servers.scripted_git import (
    ADVERTISEMENT,
    Say,
    ScriptedGitServer,
    forever,
    line,
    packfile,
    refs,
)
from tests.servers.waiting import PATIENCE

SOME_OID = "ab" * 20
V0 = [line(b"# service=git-upload-pack\n"), b"0000"]


def test_the_job_directory_is_gone_afterwards(tmp_path: Path) -> None:
    jobs, root = tmp_path / "jobs", tmp_path / "root"
    jobs.mkdir()
    tip = commit(bare(root / "r.git"), {"uv.lock": b"lock"})

    with (
        GitHttpServer(root) as server,
        CommandLineReader(agent="a", trusted_hosts=[server.authority], jobs=jobs) as reader,
    ):
        listing = reader.trees(server.url("r.git"), [tip], lambda _: True)
        (blob,) = reader.blobs(server.url("r.git"), [listing.files[0].oid]).found
        during = len(list(jobs.iterdir()))

    assert (blob.data, during, list(jobs.iterdir())) == (b"lock", 1, [])


def test_a_job_directory_that_somebody_else_removed_is_no_error(tmp_path: Path) -> None:
    with CommandLineReader(agent="a", jobs=tmp_path):
        shutil.rmtree(next(tmp_path.iterdir()))

    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_hostile_work_tree_is_ever_executed_or_written(tmp_path: Path) -> None:
    marker, root = tmp_path / "marker", tmp_path / "root"
    files: dict[str, bytes | tuple[str, bytes]] = {
        ".gitattributes": b"* filter=evil\n",
        ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch {marker}"\n'.encode(),
        "x": ("160000", SOME_OID.encode()),
        "hooks/post-checkout": ("100755", f"#!/bin/sh\ntouch {marker}\n".encode()),
        "uv.lock": b"lock",
    }
    tip = commit(bare(root / "r.git"), files)

    with (
        GitHttpServer(root) as server,
        CommandLineReader(agent="a", trusted_hosts=[server.authority]) as reader,
        suppress(Malformed),
    ):  # git's own check may refuse the .gitmodules
        reader.trees(server.url("r.git"), [tip], lambda _: True)

    assert not marker.exists()


def outcome_of(server: ScriptedGitServer, limits: Limits) -> GhostcrawlError | None:
    """Return the error that a visit ends in; fails where that takes far longer than it may."""
    started, ended = time.monotonic(), None
    with CommandLineReader(agent="a", limits=limits, trusted_hosts=[server.authority]) as reader:
        try:
            heads = reader.heads(server.url, Refs.DEFAULT)
            reader.trees(server.url, [head.commit for head in heads.heads], lambda _: True)
        except GhostcrawlError as error:
            ended = error
    assert time.monotonic() - started < PATIENCE
    return ended


def advertised(lines: Iterable[bytes]) -> Say:
    return Say(body=(c for part in (V0, lines) for c in part), media_type=ADVERTISEMENT)


def test_refs_that_never_end_run_into_a_limit() -> None:
    ref = line(f"{SOME_OID} refs/heads/main\0side-band-64k\n".encode())

    with ScriptedGitServer(
        refs=lambda: refs(SOME_OID),
        fetch=lambda _: packfile(b""),
        probe=lambda: advertised(forever(ref * 1000)),
    ) as server:
        error = outcome_of(server, Limits(total_seconds=4.0))

    assert isinstance(error, (Retry, TooLarge, Malformed))


def test_an_advertisement_that_hangs_is_given_up() -> None:
    with ScriptedGitServer(
        refs=lambda: refs(SOME_OID),
        fetch=lambda _: packfile(b""),
        probe=lambda: advertised(forever(b"", 0.2)),
    ) as server:
        error = outcome_of(server, Limits(total_seconds=2.0))

    assert isinstance(error, Retry)


def test_a_delta_bomb_runs_into_a_limit() -> None:
    entries, size = [entry(ObjectType.BLOB, b"0" * 65_536)], 65_536
    for _ in range(15):
        entries.append(ofs_delta(len(entries[-1]), copy_twice(size)))
        size *= 2

    with ScriptedGitServer(
        refs=lambda: refs(SOME_OID), fetch=lambda _: packfile(pack(entries))
    ) as server:
        error = outcome_of(server, Limits(total_seconds=8.0))

    assert isinstance(error, (Retry, TooLarge, Malformed))


def test_redirects_are_not_followed() -> None:
    with ScriptedGitServer(
        refs=lambda: refs(SOME_OID),
        fetch=lambda _: packfile(b""),
        probe=lambda: Say(body=[], status=302, headers={"Location": "http://127.0.0.1:1/x"}),
    ) as server:
        error = outcome_of(server, Limits(total_seconds=PATIENCE))

    assert isinstance(error, (Refused, Retry))
    assert server.requests == ["probe"]
