"""Servers that mean harm: each ends in a typed outcome, soon, and never in a crash."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from functools import partial

import pytest

from crawler.git.commandline import CommandLineReader
from crawler.git.interface import Limits
from crawler.git.objects import ObjectType, oid_of
from crawler.git.reader import GitReader
from crawler.model import Outcome, ReadRequest, Repository, Visit
from crawler.net import Http
from tests.servers.packs import (
    Objects,
    commit_data,
    copy_twice,
    entry,
    header,
    number,
    ofs_delta,
    pack,
    ref_delta,
    tree_data,
)
from tests.servers.scripted_git import (
    ADVERTISEMENT,
    RESULT,
    Say,
    ScriptedGitServer,
    capabilities,
    forever,
    line,
    packfile,
    refs,
    sideband,
)

SOME_OID = "ab" * 20
REQUEST = ReadRequest(wanted=lambda path: path.endswith("uv.lock"), known=lambda _: ())
SHORT = Limits(total_seconds=3.0, heads_seconds=2.0, slow_seconds=1.0)
"""For who waits for their end; the others have the time that they have in earnest."""


def visit(
    *,
    heads: Callable[[], Say] = lambda: refs(SOME_OID),
    fetch: Callable[[bytes], Say] = lambda _: packfile(b""),
    probe: Callable[[], Say] = capabilities,
    limits: Limits | None = None,
) -> Visit:
    """Visit a server that answers so; fails where that takes ten seconds of CPU or 300 MiB."""
    started, peak = time.process_time(), peak_kib()
    with ScriptedGitServer(refs=heads, fetch=fetch, probe=probe) as server:
        http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
        reader = GitReader(http, limits=limits or Limits(), trusted_hosts=[server.authority])
        repository = Repository(host="git.example", path="r", clone_url=server.url)
        (result,) = reader.read([repository], REQUEST)
        http.close()
    assert time.process_time() - started < 10
    assert peak_kib() - peak < 300 * 1024
    return result


def peak_kib() -> int:
    """The most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def reason(result: Visit) -> str:
    assert result.outcome is Outcome.FAILED
    return result.skipped[0].reason


def serving(objects: Objects, commit: str, blobs: bytes = b"") -> Visit:
    return visit(
        heads=lambda: refs(commit),
        fetch=lambda body: packfile(objects.pack() if b"filter" in body else blobs),
    )


def test_a_blob_that_was_swapped_is_not_believed() -> None:
    objects = Objects()
    promised = oid_of(ObjectType.BLOB, b"honest")
    commit = objects.commit(objects.tree(("100644", b"uv.lock", promised)))

    result = serving(objects, commit, pack([entry(ObjectType.BLOB, b"swapped")]))

    assert result.blobs == ()
    assert [(s.context, s.reason) for s in result.skipped] == [
        ("uv.lock", "the server did not send it, or sent another content")
    ]


def test_a_commit_that_was_swapped_is_not_believed() -> None:
    objects = Objects()
    objects.commit(objects.tree())

    result = serving(objects, SOME_OID)

    assert result.skipped[0].context == SOME_OID


def test_a_delta_bomb_ends_before_it_is_unfolded() -> None:
    base = entry(ObjectType.BLOB, b"0" * 65_536)
    entries, size = [base], 65_536
    for _ in range(16):
        entries.append(ofs_delta(len(entries[-1]), copy_twice(size)))
        size *= 2

    result = visit(fetch=lambda _: packfile(pack(entries)))

    assert reason(result).startswith("ObjectTooLarge: an object of ")


def test_a_chain_of_too_many_deltas_is_refused() -> None:
    entries = [entry(ObjectType.BLOB, b"a")]
    for _ in range(600):
        entries.append(ofs_delta(len(entries[-1]), number(1) + number(1) + b"\x01a"))

    result = visit(fetch=lambda _: packfile(pack(entries)))

    assert reason(result) == "TooLarge: a chain of more than 512 deltas"


def test_a_zlib_bomb_is_known_by_its_header() -> None:
    bomb = header(3, 3 << 30) + b"\x78\x9c" + b"\0" * 1000

    result = visit(fetch=lambda _: packfile(pack([bomb])))

    assert reason(result) == "ObjectTooLarge: an object of 3221225472 bytes"


def test_an_object_longer_than_its_header_says_is_refused() -> None:
    liar = header(3, 10) + entry(ObjectType.BLOB, b"0" * 1_000_000)[4:]

    result = visit(fetch=lambda _: packfile(pack([liar])))

    assert reason(result).startswith("Malformed: an object ")


