"""Real repositories over a real smart-HTTP server: what a visit brings home, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import Defer
from crawler.git.commandline import CommandLineReader
from crawler.git.interface import Limits
from crawler.git.objects import ObjectType, oid_of
from crawler.git.reader import GitReader
from crawler.model import Outcome, ReadRequest, Refs, Repository, Visit
from crawler.net import Http
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit, git


def wanted(path: str) -> bool:
    return path.rpartition("/")[2] == "uv.lock"


REQUEST = ReadRequest(wanted=wanted, known=lambda _: ())
EVERY_BRANCH = ReadRequest(wanted=wanted, known=lambda _: (), refs=Refs.BRANCHES)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    repository = bare(tmp_path / "locks.git")
    commit(repository, {"README": b"old"})
    commit(
        repository,
        {
            "uv.lock": b"root lock\n",
            "a/b/uv.lock": b"nested lock\n",
            "copy/uv.lock": b"root lock\n",
            "README": b"new",
        },
    )
    commit(repository, {"uv.lock": b"dev lock\n", "a/b/uv.lock": b"nested lock\n"}, branch="dev")
    commit(bare(tmp_path / "plain.git"), {"README": b"nothing here"})
    bare(tmp_path / "empty.git")
    return tmp_path


@pytest.fixture
def server(root: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(root) as running:
        yield running


def read(
    server: GitHttpServer, names: list[str], request: ReadRequest, *, fallback: bool = False
) -> list[Visit]:
    http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
    reader = GitReader(
        http,
        trusted_hosts=[server.authority],
        fallback=(
            lambda _: CommandLineReader(agent="ghostcrawl/test", trusted_hosts=[server.authority])
        )
        if fallback
        else None,
    )
    try:
        return list(reader.read([repository(server, name) for name in names], request))
    finally:
        http.close()


def repository(server: GitHttpServer, name: str) -> Repository:
    return Repository(host="git.example", path=name, clone_url=server.url(f"{name}.git"))


def test_all_locks_of_the_default_branch_come_home_with_their_paths(server: GitHttpServer) -> None:
    (visit,) = read(server, ["locks"], REQUEST)

    assert visit.outcome is Outcome.VISITED
    assert [s.path for s in visit.sightings] == ["uv.lock", "copy/uv.lock", "a/b/uv.lock"]
    assert {s.ref for s in visit.sightings} == {"refs/heads/main"}
    assert sorted(blob.data for blob in visit.blobs) == [b"nested lock\n", b"root lock\n"]
    assert all(blob.oid == oid_of(ObjectType.BLOB, blob.data) for blob in visit.blobs)
    assert visit.skipped == ()


def test_a_repository_with_locks_costs_three_requests_after_one_probe_of_the_host(
    server: GitHttpServer,
) -> None:
    read_twice = read(server, ["locks", "locks"], REQUEST)

    assert [v.outcome for v in read_twice] == [Outcome.VISITED, Outcome.VISITED]
    assert [r.split()[0] for r in server.traffic.requests] == ["GET"] + ["POST"] * 6
    assert server.connections == 1


def test_a_repository_without_locks_costs_two_requests(server: GitHttpServer) -> None:
    (visit,) = read(server, ["plain"], REQUEST)

    assert (visit.outcome, visit.sightings) == (Outcome.VISITED, ())
    assert len(server.traffic.requests) == 1 + 2


def test_an_unchanged_repository_costs_one_request(server: GitHttpServer) -> None:
    (first,) = read(server, ["locks"], REQUEST)
    before = len(server.traffic.requests)
    request = ReadRequest(
        wanted=wanted,
        known=lambda _: (),
        heads={"locks": {head.ref: head.commit for head in first.heads}},
    )

    (second,) = read(server, ["locks"], request)

    assert second.outcome is Outcome.UNCHANGED
    assert len(server.traffic.requests) - before == 1 + 1


def test_blobs_that_are_known_are_sighted_but_not_fetched(server: GitHttpServer) -> None:
    request = ReadRequest(wanted=wanted, known=lambda files: [file.oid for file in files])

    (visit,) = read(server, ["locks"], request)

    assert (len(visit.sightings), visit.blobs) == (3, ())
    assert len(server.traffic.requests) == 1 + 2


def test_all_branches_come_home_in_the_same_three_requests(server: GitHttpServer) -> None:
    (visit,) = read(server, ["locks"], EVERY_BRANCH)

    assert [(h.ref, h.is_default) for h in visit.heads] == [
        ("refs/heads/main", True),
        ("refs/heads/dev", False),
    ]
    assert [(s.ref, s.path) for s in visit.sightings if s.ref.endswith("dev")] == [
        ("refs/heads/dev", "uv.lock"),
        ("refs/heads/dev", "a/b/uv.lock"),
    ]
    assert len(visit.blobs) == 3
    assert len(server.traffic.requests) == 1 + 3


def test_an_empty_repository_and_a_missing_one_do_not_stop_the_next(server: GitHttpServer) -> None:
    visits = read(server, ["empty", "missing", "locks"], REQUEST)

    assert [v.outcome for v in visits] == [Outcome.EMPTY, Outcome.GONE, Outcome.VISITED]


def test_a_head_that_names_no_branch_does_not_hide_the_branches(
    server: GitHttpServer, root: Path
) -> None:
    git(root / "locks.git", "symbolic-ref", "HEAD", "refs/heads/nowhere")

    (visit,) = read(server, ["locks"], REQUEST)

    assert {h.ref for h in visit.heads} == {"refs/heads/main", "refs/heads/dev"}
    assert len(visit.blobs) == 3


def test_a_branch_that_goes_is_missed_where_head_names_none(
    server: GitHttpServer, root: Path
) -> None:
    git(root / "locks.git", "symbolic-ref", "HEAD", "refs/heads/nowhere")
    (before,) = read(server, ["locks"], REQUEST)
    git(root / "locks.git", "update-ref", "-d", "refs/heads/dev")
    heads = {"locks": {head.ref: head.commit for head in before.heads}}

    (visit,) = read(server, ["locks"], replace(REQUEST, heads=heads))

    assert (visit.outcome, visit.refs) == (Outcome.VISITED, Refs.BRANCHES)
    assert [head.ref for head in visit.heads] == ["refs/heads/main"]


def test_a_detached_head_is_read_under_its_own_name(server: GitHttpServer, root: Path) -> None:
    tip = git(root / "locks.git", "rev-parse", "dev")
    (root / "locks.git" / "HEAD").write_text(tip + "\n")

    (visit,) = read(server, ["locks"], REQUEST)

    assert [(h.ref, h.commit, h.is_default) for h in visit.heads] == [("HEAD", tip, True)]


def test_a_symbolic_link_that_leaves_the_repository_is_named_and_never_followed(
    server: GitHttpServer, root: Path
) -> None:
    commit(root / "plain.git", {"uv.lock": ("120000", b"/etc/passwd"), "x/uv.lock": b"real"})

    (visit,) = read(server, ["plain"], REQUEST)

    assert [s.path for s in visit.sightings] == ["x/uv.lock"]
    assert [(s.context, s.reason) for s in visit.skipped] == [
        ("uv.lock", "a symbolic link that leaves the repository")
    ]


@pytest.mark.parametrize("protocol", [0, 2])
def test_what_symbolic_links_lead_to_is_read_at_their_paths(root: Path, protocol: int) -> None:
    files: dict[str, bytes | tuple[str, bytes]] = {
        "uv.lock": ("120000", b".data/blob"),
        "app/uv.lock": ("120000", b"../x/uv.lock"),
        ".data/blob": b"hidden",
        "x/uv.lock": b"real",
    }
    commit(root / "plain.git", files)

    with GitHttpServer(root, protocol=protocol) as server:
        (visit,) = read(server, ["plain"], REQUEST, fallback=True)

    data = {blob.oid: blob.data for blob in visit.blobs}
    assert {s.path: data[s.oid] for s in visit.sightings} == {
        "app/uv.lock": b"real",
        "uv.lock": b"hidden",
        "x/uv.lock": b"real",
    }
    assert visit.skipped == ()
    assert len(visit.blobs) == 2


def test_a_lock_of_several_megabytes_is_read_whole(server: GitHttpServer, root: Path) -> None:
    content = b"".join(b"line %d\n" % n for n in range(400_000))
    commit(root / "plain.git", {"uv.lock": content})

    (visit,) = read(server, ["plain"], REQUEST)

    assert visit.blobs[0].data == content


def test_a_lock_that_is_too_large_does_not_keep_the_others_from_being_read(
    server: GitHttpServer, root: Path
) -> None:
    files = {f"{n}/uv.lock": b"lock %d" % n for n in range(5)}
    commit(root / "plain.git", files | {"huge/uv.lock": b"0" * (21 * 1024 * 1024)})

    (visit,) = read(server, ["plain"], REQUEST)

    assert sorted(b.data for b in visit.blobs) == [b"lock %d" % n for n in range(5)]
    assert [(s.context, s.reason, s.at) for s in visit.skipped] == [
        ("huge/uv.lock", "an object of 22020096 bytes", "huge/uv.lock")
    ]


@pytest.mark.parametrize(
    ("protocol", "filters", "any_oid"),
    [(0, True, True), (0, True, False), (0, False, False), (2, False, False)],
)
def test_a_server_without_our_protocol_is_read_by_git_with_the_same_result(
    root: Path, *, protocol: int, filters: bool, any_oid: bool
) -> None:
    with GitHttpServer(root) as ours:
        by_wire = read(ours, ["locks", "empty", "missing"], EVERY_BRANCH)
    with GitHttpServer(root, protocol=protocol, filters=filters, any_oid=any_oid) as old:
        by_git = read(old, ["locks", "empty", "missing"], EVERY_BRANCH, fallback=True)

    assert [v.outcome for v in by_git] == [Outcome.VISITED, Outcome.EMPTY, Outcome.GONE]
    assert by_git[0].heads == by_wire[0].heads
    assert by_git[0].sightings == by_wire[0].sightings
    assert set(by_git[0].blobs) == set(by_wire[0].blobs)


def test_of_a_host_that_needs_the_program_nothing_is_read_that_is_not_paid_for(root: Path) -> None:
    paid: list[str] = []

    def pay(url: str) -> None:
        if paid:
            raise Defer(60, "the host is paused")
        paid.append(url)

    with GitHttpServer(root, protocol=0) as old:
        http = Http(agent="ghostcrawl/test", trusted_hosts=[old.authority])
        program = CommandLineReader(agent="ghostcrawl/test", trusted_hosts=[old.authority])
        reader = GitReader(http, trusted_hosts=[old.authority], fallback=lambda _: program, pay=pay)
        both = list(reader.read([repository(old, name) for name in ("plain", "locks")], REQUEST))
        http.close()

    assert [visit.outcome for visit in both] == [Outcome.VISITED, Outcome.DEFERRED]
    assert paid == [old.url("plain.git")]


def test_without_a_fallback_an_old_server_is_said_to_be_unsupported(root: Path) -> None:
    with GitHttpServer(root, protocol=0) as old:
        (visit,) = read(old, ["locks"], REQUEST)

    assert visit.outcome is Outcome.FAILED
    assert visit.skipped[0].reason.startswith("Unsupported: ")


def test_more_branches_than_allowed_are_named_as_not_read(server: GitHttpServer) -> None:
    http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
    reader = GitReader(http, limits=Limits(branches=1), trusted_hosts=[server.authority])

    (visit,) = reader.read([repository(server, "locks")], EVERY_BRANCH)

    http.close()
    assert [h.ref for h in visit.heads] == ["refs/heads/main"]
    assert [s.context for s in visit.skipped] == ["refs/heads/"]
    assert visit.refs_left_out


def test_a_repository_named_by_sha256_is_read_by_git_and_the_others_of_its_host_by_us(
    server: GitHttpServer, root: Path
) -> None:
    other = root / "sha256.git"
    other.mkdir()
    git(other, "init", "-q", "--bare", "-b", "main", "--object-format=sha256")
    tip = commit(other, {"uv.lock": b"lock", "a/uv.lock": ("120000", b"../uv.lock")})

    first, second = read(server, ["locks", "sha256"], REQUEST, fallback=True)
    _, behind = read(server, ["sha256", "locks"], REQUEST)

    assert (first.outcome, behind.outcome) == (Outcome.VISITED, Outcome.VISITED)
    assert (second.outcome, second.skipped) == (Outcome.VISITED, ())
    assert [(len(tip), s.commit, s.path) for s in second.sightings] == [
        (64, tip, "uv.lock"),
        (64, tip, "a/uv.lock"),
    ]
    assert [(len(b.oid), b.data) for b in second.blobs] == [(64, b"lock")]
