"""What GitHub refuses, limits or loses under the batch reader: never a fact about a repository."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import pytest

from crawler.errors import ConfigurationError
from crawler.lockfiles import crawl_worth
from crawler.model import Outcome, SeenFile
from tests.servers.api import Asked, Reply, json_reply, variables_of
from tests.servers.github_batches import FakeGitHub, asked_for, oid_of, probe_of, visits_of
from tests.servers.stage import Script, Stage

_IN_EARNEST = replace(asked_for(), wanted=crawl_worth)
"""What a crawl wants."""


def _all_known(files: Collection[SeenFile]) -> Collection[str]:
    return [file.oid for file in files]


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
        heavy = {"b0", "b3"} <= variables_of(asked).keys()
        return json_reply({}, status=502) if heavy else fake(asked)

    on = stage(script)

    visits = visits_of(on, *names)

    assert [v.blobs[0].data for v in visits] == [name.encode() for name in names]
    assert len(on.server.asked) == 4


def test_a_text_that_was_lost_fails_every_repository_that_holds_it(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: json_reply({}, status=500))
    probes = [probe_of(on, name, b"A", size=60_000_000) for name in ("o/a", "o/b")]
    fresh = [probe_of(on, name, name.encode(), size=400_000) for name in ("o/c", "o/d")]

    visits = list(on.github().reader().seen([*fresh, *probes], asked_for()))

    assert [v.outcome for v in visits] == [Outcome.FAILED] * 2 + [Outcome.VISITED] * 2
    assert [bool(v.skipped) for v in visits] == [True] * 4


def test_a_text_that_came_with_a_failed_visit_is_no_known_one_for_the_next_portion(
    stage: Callable[[Script], Stage],
) -> None:
    lost = oid_of(b"B")
    fake = FakeGitHub(
        locks={"o/a": {"uv.lock": b"AA", "pylock.toml": b"B"}, "o/b": {"uv.lock": b"AA"}},
        texts={lost: {"text": "", "isTruncated": True}},
        raw={lost: Reply(status=500)},
    )

    visits = visits_of(stage(fake), "o/a", "o/b", portion_bytes=1)

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

    with pytest.raises(ConfigurationError, match="access refused; check the account"):
        visits_of(stage(lambda _: suspended), "o/a")


def test_one_repository_cannot_spend_the_quota_of_all(stage: Callable[[Script], Stage]) -> None:
    flood = {f"r{n}.lock": b"%d" % n for n in range(201)}
    on = stage(FakeGitHub(locks={"o/a": {**flood, "uv.lock": b"A"}}))

    (visit,) = visits_of(on, "o/a", request=_IN_EARNEST)

    assert (visit.outcome, len(visit.blobs)) == (Outcome.VISITED, 200)
    assert "uv.lock" in {b.path for b in visit.blobs}
    assert [(s.reason, s.times) for s in visit.skipped] == [
        ("more locks than one repository may cost; read it over git", 2)
    ]


def test_texts_that_may_be_requirements_files_are_read_if_they_are_few_and_small(
    stage: Callable[[Script], Stage],
) -> None:
    texts = {f"list{n:02d}.txt": b"%d" % n for n in range(43)}
    on = stage(FakeGitHub(locks={"o/a": texts}, sizes={"list01.txt": 64 * 1024 + 1}))

    (visit,) = visits_of(on, "o/a", request=_IN_EARNEST)

    assert len(visit.blobs) == 40
    assert [(s.reason, s.times) for s in visit.skipped] == [
        ("more than 40 texts that may be requirements files, or a large one", 3)
    ]


def test_huge_files_at_a_root_leave_room_for_the_small_ones_of_well_known_names(
    stage: Callable[[Script], Stage],
) -> None:
    names = ["Pipfile.lock", "bun.lock", "package-lock.json", "poetry.lock", "a.lock", "b.lock"]
    files = {name: name.encode() for name in (*names, "uv.lock")}
    sizes = dict.fromkeys(names, 19000000) | {"uv.lock": 1_900_000}
    on = stage(FakeGitHub(locks={"o/a": files}, sizes=sizes))

    (visit,) = visits_of(on, "o/a", request=replace(_IN_EARNEST, known=_all_known))

    assert [s.path for s in visit.sightings] == [
        "uv.lock",
        "Pipfile.lock",
        "bun.lock",
        "package-lock.json",
    ]
    assert [(s.context, s.times) for s in visit.skipped] == [("poetry.lock", 3)]


def test_of_very_many_well_known_names_those_near_the_root_are_read(
    stage: Callable[[Script], Stage],
) -> None:
    deep = {f"x/{n}/uv.lock": b"%d" % n for n in range(200)}
    on = stage(FakeGitHub(locks={"o/a": {**deep, "app/uv.lock": b"A", "uv.lock": b"B" * 9_000}}))
    host = on.github()

    (visit,) = host.reader({"o/a": [*deep, "app/uv.lock"]}).read(
        [host.repository("o/a")], replace(_IN_EARNEST, known=_all_known)
    )

    assert [s.path for s in visit.sightings][:2] == ["uv.lock", "app/uv.lock"]
    assert [s.times for s in visit.skipped] == [2]


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
        return json_reply({}, status=429) if "b0" in variables_of(asked) else fake(asked)

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
    with pytest.raises(ConfigurationError, match=r"authentication failed \(401\)"):
        visits_of(stage(lambda _: json_reply({}, status=401)), "o/a")