def test_a_bomb_of_trees_hides_no_lock_and_costs_no_time() -> None:
    objects = Objects()
    lock = oid_of(ObjectType.BLOB, b"lock")
    below = objects.tree(("100644", b"uv.lock", lock))
    for _ in range(10):
        below = objects.tree(*(("40000", b"%d" % n, below) for n in range(10)))
    commit = objects.commit(below)

    result = serving(objects, commit, pack([entry(ObjectType.BLOB, b"lock")]))

    assert [blob.data for blob in result.blobs] == [b"lock"]
    assert "more places of trees" in result.skipped[0].reason


@pytest.mark.parametrize("depth", [65, 5_000])
def test_a_tree_deeper_than_any_project_is_cut_and_named(depth: int) -> None:
    objects = Objects()
    below = objects.tree(("100644", b"uv.lock", SOME_OID))
    for _ in range(depth):
        below = objects.tree(("40000", b"d", below))
    commit = objects.commit(below)

    result = serving(objects, commit)

    assert (result.outcome, result.sightings) == (Outcome.VISITED, ())
    assert [s.reason for s in result.skipped] == ["more than 64 folders deep"]


def test_hostile_names_in_trees_are_skipped_and_the_rest_is_kept() -> None:
    objects = Objects()
    lock = oid_of(ObjectType.BLOB, b"lock")
    folder = objects.tree(("100644", b"uv.lock", lock))
    names = (b".git", b"..", b"", b"a/b", b"x" * 5_000, b"\x1b]52;c;\n\xff")
    commit = objects.commit(objects.tree(*(("40000", name, folder) for name in names)))

    result = serving(objects, commit, pack([entry(ObjectType.BLOB, b"lock")]))

    assert [s.path for s in result.sightings] == ["\x1b]52;c;\n\udcff/uv.lock"]
    assert len(result.skipped) == 5


def test_a_tree_that_is_cut_off_keeps_what_came_before() -> None:
    objects = Objects()
    lock = oid_of(ObjectType.BLOB, b"lock")
    cut = tree_data([("100644", b"uv.lock", lock), ("100644", b"z", lock)])[:-5]
    commit = objects.commit(objects.add(ObjectType.TREE, cut))

    result = serving(objects, commit, pack([entry(ObjectType.BLOB, b"lock")]))

    assert [s.path for s in result.sightings] == ["uv.lock"]
    assert [s.reason for s in result.skipped] == ["a tree entry is cut off"]


def test_a_pack_that_never_ends_is_left_at_its_limit() -> None:
    count = b"PACK\0\0\0\x02\0\0\xff\xff"
    noise = b"".join(sideband(entry(ObjectType.BLOB, os.urandom(1_000_000))))
    answer = [line(b"packfile\n"), *sideband(count)]

    result = visit(
        fetch=lambda _: Say(body=(c for part in (answer, forever(noise)) for c in part)),
    )

    assert reason(result).startswith("TooLarge: ")


def test_progress_text_that_never_ends_is_left_at_its_limit() -> None:
    noise = b"".join(sideband(b"\x1b]52;c;" * 1000, band=2))
    answer = [line(b"packfile\n")]

    result = visit(fetch=lambda _: Say(body=(c for part in (answer, forever(noise)) for c in part)))

    assert reason(result) == "TooLarge: more than 65536 bytes of progress text"


def test_error_text_of_the_server_reaches_no_terminal() -> None:
    answer = [line(b"packfile\n"), *sideband(b"\x1b]52;c;AAAA\x07 broken\n", band=3)]

    result = visit(fetch=lambda _: Say(body=answer))

    assert reason(result) == "Retry: the server gave up: ?]52;c;AAAA? broken"


def test_refs_that_never_end_are_left_as_soon_as_head_is_known() -> None:
    more = line(f"{SOME_OID} refs/pull/1/head\n".encode()) * 1000
    first = line(f"{SOME_OID} HEAD\n".encode())

    result = visit(heads=lambda: Say(body=(c for part in ([first], forever(more)) for c in part)))

    assert result.outcome is Outcome.FAILED


def test_refs_that_never_end_and_name_no_head_are_left_at_their_limit() -> None:
    more = line(f"{SOME_OID} refs/pull/1/head\n".encode()) * 1000

    result = visit(heads=lambda: Say(body=forever(more)), limits=Limits(refs=20_000))

    assert result.outcome is Outcome.EMPTY
    assert [s.reason for s in result.skipped] == ["more than 20000 refs: the others were not read"]


def test_an_advertisement_that_never_ends_is_not_handed_to_the_git_program() -> None:
    endless = forever(line(b"x" * 1_000))

    result = visit(
        probe=lambda: Say(
            body=(c for part in ([line(b"version 2\n")], endless) for c in part),
            media_type=ADVERTISEMENT,
        )
    )

    assert reason(result) == "TooLarge: an advertisement of more than 200 lines"


