"""The batch reader against a loopback GitHub that misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import pytest

from crawler.model import Outcome, Refs, Repository, SeenFile
from tests.servers.api import Asked, Reply, json_reply, variables_of
from tests.servers.github_batches import COMMIT, FakeGitHub, asked_for, oid_of, probe_of, visits_of
from tests.servers.stage import Script, Stage


def test_two_requests_read_the_locks_of_a_batch(stage: Callable[[Script], Stage]) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": b"A"}, "o/b": {"pylock.toml": b"B"}}))

    first, second = visits_of(on, "o/a", "o/b")

    assert [v.outcome for v in (first, second)] == [Outcome.VISITED, Outcome.VISITED]
    assert [(b.path, b.oid, b.data) for b in first.blobs] == [("uv.lock", oid_of(b"A"), b"A")]
    assert [(s.path, s.commit, s.ref) for s in second.sightings] == [
        ("pylock.toml", COMMIT, "refs/heads/main")
    ]
    assert (first.skipped, second.skipped) == ((), ())
    assert len(on.server.asked) == 2
    assert {b.resource for b in on.budget.spent} == {"graphql"}


def test_a_blob_shared_by_forks_is_fetched_once(stage: Callable[[Script], Stage]) -> None:
    on = stage(FakeGitHub(locks={f"o/{n}": {"uv.lock": b"same"} for n in "abc"}))

    visits = visits_of(on, "o/a", "o/b", "o/c")

    assert [v.blobs[0].data for v in visits] == [b"same"] * 3
    texts = variables_of(on.server.asked[1])
    assert [k for k in texts if k.startswith("b")] == ["b0"]


def test_a_blob_at_two_paths_of_a_repository_is_fetched_once_and_seen_at_both(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"Scarb.lock": b"same", "uv.lock": b"same"}}))

    (visit,) = visits_of(on, "o/a")

    assert [b.data for b in visit.blobs] == [b"same"]
    assert [s.path for s in visit.sightings] == ["Scarb.lock", "uv.lock"]


def test_a_blob_that_is_known_under_one_name_only_is_fetched_for_the_other(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"Scarb.lock": b"same"}, "o/b": {"uv.lock": b"same"}}))
    asked: list[tuple[str, str]] = []

    def known(files: Collection[SeenFile]) -> Collection[str]:
        asked.extend((file.path, file.oid) for file in files)
        return ()

    visits = visits_of(on, "o/a", "o/b", request=replace(asked_for(), known=known))

    assert asked == [("Scarb.lock", oid_of(b"same")), ("uv.lock", oid_of(b"same"))]
    assert [v.blobs[0].data for v in visits] == [b"same", b"same"]
    assert len(on.server.asked) == 2


def test_a_text_is_held_for_a_repository_of_a_later_portion_that_has_it_under_another_name(
    stage: Callable[[Script], Stage],
) -> None:
    names = {"o/a": "Scarb.lock", "o/b": "Scarb.lock", "o/c": "uv.lock", "o/d": "uv.lock"}
    on = stage(FakeGitHub(locks={name: {path: b"same"} for name, path in names.items()}))

    visits = visits_of(on, *names, portion_bytes=4)

    assert [[b.path for b in v.blobs] for v in visits] == [*[["Scarb.lock"]] * 2, ["uv.lock"], []]
    assert [v.outcome for v in visits] == [Outcome.VISITED] * 4
    assert len(on.server.asked) == 2


def test_a_known_blob_is_seen_but_not_fetched(stage: Callable[[Script], Stage]) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": b"A"}}))

    (visit,) = visits_of(on, "o/a", request=asked_for(known=[oid_of(b"A")]))

    assert (visit.outcome, visit.blobs) == (Outcome.VISITED, ())
    assert [s.oid for s in visit.sightings] == [oid_of(b"A")]
    assert len(on.server.asked) == 1


def test_an_equal_head_is_unchanged_after_one_request(stage: Callable[[Script], Stage]) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": b"A"}}))
    heads = {"o/a": {"refs/heads/main": COMMIT}}

    (visit,) = visits_of(on, "o/a", request=asked_for(heads=heads))

    assert visit.outcome is Outcome.UNCHANGED
    assert len(on.server.asked) == 1


def test_a_path_from_a_search_is_read_though_the_head_is_unchanged(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"sub/uv.lock": b"S"}}))
    host = on.github()
    reader = host.reader({"o/a": ["sub/uv.lock", "README.md"]})

    (visit,) = reader.read(
        [host.repository("o/a")], asked_for(heads={"o/a": {"refs/heads/main": COMMIT}})
    )

    assert [b.path for b in visit.blobs] == ["sub/uv.lock"]


def test_a_missing_repository_is_gone_and_the_others_are_read(
    stage: Callable[[Script], Stage],
) -> None:
    faults: dict[str, dict[str, object]] = {
        "o/private": {"type": "FORBIDDEN", "message": "no"},
        "o/dmca": {"type": "SOMETHING", "message": "Repository access blocked"},
        "o/odd": {"message": "Something went wrong"},
    }
    locks = {"o/a": {"uv.lock": b"A"}, "o/empty": {}, "private/x": {"uv.lock": b"P"}}
    on = stage(FakeGitHub(locks=locks, faults=faults))

    visits = visits_of(on, "o/gone", "o/a", "o/private", "o/dmca", "o/odd", "o/empty", "private/x")

    assert [v.outcome for v in visits] == [
        Outcome.GONE,
        Outcome.VISITED,
        Outcome.PRIVATE,
        Outcome.BLOCKED,
        Outcome.FAILED,
        Outcome.EMPTY,
        Outcome.PRIVATE,
    ]


def test_a_lock_that_could_not_be_looked_up_fails_the_visit(
    stage: Callable[[Script], Stage],
) -> None:
    def script(asked: Asked) -> Reply:
        reply = FakeGitHub(locks={"o/a": {"uv.lock": b"A"}})(asked)
        fault = b',"errors":[{"path":["r0","root"],"message":"timeout"}]}'
        return Reply(headers=reply.headers, body=reply.body[:-1] + fault)

    (visit,) = visits_of(stage(script), "o/a")

    assert visit.outcome is Outcome.FAILED


def test_a_large_lock_comes_raw_and_whole(stage: Callable[[Script], Stage]) -> None:
    large = b"x" * 600_000
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": large}}))

    (visit,) = visits_of(on, "o/a")

    assert visit.blobs[0].data == large
    assert [a.path for a in on.server.asked] == [
        "/graphql",
        f"/repos/o/a/git/blobs/{oid_of(large)}",
    ]
    assert on.server.asked[1].headers["accept"] == "application/vnd.github.raw+json"


@pytest.mark.parametrize(
    "text",
    [
        {"text": "altered", "isTruncated": False},
        {"text": "tru", "isTruncated": True},
        {"text": None, "isTruncated": False},
        {"text": "\ud800", "isTruncated": False},
        {"text": 5, "isTruncated": False},
    ],
)
def test_a_text_that_does_not_hash_to_its_id_is_replaced_by_the_raw_blob(
    stage: Callable[[Script], Stage], text: dict[str, object]
) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": b"true"}}, texts={oid_of(b"true"): text}))

    (visit,) = visits_of(on, "o/a")

    assert (visit.outcome, visit.blobs[0].data) == (Outcome.VISITED, b"true")


def test_a_raw_blob_that_is_another_is_never_handed_on(stage: Callable[[Script], Stage]) -> None:
    oid = oid_of(b"true")
    fake = FakeGitHub(
        locks={"o/a": {"uv.lock": b"true"}},
        texts={oid: {"text": "lie", "isTruncated": False}},
        raw={oid: Reply(body=b"lie")},
    )

    (visit,) = visits_of(stage(fake), "o/a")

    assert visit.blobs == ()
    assert [s.context for s in visit.skipped] == ["uv.lock"]
    assert "are not blob" in visit.skipped[0].reason


def test_a_lock_over_20_mib_is_said_and_not_fetched(stage: Callable[[Script], Stage]) -> None:
    def script(asked: Asked) -> Reply:
        reply = FakeGitHub(locks={"o/a": {"uv.lock": b"A"}})(asked)
        return Reply(body=reply.body.replace(b'"size": 1', b'"size": 99000000'))

    on = stage(script)

    (visit,) = visits_of(on, "o/a")

    assert visit.outcome is Outcome.VISITED
    assert [s.reason for s in visit.skipped] == ["99000000 bytes; locks up to 20971520 are read"]
    assert [s.at for s in visit.skipped] == ["uv.lock"]
    assert len(on.server.asked) == 1


def test_a_renamed_repository_comes_back_under_its_new_path(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(FakeGitHub(locks={"o/new": {"uv.lock": b"A"}}, renamed={"o/old": "o/new"}))

    (visit,) = visits_of(on, "o/old")

    assert visit.repository.path == "o/new"
    assert visit.outcome is Outcome.VISITED


def test_a_name_taken_over_by_another_is_looked_up_by_id(stage: Callable[[Script], Stage]) -> None:
    fake = FakeGitHub(
        locks={"o/name": {"uv.lock": b"squatter"}, "o/moved": {"uv.lock": b"ours"}},
        numbers={"o/name": 2, "o/moved": 1},
        by_id={"1": "o/moved"},
    )
    on = stage(fake)
    host = on.github()
    ours = _numbered(on, "o/name", "1")

    (visit,) = host.reader().read([ours], asked_for())

    assert (visit.repository.path, visit.blobs[0].data) == ("o/moved", b"ours")


def test_a_name_taken_over_from_a_deleted_one_is_gone(stage: Callable[[Script], Stage]) -> None:
    on = stage(FakeGitHub(locks={"o/name": {"uv.lock": b"squatter"}}, numbers={"o/name": 2}))

    (visit,) = on.github().reader().read([_numbered(on, "o/name", "1")], asked_for())

    assert (visit.outcome, visit.blobs) == (Outcome.GONE, ())


def test_a_redirect_of_a_raw_blob_is_resolved_by_id_and_not_followed(
    stage: Callable[[Script], Stage],
) -> None:
    large = b"x" * 600_000

    def script(asked: Asked) -> Reply:
        fake = FakeGitHub(
            locks={"o/a": {"uv.lock": large}, "o/b": {}},
            renamed={} if asked.path == "/graphql" else {"o/a": "o/b"},
            by_id={"1": "o/b"},
        )
        return fake(asked)

    on = stage(script)

    (visit,) = visits_of(on, "o/a")

    assert visit.blobs[0].data == large
    assert [a.path.partition("/git")[0] for a in on.server.asked] == [
        "/graphql",
        "/repos/o/a",
        "/repositories/1",
        "/repos/o/b",
    ]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            json_reply(
                {"message": "Repository access blocked", "block": {"reason": "tos"}}, status=403
            ),
            "tos",
        ),
        (
            json_reply(
                {"message": "Repository access blocked", "block": {"reason": "dmca"}}, status=451
            ),
            "dmca",
        ),
        (json_reply({"message": "Repository access blocked"}, status=403), "no reason given"),
        (json_reply({"block": {"reason": "X\r\nY"}}, status=451), "no reason given"),
        (json_reply({"block": ["tos"]}, status=451), "no reason given"),
        (Reply(status=451, body=b"<html>"), "no reason given"),
    ],
)
def test_a_blocked_blob_blocks_the_visit_and_says_why(
    stage: Callable[[Script], Stage], reply: Reply, reason: str
) -> None:
    large = b"x" * 600_000
    fake = FakeGitHub(locks={"o/a": {"uv.lock": large}}, raw={oid_of(large): reply})

    (visit,) = visits_of(stage(fake), "o/a")

    assert visit.outcome is Outcome.BLOCKED
    assert visit.skipped[0].reason.endswith(f"blocked by the host ({reason})")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"type": "FORBIDDEN", "message": "Repository access blocked"}, "no reason given"),
        ({"message": "Repository unavailable due to DMCA takedown."}, "dmca"),
        (
            {"message": "no", "extensions": {"block": {"reason": "sensitive_data"}}},
            "sensitive_data",
        ),
        ({"type": "NOT_FOUND", "message": "access blocked", "block": {"reason": "tos"}}, "tos"),
    ],
)
def test_a_repository_that_graphql_calls_blocked_is_blocked(
    stage: Callable[[Script], Stage], fault: dict[str, object], reason: str
) -> None:
    on = stage(FakeGitHub(locks={"o/b": {"uv.lock": b"B"}}, faults={"o/a": fault}))

    blocked, other = visits_of(on, "o/a", "o/b")

    assert (blocked.outcome, other.outcome) == (Outcome.BLOCKED, Outcome.VISITED)
    assert blocked.skipped[0].reason == f"blocked by the host ({reason})"


def test_a_fork_of_a_blocked_repository_is_read(stage: Callable[[Script], Stage]) -> None:
    def script(asked: Asked) -> Reply:
        reply = FakeGitHub(locks={"o/a": {"uv.lock": b"A"}})(asked)
        fault = b',"errors":[{"path":["r0","parent"],"message":"Repository access blocked"}]}'
        return Reply(body=reply.body[:-1] + fault)

    (visit,) = visits_of(stage(script), "o/a")

    assert (visit.outcome, [b.data for b in visit.blobs]) == (Outcome.VISITED, [b"A"])


def test_what_a_sweep_has_seen_costs_its_texts_only(stage: Callable[[Script], Stage]) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": b"A"}, "o/b": {"uv.lock": b"B"}}))
    probes = [probe_of(on, "o/a", b"A"), probe_of(on, "o/b", b"B")]

    visits = list(on.github().reader().seen(probes, asked_for(known=[oid_of(b"B")])))

    assert [[b.data for b in v.blobs] for v in visits] == [[b"A"], []]
    assert [s.oid for v in visits for s in v.sightings] == [oid_of(b"A"), oid_of(b"B")]
    assert len(on.server.asked) == 1


def test_other_branches_are_said_only_where_they_were_asked_for(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": b"A"}}))

    (every,) = visits_of(on, "o/a", request=asked_for(refs=Refs.BRANCHES))

    assert [s.context for s in every.skipped] == ["other branches"]


def test_more_than_fifty_repositories_are_read_in_batches_and_in_order(
    stage: Callable[[Script], Stage],
) -> None:
    names = [f"o/r{n}" for n in range(120)]
    on = stage(FakeGitHub(locks={name: {"uv.lock": name.encode()} for name in names}))

    visits = visits_of(on, *names)

    assert [v.repository.path for v in visits] == names
    assert [v.blobs[0].data for v in visits] == [name.encode() for name in names]
    assert len(on.server.asked) == 6


def _numbered(on: Stage, path: str, number: str) -> Repository:
    return replace(on.github().repository(path), native_id=number)
