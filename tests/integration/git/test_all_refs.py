"""Tags and requests of real repositories: over protocol 2, by the git program, and on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.git.commandline import CommandLineReader
from crawler.git.interface import Limits
from crawler.git.local import LocalReader, local_repository
from crawler.git.reader import GitReader
from crawler.model import Outcome, ReadRequest, RefKind, Refs, Repository, Visit
from crawler.net import Http
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit, git
from tests.servers.reftables import table, with_reftable

ALL = ReadRequest(wanted=lambda path: path.endswith("uv.lock"), known=lambda _: (), refs=Refs.ALL)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a branch, tags of both kinds, a tag of a tag, and a request by a stranger."""
    made = bare(tmp_path / "locks.git")
    commit(made, {"uv.lock": b"main"})
    commit(made, {"uv.lock": b"dev"}, branch="dev")
    for name, content in (("light", b"light"), ("heavy", b"heavy"), ("request", b"request")):
        commit(made, {"uv.lock": content}, branch=name)
    git(made, "tag", "v1", "light")
    git(made, "tag", "-a", "-m", "a tag", "v2", "heavy")
    git(made, "tag", "-a", "-m", "a tag of a tag", "v3", "v2")
    git(made, "update-ref", "refs/pull/7/head", "request")
    git(made, "update-ref", "refs/pull/7/merge", "main")
    for name in ("light", "heavy", "request"):
        git(made, "update-ref", "-d", f"refs/heads/{name}")
    return made


