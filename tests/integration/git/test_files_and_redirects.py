"""Repositories that are plain files, and redirects inside an origin, on a server that git answers for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from threading import Thread

import pytest

from crawler.git.commandline import CommandLineReader
from crawler.git.reader import GitReader
from crawler.model import Outcome, ReadRequest, Refs, Repository, Visit
from crawler.net import Http
from tests.servers.git_files import GitFilesServer
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit, git
from workers.demo.web import Response

TEXT = {"Content-Type": "text/plain"}
REQUEST = ReadRequest(wanted=lambda path: path.endswith("uv.lock"), known=lambda _: ())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made")
    for name in ("smart", "files"):
        repository = bare(root / f"{name}.git")
        commit(repository, {"uv.lock": b"an older lock", "old": b"old"})
        commit(repository, {"uv.lock": b"lock", "a/uv.lock": b"another lock", "b/c": b"c"})
    bare(root / "empty.git")
    return root


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return copytree(made, tmp_path / "root")


def read(server: GitHttpServer, *names: str, request: ReadRequest = REQUEST) -> list[Visit]:
    return read_at(server.authority, *names, request=request)


def read_at(authority: str, *names: str, request: ReadRequest = REQUEST) -> list[Visit]:
    trusted = [authority]
    http = Http(agent="ghostcrawl/test", trusted_hosts=trusted)
    reader = GitReader(
        http,
        trusted_hosts=trusted,
        fallback=lambda _: CommandLineReader(agent="ghostcrawl/test", trusted_hosts=trusted),
    )
    asked = [
        Repository(
            host="git.example",
            path=name.removesuffix(".git"),
            clone_url=f"http://{authority}/{name}",
        )
        for name in names
    ]
    try:
        return list(reader.read(asked, request))
    finally:
        http.close()


def contents(visit: Visit) -> dict[str, bytes]:
    data = {blob.oid: blob.data for blob in visit.blobs}
    return {one.path: data[one.oid] for one in visit.sightings}


LOCKS = {"uv.lock": b"lock", "a/uv.lock": b"another lock"}


@pytest.mark.parametrize("refusal", [400, 403, 404, 405, 410, 411, 501])
@pytest.mark.parametrize("names", [("smart.git", "files.git"), ("files.git", "smart.git")])
def test_plain_files_beside_other_repositories_are_read_and_stop_none_of_them(
    root: Path, names: tuple[str, str], refusal: int
) -> None:
    with GitFilesServer(root, files=("files.git",), refusal=refusal) as server:
        visits = read(server, *names, "smart.git")
        asked = server.traffic.requests

    assert [visit.outcome for visit in visits] == [Outcome.VISITED] * 3
    assert [contents(visit) for visit in visits] == [LOCKS] * 3
    assert [visit.skipped for visit in visits] == [()] * 3
    assert len([one for one in asked if "/smart.git/" in one]) <= 7


@pytest.mark.parametrize(
    "media_type", ["", "text/plain; charset=utf-8", "text/html", "application/x-unknown"]
)
def test_the_type_that_a_server_makes_up_for_its_files_does_not_matter(
    root: Path, media_type: str
) -> None:
    with GitFilesServer(root, files=("files.git",), media_type=media_type) as server:
        (visit,) = read(server, "files.git")

    assert contents(visit) == LOCKS


def test_a_login_page_is_no_list_of_refs(root: Path) -> None:
    git(root / "files.git", "update-server-info")
    page = root / "files.git" / "info" / "refs"
    with GitFilesServer(root, files=("files.git",), media_type="text/html") as server:
        page.write_text("<html>log in</html>")
        (visit,) = read(server, "files.git")

    assert visit.skipped[0].reason.startswith("Malformed: ")


def test_plain_files_on_the_web_server_of_python_are_read(root: Path) -> None:
    git(root / "files.git", "update-server-info")
    handler = partial(SimpleHTTPRequestHandler, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        authority = f"127.0.0.1:{server.server_port}"
        visits = read_at(authority, "files.git", "empty.git", "missing.git")
        server.shutdown()
        thread.join()

    assert contents(visits[0]) == LOCKS
    assert [visit.outcome for visit in visits[1:]] == [Outcome.GONE, Outcome.GONE]


def test_plain_files_named_by_sha256_are_read(root: Path) -> None:
    other = root / "sha256.git"
    other.mkdir()
    git(other, "init", "-q", "--bare", "-b", "main", "--object-format=sha256")
    commit(other, {"uv.lock": b"lock", "a/uv.lock": b"another lock"})

    with GitFilesServer(root, files=("sha256.git",)) as server:
        (visit,) = read(server, "sha256.git")

    assert contents(visit) == LOCKS


def test_tags_and_requests_of_plain_files_are_read(root: Path) -> None:
    stranger = commit(root / "files.git", {"uv.lock": b"request"}, branch="request")
    git(root / "files.git", "update-ref", "refs/pull/7/head", stranger)
    git(root / "files.git", "update-ref", "-d", "refs/heads/request")
    git(root / "files.git", "tag", "-a", "-m", "a tag", "v1", "main~1")

    with GitFilesServer(root, files=("files.git",)) as server:
        (visit,) = read(server, "files.git", request=replace(REQUEST, refs=Refs.ALL))

    data = {blob.oid: blob.data for blob in visit.blobs}
    assert {one.ref: data[one.oid] for one in visit.sightings if one.path == "uv.lock"} == {
        "refs/heads/main": b"lock",
        "refs/tags/v1": b"an older lock",
        "refs/pull/7/head": b"request",
    }


def test_of_plain_files_no_history_is_fetched(root: Path) -> None:
    older = git(root / "files.git", "rev-parse", "main~1")

    with GitFilesServer(root, files=("files.git",)) as server:
        read(server, "files.git")
        asked = server.traffic.requests

    assert f"GET /files.git/objects/{older[:2]}/{older[2:]}" not in asked


def test_plain_files_in_packs_and_without_a_commit_are_read(root: Path) -> None:
    git(root / "files.git", "gc", "-q")

    with GitFilesServer(root, files=("files.git", "empty.git")) as server:
        packed, empty = read(server, "files.git", "empty.git")

    assert contents(packed) == LOCKS
    assert empty.outcome is Outcome.EMPTY


def test_a_repository_that_is_gone_beside_plain_files_is_gone(root: Path) -> None:
    with GitFilesServer(root, files=("files.git",)) as server:
        visits = read(server, "smart.git", "missing.git", "smart.git")

    assert [visit.outcome for visit in visits] == [Outcome.VISITED, Outcome.GONE, Outcome.VISITED]


@pytest.mark.parametrize("protocol", [0, 2])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_name_of_the_same_origin_is_followed_and_the_name_is_learned(
    root: Path, protocol: int, status: int
) -> None:
    with GitFilesServer(
        root, redirects={"old": "/smart.git"}, status=status, protocol=protocol
    ) as server:
        _, moved = read(server, "smart.git", "old")
        url = server.url("smart.git")

    assert contents(moved) == LOCKS
    assert (moved.repository.path, moved.repository.clone_url) == ("smart", url)


def test_the_first_repository_of_a_host_may_be_the_one_that_moved(root: Path) -> None:
    with GitFilesServer(root, redirects={"files": "/files.git"}, files=("files.git",)) as server:
        moved, other = read(server, "files", "smart.git")
        url = server.url("files.git")

    assert (contents(moved), contents(other)) == (LOCKS, LOCKS)
    assert (moved.repository.path, moved.repository.clone_url) == ("files", url)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/smart.git",
        "http://localhost/smart.git",
        "https://{authority}/smart.git",
        "//other.example/smart.git",
        "/smart.git/info/refs?x=",
        "/smart.git#",
        "/a/../smart.git",
        "/a/%2E%2e/smart.git",
        "/./smart.git",
        "../smart.git",
        "/a/..%2fsmart.git",
        "/smart.git/info/refs?service=git-upload-pack&x=",
        "ftp://{authority}/smart.git",
        "",
        "/again",
        "http://[",
        "/old",
        "http://user:s3cret@{authority}/smart.git",
    ],
)
def test_any_other_redirect_is_refused(root: Path, location: str) -> None:
    redirects = {"old": "", "again": "/smart.git"}
    with GitFilesServer(root, redirects=redirects) as server:
        server.redirects = redirects | {"old": location.format(authority=server.authority)}
        _, refused = read(server, "smart.git", "old")

    assert refused.outcome is Outcome.FAILED
    assert "s3cret" not in str(refused.skipped)


@pytest.mark.parametrize(
    ("status", "text", "outcome"),
    [
        (451, b"", Outcome.BLOCKED),
        (403, b"Repository unavailable due to DMCA takedown.", Outcome.BLOCKED),
        (403, b"Access to this repository has been disabled by the staff.", Outcome.BLOCKED),
        (403, b"Repository access blocked\n", Outcome.BLOCKED),
        (403, b"Repository 'o/taken' is disabled. Please contact the owner.", Outcome.BLOCKED),
        (403, b"The project has been suspended by an administrator.", Outcome.BLOCKED),
        (403, b"Please log in", Outcome.PRIVATE),
        (403, b"You are not allowed to download code from this project.", Outcome.PRIVATE),
        (403, b"Git over HTTP is disabled here", Outcome.PRIVATE),
    ],
)
@pytest.mark.parametrize("protocol", [0, 2])
def test_what_the_host_has_blocked_is_told_from_what_is_private(
    root: Path, protocol: int, status: int, text: bytes, outcome: Outcome
) -> None:
    with GitFilesServer(root, protocol=protocol) as server:
        server.blocked = {"taken.git": Response(status=status, body=text, headers=TEXT)}
        first, taken, after = read(server, "smart.git", "taken.git", "smart.git")

    assert [one.outcome for one in (first, taken, after)] == [
        Outcome.VISITED,
        outcome,
        Outcome.VISITED,
    ]
