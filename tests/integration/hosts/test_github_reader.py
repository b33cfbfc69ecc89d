"""The batch reader against a loopback GitHub that misbehaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from crawler.errors import ConfigurationError
from crawler.hosts.github_probe import LockEntry, Probe
from crawler.model import Branches, Head, Outcome, Repository
from tests.servers.api import Asked, Reply, json_reply
from tests.servers.github_batches import COMMIT, FakeGitHub, asked_for, oid_of, visits_of
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
    texts = on.server.asked[1].variables()
    assert [k for k in texts if k.startswith("b")] == ["b0"]


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


def test_roots_too_heavy_for_the_host_are_asked_for_by_the_usual_names_and_that_is_said(
    stage: Callable[[Script], Stage],
) -> None:
    fake = FakeGitHub(locks={"o/a": {"uv.lock": b"A", "odd.lock": b"O"}})
    on = stage(lambda a: json_reply({}, status=502) if b"entries" in a.body else fake(a))

    (visit,) = visits_of(on, "o/a")

    assert [(b.path, b.data) for b in visit.blobs] == [("uv.lock", b"A")]
    assert [s.context for s in visit.skipped] == ["root folder"]


def test_texts_that_are_too_many_at_once_are_asked_for_in_halves(
    stage: Callable[[Script], Stage],
) -> None:
    names = [f"o/r{n}" for n in range(4)]
    fake = FakeGitHub(locks={name: {"uv.lock": name.encode()} for name in names})

    def script(asked: Asked) -> Reply:
        heavy = {"b0", "b3"} <= asked.variables().keys()
        return json_reply({}, status=502) if heavy else fake(asked)

    on = stage(script)

    visits = visits_of(on, *names)

    assert [v.blobs[0].data for v in visits] == [name.encode() for name in names]
    assert len(on.server.asked) == 4


def test_what_a_sweep_has_seen_costs_its_texts_only(stage: Callable[[Script], Stage]) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": b"A"}, "o/b": {"uv.lock": b"B"}}))
    probes = [_probe(on, "o/a", b"A"), _probe(on, "o/b", b"B")]

    visits = list(on.github().reader().seen(probes, asked_for(known=[oid_of(b"B")])))

    assert [[b.data for b in v.blobs] for v in visits] == [[b"A"], []]
    assert [s.oid for v in visits for s in v.sightings] == [oid_of(b"A"), oid_of(b"B")]
    assert len(on.server.asked) == 1


def test_a_text_that_was_lost_fails_every_repository_that_holds_it(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: json_reply({}, status=500))
    probes = [_probe(on, name, b"A", size=60_000_000) for name in ("o/a", "o/b")]
    fresh = [_probe(on, name, name.encode(), size=400_000) for name in ("o/c", "o/d")]

    visits = list(on.github().reader().seen([*fresh, *probes], asked_for()))

    assert [v.outcome for v in visits] == [Outcome.FAILED] * 2 + [Outcome.VISITED] * 2
    assert [bool(v.skipped) for v in visits] == [True] * 4


def test_a_text_that_came_with_a_failed_visit_is_no_known_one_for_the_next_portion(
    stage: Callable[[Script], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.hosts.github_reader._PORTION_BYTES", 1)
    lost = oid_of(b"B")
    fake = FakeGitHub(
        locks={"o/a": {"uv.lock": b"A", "pylock.toml": b"B"}, "o/b": {"uv.lock": b"A"}},
        texts={lost: {"text": "", "isTruncated": True}},
        raw={lost: Reply(status=500)},
    )

    visits = visits_of(stage(fake), "o/a", "o/b")

    assert [v.outcome for v in visits] == [Outcome.FAILED, Outcome.FAILED]
    assert visits[1].skipped[0].reason.endswith("with a repository that has to be read again")


@pytest.mark.parametrize("status", [404, 410, 451])
def test_an_answer_about_nobody_is_no_fact_about_a_repository(
    stage: Callable[[Script], Stage], status: int
) -> None:
    visits = visits_of(stage(lambda _: json_reply({}, status=status)), "o/a", "o/b")

    assert [v.outcome for v in visits] == [Outcome.FAILED, Outcome.FAILED]


def test_who_is_refused_altogether_stops_and_is_told_so(stage: Callable[[Script], Stage]) -> None:
    suspended = json_reply({"message": "Sorry. Your account was suspended"}, status=403)

    with pytest.raises(ConfigurationError, match="it refuses us"):
        visits_of(stage(lambda _: suspended), "o/a")


def test_one_repository_cannot_spend_the_quota_of_all(stage: Callable[[Script], Stage]) -> None:
    flood = {f"r{n}.lock": b"%d" % n for n in range(201)}
    on = stage(FakeGitHub(locks={"o/a": {**flood, "uv.lock": b"A"}}))

    (visit,) = visits_of(on, "o/a")

    assert (visit.outcome, len(visit.blobs)) == (Outcome.VISITED, 200)
    assert "uv.lock" in {b.path for b in visit.blobs}
    assert [s.reason for s in visit.skipped] == [
        "2 of 202 locks are more than one repository may cost; read it over git"
    ]


@pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
def test_a_limit_inside_a_200_defers_the_whole_batch(
    stage: Callable[[Script], Stage], kind: str
) -> None:
    errors = [{"type": kind, "message": "API rate limit exceeded"}]
    on = stage(lambda _: json_reply({"data": None, "errors": errors}))

    visits = visits_of(on, "o/a", "o/b")

    assert [(v.outcome, v.defer_seconds) for v in visits] == [(Outcome.DEFERRED, 60)] * 2
    assert [q.wait for _, q in on.budget.learned] == [None, 60]


def test_a_limit_between_probe_and_text_defers_what_is_unread(
    stage: Callable[[Script], Stage],
) -> None:
    fake = FakeGitHub(locks={"o/a": {"uv.lock": b"A"}, "o/b": {"uv.lock": b"B"}, "o/c": {"x": b""}})

    def script(asked: Asked) -> Reply:
        return json_reply({}, status=429) if "b0" in asked.variables() else fake(asked)

    on = stage(script)

    visits = visits_of(on, "o/a", "o/b", "o/c", request=asked_for(known=[oid_of(b"B")]))

    assert [v.outcome for v in visits] == [Outcome.DEFERRED, Outcome.VISITED, Outcome.VISITED]
    assert len(on.server.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({}, status=502),
        Reply(headers={"content-type": "text/html"}, body=b"<html>"),
        json_reply({"errors": [{"message": "timeout"}]}),
        json_reply({"data": {"r0": 5, "r1": []}}),
        json_reply({"data": {}}),
        json_reply({}, status=301, location="/x"),
    ],
)
def test_a_fault_of_the_host_fails_each_visit_and_never_looks_clean(
    stage: Callable[[Script], Stage], reply: Reply
) -> None:
    visits = visits_of(stage(lambda _: reply), "o/a", "o/b")

    assert [v.outcome for v in visits] == [Outcome.FAILED, Outcome.FAILED]
    assert all(v.skipped for v in visits)


def test_a_bad_token_stops_everything(stage: Callable[[Script], Stage]) -> None:
    with pytest.raises(ConfigurationError, match="does not take the token"):
        visits_of(stage(lambda _: json_reply({}, status=401)), "o/a")


def test_other_branches_are_said_only_where_they_were_asked_for(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(FakeGitHub(locks={"o/a": {"uv.lock": b"A"}}))

    (every,) = visits_of(on, "o/a", request=asked_for(branches=Branches.ALL))

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


def _probe(on: Stage, path: str, data: bytes, size: int | None = None) -> Probe:
    lock = LockEntry(path="uv.lock", oid=oid_of(data), size=size or len(data))
    head = Head(ref="refs/heads/main", commit=COMMIT, is_default=True)
    return Probe(repository=on.github().repository(path), head=head, locks=(lock,))