@pytest.fixture
def server(repository: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(repository.parent) as running:
        yield running


READ = {
    "refs/heads/main": b"main",
    "refs/heads/dev": b"dev",
    "refs/tags/v1": b"light",
    "refs/tags/v2": b"heavy",
    "refs/tags/v3": b"heavy",
    "refs/pull/7/head": b"request",
}


def read(server: GitHttpServer, request: ReadRequest = ALL, limits: Limits | None = None) -> Visit:
    trusted = [server.authority]
    http = Http(agent="ghostcrawl/test", trusted_hosts=trusted)
    reader = GitReader(
        http,
        limits=limits,
        trusted_hosts=trusted,
        fallback=lambda _: CommandLineReader(agent="ghostcrawl/test", trusted_hosts=trusted),
    )
    asked = Repository(host="git.example", path="locks", clone_url=server.url("locks.git"))
    try:
        (visit,) = reader.read([asked], request)
    finally:
        http.close()
    return visit


def contents(visit: Visit) -> dict[str, bytes]:
    data = {blob.oid: blob.data for blob in visit.blobs}
    return {one.ref: data[one.oid] for one in visit.sightings}


def tips(repository: Path) -> dict[str, str]:
    return {ref: git(repository, "rev-parse", f"{ref}^{{commit}}") for ref in READ}


def test_tags_and_requests_are_read_in_three_requests_beside_the_first_of_a_host(
    server: GitHttpServer, repository: Path
) -> None:
    visit = read(server)

    assert contents(visit) == READ
    assert {head.ref: head.commit for head in visit.heads} == tips(repository)
    assert (visit.refs, visit.refs_left_out, visit.skipped) == (Refs.ALL, (), ())
    assert server.traffic.requests == ["GET /locks.git/info/refs"] + 3 * [
        "POST /locks.git/git-upload-pack"
    ]


def test_the_git_program_reads_the_same_refs(repository: Path) -> None:
    with GitHttpServer(repository.parent, protocol=0) as server:
        visit = read(server)

    assert contents(visit) == READ
    assert {head.ref: head.commit for head in visit.heads} == tips(repository)


def test_a_local_repository_has_the_same_refs_loose_or_packed(repository: Path) -> None:
    (loose,) = LocalReader().read([local_repository(repository)], ALL)
    git(repository, "pack-refs", "--all")
    git(repository, "gc", "-q")
    (packed,) = LocalReader().read([local_repository(repository)], ALL)

    assert contents(loose) == contents(packed) == READ
    assert {head.ref: head.commit for head in packed.heads} == tips(repository)


def test_a_local_clone_shows_the_branches_and_requests_of_its_remote(
    repository: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(repository), "work")
    git(tmp_path / "work", "fetch", "-q", "origin", "refs/pull/*/head:refs/remotes/origin/pr/*")

    (visit,) = LocalReader().read([local_repository(tmp_path / "work")], ALL)

    assert contents(visit)["refs/remotes/origin/dev"] == b"dev"
    assert contents(visit)["refs/remotes/origin/pr/7"] == b"request"
    assert "refs/remotes/origin/HEAD" not in contents(visit)


@pytest.mark.parametrize(
    ("refs", "read_refs"),
    [
        (Refs.DEFAULT, {"refs/heads/main"}),
        (Refs.BRANCHES, {"refs/heads/main", "refs/heads/dev"}),
    ],
)
def test_less_is_read_where_less_is_asked_for(
    server: GitHttpServer, refs: Refs, read_refs: set[str]
) -> None:
    visit = read(server, ReadRequest(wanted=ALL.wanted, known=ALL.known, refs=refs))

    assert contents(visit).keys() == read_refs


def test_what_is_beyond_the_newest_requests_is_said_with_their_number(
    server: GitHttpServer, repository: Path
) -> None:
    for number in range(8, 68):
        git(repository, "update-ref", f"refs/pull/{number}/head", "refs/pull/7/head")

    visit = read(server)

    requests = [head.ref for head in visit.heads if head.ref.startswith("refs/pull/")]
    assert (len(requests), requests[0], requests[-1]) == (
        50,
        "refs/pull/67/head",
        "refs/pull/18/head",
    )
    assert [(s.context, s.times) for s in visit.skipped] == [("refs/pull/", 11)]
    assert visit.refs_left_out == (RefKind.REQUEST,)


def test_more_refs_than_are_listed_cost_no_branch(server: GitHttpServer, repository: Path) -> None:
    for number in range(8, 40):
        git(repository, "update-ref", f"refs/changes/01/{number}/1", "refs/pull/7/head")

    few_bytes = read(server, limits=Limits(refs_bytes=2_000))
    few_refs = read(server, limits=Limits(refs=20))

    for visit in (few_bytes, few_refs):
        assert contents(visit).keys() == {"refs/heads/main", "refs/heads/dev"}
        assert visit.refs_left_out == (RefKind.REQUEST, RefKind.TAG)
        (said,) = visit.skipped
        assert said.reason.startswith("no tag and no request was read: ")


def test_a_request_that_vanishes_is_missed_and_one_that_stays_is_unchanged(
    server: GitHttpServer, repository: Path
) -> None:
    before = {"locks": {head.ref: head.commit for head in read(server).heads}}
    again = ReadRequest(wanted=ALL.wanted, known=ALL.known, refs=Refs.ALL, heads=before)

    same = read(server, again)
    git(repository, "update-ref", "-d", "refs/pull/7/head")
    git(repository, "update-ref", "-d", "refs/pull/7/merge")
    changed = read(server, again)

    assert (same.outcome, changed.outcome) == (Outcome.UNCHANGED, Outcome.VISITED)


def test_a_tag_that_is_no_commit_is_said_and_hides_nothing(
    server: GitHttpServer, repository: Path
) -> None:
    git(repository, "tag", "text", git(repository, "rev-parse", "main:uv.lock"))

    visit = read(server)

    assert contents(visit) == READ
    assert [s.reason for s in visit.skipped] == ["the commit is missing, damaged, or not a commit"]


def test_a_local_repository_whose_refs_are_tables_has_the_same_refs(repository: Path) -> None:
    expected = tips(repository)
    with_reftable(repository)

    (visit,) = LocalReader().read([local_repository(repository)], ALL)

    assert contents(visit) == READ
    assert {head.ref: head.commit for head in visit.heads} == expected
    assert visit.heads[0].is_default
    assert visit.skipped == ()


def test_a_detached_head_and_a_default_branch_that_is_not_there_are_read_from_tables(
    repository: Path,
) -> None:
    main = bytes.fromhex(git(repository, "rev-parse", "main"))
    elsewhere = table({"HEAD": "refs/heads/nowhere", "refs/heads/main": main})
    with_reftable(repository, elsewhere, table({"HEAD": main}))
    default = ReadRequest(wanted=ALL.wanted, known=ALL.known)

    (detached,) = LocalReader().read([local_repository(repository)], default)
    (repository / "reftable/tables.list").write_text("0x000000000000-0x000000000000-00000000.ref\n")
    (nowhere,) = LocalReader().read([local_repository(repository)], default)

    assert contents(detached) == {"HEAD": b"main"}
    assert contents(nowhere) == {"refs/heads/main": b"main"}


def test_damaged_tables_are_said_and_make_no_empty_repository(repository: Path) -> None:
    with_reftable(repository)
    (path,) = (repository / "reftable").glob("*.ref")
    path.write_bytes(path.read_bytes()[:40])

    (visit,) = LocalReader().read([local_repository(repository)], ALL)

    assert visit.outcome is Outcome.FAILED
    assert "the reftable is damaged" in visit.skipped[0].reason


def test_refs_that_are_too_large_together_cost_the_default_branch_nothing(
    server: GitHttpServer,
) -> None:
    visit = read(server, limits=Limits(objects=3))

    assert contents(visit) == {"refs/heads/main": b"main"}
    assert visit.refs_left_out == (RefKind.BRANCH, RefKind.REQUEST, RefKind.TAG)
    assert [(one.context, one.times) for one in visit.skipped] == [("refs", 5)]
    assert visit.skipped[0].reason.startswith("too large beside the first one: ")