@pytest.mark.parametrize("where", ["probe", "refs", "pack"])
def test_an_answer_that_drips_is_given_up(where: str) -> None:
    drip, hurried = forever(b"1", pause=0.2), partial(visit, limits=SHORT)
    dripping = {
        "probe": lambda: hurried(probe=lambda: Say(body=drip, media_type=ADVERTISEMENT)),
        "refs": lambda: hurried(heads=lambda: Say(body=drip)),
        "pack": lambda: hurried(
            fetch=lambda _: Say(
                body=(
                    c for part in ([line(b"packfile\n")], forever(b"0005\x01", 0.2)) for c in part
                )
            )
        ),
    }

    result = dripping[where]()

    assert reason(result).startswith(("Retry: ", "Malformed: "))


def test_a_transfer_just_above_what_is_slow_ends_with_the_time_of_its_repository() -> None:
    drip = (c for part in ([line(b"packfile\n")], forever(b"0005\x01" * 60, 0.1)) for c in part)

    result = visit(
        fetch=lambda _: Say(body=drip),
        limits=Limits(total_seconds=2.0, slow_seconds=0.5, slow_bytes=1_000),
    )

    assert "transfer too slow: " in reason(result)


def test_the_git_program_gets_the_time_that_our_own_client_has_left() -> None:
    now, given = [0.0], list[float]()

    def old() -> Say:
        now[0] += 50.0
        return Say(body=[line(b"version 1\n"), b"0000"], media_type=ADVERTISEMENT)

    def fallback(seconds: float) -> CommandLineReader:
        given.append(seconds)
        return CommandLineReader(
            agent="a", limits=Limits(total_seconds=0.0), trusted_hosts=[server.authority]
        )

    with ScriptedGitServer(
        refs=lambda: refs(SOME_OID), fetch=lambda _: packfile(b""), probe=old
    ) as server:
        http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
        reader = GitReader(
            http, trusted_hosts=[server.authority], fallback=fallback, clock=lambda: now[0]
        )
        (result,) = reader.read([Repository(host="h", path="r", clone_url=server.url)], REQUEST)
        http.close()

    assert given == [10.0]
    assert reason(result) == "Retry: transfer too slow: more than 0 s for one repository"


@pytest.mark.parametrize("start", [b"", line(b"packfile\n")])
def test_packets_without_content_are_counted(start: bytes) -> None:
    unit = b"0005\x01" if start else b"0004"

    result = visit(fetch=lambda _: Say(body=[start, unit * 60_000]), limits=Limits(packets=50_000))

    assert reason(result) == "TooLarge: more than 50000 packets in one visit"


def test_packets_are_counted_over_all_answers_of_a_visit() -> None:
    objects = Objects()
    lock = oid_of(ObjectType.BLOB, b"lock")
    commit = objects.commit(objects.tree(("100644", b"uv.lock", lock)))
    keepalive = b"0005\x01" * 300
    files = pack([entry(ObjectType.BLOB, b"lock")])

    def fetch(body: bytes) -> Say:
        data = objects.pack() if b"filter" in body else files
        return Say(body=[line(b"packfile\n"), keepalive, *sideband(data), b"0000"])

    enough = visit(heads=lambda: refs(commit), fetch=fetch, limits=Limits(packets=700))
    scarce = visit(heads=lambda: refs(commit), fetch=fetch, limits=Limits(packets=500))

    assert [blob.data for blob in enough.blobs] == [b"lock"]
    assert [s.reason for s in scarce.skipped] == ["more than 500 packets in one visit"]


@pytest.mark.parametrize("marker", [b"0001", b"0002"])
def test_a_list_of_refs_in_sections_is_no_empty_repository(marker: bytes) -> None:
    result = visit(heads=lambda: Say(body=[marker, b"0000"]))

    assert reason(result).startswith("Malformed: ")


def test_a_server_that_accepts_and_hangs_is_given_up() -> None:
    def hang() -> Say:
        time.sleep(4)
        return refs(SOME_OID)

    result = visit(heads=hang, limits=SHORT)

    assert reason(result).startswith("Retry: ")


@pytest.mark.parametrize("target", ["http://127.0.0.1:1/", "file:///etc/passwd", "ext::sh", "/"])
def test_redirects_are_never_followed(target: str) -> None:
    result = visit(heads=lambda: Say(body=[], status=302, headers={"Location": target}))

    assert reason(result).startswith("Refused: ")


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("120", 120.0), ("-1", 1.0), ("1000000000", 86_400.0)]
)
def test_a_host_that_asks_to_wait_is_left_alone_for_as_long(
    retry_after: str, seconds: float
) -> None:
    answer = Say(body=[], status=429, headers={"Retry-After": retry_after})

    result = visit(heads=lambda: answer)

    assert (result.outcome, result.defer_seconds) == (Outcome.DEFERRED, seconds)


def test_other_repositories_of_a_host_that_asks_to_wait_are_not_asked_for() -> None:
    answer = Say(body=[], status=429, headers={"Retry-After": "120"})
    with ScriptedGitServer(refs=lambda: answer, fetch=lambda _: answer) as server:
        http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
        reader = GitReader(http, trusted_hosts=[server.authority], clock=lambda: 7.0)
        repository = Repository(host="git.example", path="r", clone_url=server.url)

        visits = list(reader.read([repository] * 3, REQUEST))

        http.close()
        assert [v.defer_seconds for v in visits] == [120.0, 120.0, 120.0]
        assert server.requests == ["probe", "ls-refs"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(401, Outcome.PRIVATE), (403, Outcome.PRIVATE), (404, Outcome.GONE), (451, Outcome.BLOCKED)],
)
def test_a_refusal_has_its_own_outcome(status: int, outcome: Outcome) -> None:
    headers = {"WWW-Authenticate": 'Basic realm="\x1b]52;"'}

    result = visit(heads=lambda: Say(body=[], status=status, headers=headers))

    assert result.outcome is outcome


def test_a_login_page_is_no_repository() -> None:
    page = Say(body=[b"<html>sign in"], media_type="text/html; charset=utf-8")

    assert reason(visit(probe=lambda: page)).startswith("Malformed: ")
    assert reason(visit(heads=lambda: page)).startswith("Malformed: ")


def test_a_compressed_answer_is_not_unpacked() -> None:
    answer = Say(body=[b"\x1f\x8b" + b"\0" * 1000], headers={"Content-Encoding": "gzip"})

    assert reason(visit(heads=lambda: answer)).startswith("Malformed: ")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"JUNK",
        b"PACK\0\0\0\x09\0\0\0\x01",
        b"PACK\0\0\0\x02\xff\xff\xff\xff",
        pack([entry(ObjectType.BLOB, b"x")], count=2)[:-20],
        pack([header(5, 1)]),
        pack([b"\xff" * 40]),
        pack([header(3, 5) + b"no zlib here"]),
        pack([ofs_delta(4_000, b"\x01\x01\x01a")]),
        pack([ref_delta(SOME_OID, b"\x01\x01\x01a")]),
        pack(
            [
                entry(ObjectType.BLOB, b"x"),
                ref_delta(oid_of(ObjectType.BLOB, b"x"), b"\x01\x05\x00"),
            ]
        ),
    ],
)
def test_a_pack_that_is_broken_is_named_so(data: bytes) -> None:
    result = visit(fetch=lambda _: packfile(data))

    assert reason(result).startswith(("Malformed: ", "Retry: ", "TooLarge: "))
    assert "unforeseen" not in reason(result)


def test_an_answer_cut_off_in_the_middle_is_tried_again_later() -> None:
    data = pack([entry(ObjectType.COMMIT, commit_data(SOME_OID))])[:30]

    result = visit(fetch=lambda _: Say(body=[line(b"packfile\n"), *sideband(data)]))

    assert reason(result) == "Retry: the pack ends too early"


def test_what_an_answer_broke_off_before_is_asked_for_once_more() -> None:
    objects = Objects()
    first, second = b"first\n", os.urandom(10_000)
    names = [oid_of(ObjectType.BLOB, data) for data in (first, second)]
    inside = [
        ("100644", b"uv.lock", names[0]),
        ("40755", b"app", objects.tree(("100644", b"uv.lock", names[1]))),
    ]
    commit = objects.commit(objects.tree(*inside))
    torn = pack([entry(ObjectType.BLOB, first), entry(ObjectType.BLOB, second)])[:-5_000]
    asked: list[bytes] = []

    def fetch(body: bytes) -> Say:
        if b"filter" in body:
            return packfile(objects.pack())
        asked.append(body)
        return packfile(torn if len(asked) == 1 else pack([entry(ObjectType.BLOB, second)]))

    result = visit(heads=lambda: refs(commit), fetch=fetch)

    assert {blob.oid for blob in result.blobs} == set(names)
    assert (result.skipped, len(asked), names[0].encode() in asked[1]) == ((), 2, False)


def test_the_result_type_is_checked_before_a_byte_is_parsed() -> None:
    answer = Say(body=[b"0000"], media_type=RESULT + "x")

    assert reason(visit(heads=lambda: answer)).startswith("Malformed: ")
