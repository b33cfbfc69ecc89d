"""Cases follow what happens to a repository on a real git server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.model import (
    CaseClass,
    Classification,
    Confidence,
    Outcome,
    Reason,
    Refs,
    Surroundings,
    VerdictState,
)
from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK
from tests.servers.moving_repository import PATH, Bench, Refusing
from tests.servers.moving_repository import bench as serving
from workers.ledger import case_log, cases, decisions, findings, proofs
from workers.ledger.case_following import CasePolicy, follow, of_findings
from workers.ledger.cases import Case

PROJECT = b'[project]\nname = "app"\nversion = "0.1.0"\n'


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A repository whose only lock pins the ghost, which a visit has found."""
    with serving(tmp_path) as made:
        made.commit({"uv.lock": GHOST_LOCK})
        made.visit()
        yield made


def the_case(bench: Bench) -> Case:
    with bench.ledger.read() as conn:
        (one,) = cases.all_cases(conn)
        return one


def log(bench: Bench) -> list[str]:
    """Return the log of the only case: event, state after it, code."""
    with bench.ledger.read() as conn:
        lines = case_log.history(conn, the_case(bench).number)
    return [f"{one.event} {one.after} {one.reason.code}".rstrip() for one in lines]


def days_pass(bench: Bench, hours: float = 24) -> None:
    bench.now += timedelta(hours=hours)


def key_of(bench: Bench) -> str:
    return bench.reports()["uv.lock"].finding.key


def test_a_case_is_opened_with_the_first_finding_and_letters_name_it_so(bench: Bench) -> None:
    bench.verify()

    one = the_case(bench)

    assert (one.host, one.path, one.state, one.version) == ("git.example", PATH, "new", 1)
    assert log(bench) == ["opened new found"]
    assert f"\nCase: {one.key}\n" in bench.letters()[0]


def test_looks_that_see_the_same_change_no_case(bench: Bench) -> None:
    for _ in range(3):
        bench.visit()
        bench.verify()
        bench.hunt()

    assert log(bench) == ["opened new found"]


def test_a_repository_without_a_likely_finding_has_no_case(tmp_path: Path) -> None:
    with serving(tmp_path) as bench:
        bench.commit({"uv.lock": INNOCENT_LOCK})

        bench.visit()

        with bench.ledger.read() as conn:
            assert cases.all_cases(conn) == ()


def test_a_pin_that_was_removed_resolves_its_case_at_the_second_look_a_day_later(
    bench: Bench,
) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    gone = bench.now
    bench.visit()
    days_pass(bench, 21.9)
    bench.visit()
    before = the_case(bench).state
    days_pass(bench, -0.9)

    bench.visit()

    one = the_case(bench)
    assert (before, one.state, one.resolved_at) == ("new", "resolved", gone)
    assert log(bench) == ["opened new found", "gone resolved pin-gone"]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.GONE, "repository-gone"), (Outcome.BLOCKED, "repository-blocked")],
)
def test_a_repository_that_is_gone_resolves_its_case_at_the_second_look(
    bench: Bench, outcome: Outcome, code: str
) -> None:
    bench.visit(reader=Refusing(outcome))
    first = the_case(bench).state
    days_pass(bench)

    bench.visit(reader=Refusing(outcome))

    assert (first, the_case(bench).state) == ("new", "resolved")
    assert log(bench)[-1] == f"gone resolved {code}"


@pytest.mark.parametrize("outcome", [Outcome.PRIVATE, Outcome.DEFERRED, Outcome.FAILED])
def test_a_second_look_that_tells_nothing_resolves_nothing(bench: Bench, outcome: Outcome) -> None:
    bench.visit(reader=Refusing(Outcome.GONE))
    days_pass(bench)

    bench.visit(reader=Refusing(outcome))

    assert the_case(bench).state == "new"


def test_a_repository_that_is_back_at_the_second_look_is_not_resolved(bench: Bench) -> None:
    bench.visit(reader=Refusing(Outcome.GONE))
    days_pass(bench)

    bench.visit()
    days_pass(bench)
    bench.visit()

    assert bench.statuses() == {"uv.lock": "new"}
    assert log(bench) == ["opened new found"]


@pytest.mark.parametrize(
    "look", ["root only", "cut off", "unreadable", "another branch", "unchanged and cut off"]
)
def test_a_look_that_did_not_reach_the_pin_is_no_second_look(bench: Bench, look: str) -> None:
    nested = {"app/uv.lock": GHOST_LOCK, "app/pyproject.toml": PROJECT}
    branch = "other" if look == "another branch" else "main"
    folders = {f"f{n}/x": b"" for n in range(9)}
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.commit(nested | folders, branch=branch)
    bench.visit(Refs.BRANCHES)
    bench.commit({"app/uv.lock": INNOCENT_LOCK} | folders, branch=branch)
    bench.visit(Refs.BRANCHES)
    assert {status.partition(":")[0] for status in bench.statuses().values()} == {"gone-at-refs"}
    days_pass(bench)

    if look == "unreadable":
        bench.commit({"app/uv.lock": b"\xff\xfe no lock at all"} | folders)
    elif look != "another branch":
        bench.commit({"README": b"", "app/more": b"", "app/uv.lock": INNOCENT_LOCK} | folders)
    bench.most_trees = 1 if "cut off" in look else bench.most_trees
    bench.visit(root_only=look == "root only")
    if look == "unchanged and cut off":
        bench.visit()
    before = the_case(bench).state
    bench.most_trees = 1_000
    bench.commit({"app/uv.lock": INNOCENT_LOCK, "README": b"again"} | folders, branch=branch)
    bench.visit(Refs.BRANCHES)
    bench.visit(Refs.BRANCHES)

    assert (before, the_case(bench).state) == ("new", "resolved")


def test_the_second_look_is_planned_for_a_day_after_the_first(bench: Bench) -> None:
    bench.visit(reader=Refusing(Outcome.GONE))

    with bench.ledger.read() as conn:
        due = conn.exec_driver_sql(
            "SELECT due_at, payload FROM work WHERE kind = 'visit' AND state = 'open'"
        ).all()

    ((at, payload),) = due
    assert at == (bench.now + timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert '"refs":"branches"' in payload


def test_in_a_demo_the_day_between_two_looks_is_shorter(bench: Bench) -> None:
    bench.policy = CasePolicy(scale=24 * 60)
    bench.visit(reader=Refusing(Outcome.GONE))

    bench.visit(reader=Refusing(Outcome.GONE))

    assert log(bench)[-1] == "gone resolved repository-gone"


def test_the_same_pin_again_after_it_was_resolved_is_a_regression(bench: Bench) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    days_pass(bench)
    bench.visit()
    bench.commit({"uv.lock": GHOST_LOCK})

    bench.visit()

    assert log(bench)[-2:] == ["gone resolved pin-gone", "regressed regressed pinned-again"]


def test_the_same_file_in_another_lock_of_the_repository_is_a_regression(bench: Bench) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    days_pass(bench)
    bench.visit()
    bench.commit({"app/uv.lock": b"# moved\n" + GHOST_LOCK, "app/pyproject.toml": PROJECT})

    bench.visit()

    assert the_case(bench).state == "regressed"


def test_a_regression_that_is_cleaned_again_is_resolved_again(bench: Bench) -> None:
    for lock in (INNOCENT_LOCK, GHOST_LOCK, INNOCENT_LOCK):
        bench.commit({"uv.lock": lock})
        bench.visit()
        days_pass(bench)
        bench.visit()

    assert [line.split()[0] for line in log(bench)] == ["opened", "gone", "regressed", "gone"]


@pytest.mark.parametrize("state", [None, VerdictState.WITHDRAWN])
def test_a_verdict_that_is_taken_back_makes_the_case_a_false_positive(
    bench: Bench, state: VerdictState | None
) -> None:
    bench.judge(state)

    bench.hunt()

    assert the_case(bench).state == "false-positive"


def test_a_verdict_that_is_withdrawn_makes_a_resolved_case_a_false_positive(bench: Bench) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    days_pass(bench)
    bench.visit()
    bench.judge(VerdictState.WITHDRAWN)

    bench.hunt()

    assert log(bench)[-2:] == ["gone resolved pin-gone", "retracted false-positive withdrawn"]


def test_a_file_that_somebody_vouches_for_makes_the_case_benign(bench: Bench) -> None:
    bench.judge(VerdictState.ALLOWED)

    bench.hunt()

    assert log(bench)[-1] == "excused benign excused"


def test_a_verdict_that_is_back_wants_a_person_to_look(bench: Bench) -> None:
    bench.judge(VerdictState.WITHDRAWN)
    bench.hunt()
    bench.judge()

    bench.hunt()

    assert log(bench)[-1] == "reopened needs-look holds-again"


def test_a_question_wants_a_person_and_its_answer_confirms_the_case(bench: Bench) -> None:
    bench.verify()
    ask(bench)
    asked = the_case(bench).state
    key = key_of(bench)
    with bench.ledger.write() as conn:
        decisions.promote(conn, key, "looked at", bench.now)
        follow(conn, of_findings(conn, [key]), bench.now, CasePolicy())

    assert (asked, the_case(bench).state) == ("needs-look", "confirmed")
    assert log(bench)[1:] == [
        "questioned needs-look among-tests",
        "cleared confirmed nothing-to-ask",
    ]


def ask(bench: Bench) -> None:
    """Let the finding have an open question."""
    with bench.ledger.write() as conn:
        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)
        assert report.evidence is not None
        around = Surroundings(commit="0" * 40, tests="tests/test_it.py")
        proof = replace(report.evidence, surroundings=around)
        proofs.add_evidence(conn, report.finding.key, proof, bench.now)
        follow(conn, of_findings(conn, [report.finding.key]), bench.now, CasePolicy())


def reckoned(case_class: CaseClass) -> CasePolicy:
    known = Classification(case_class=case_class, weights=(), rules="1")
    return CasePolicy(classes_of=lambda _conn, numbers: dict.fromkeys(numbers, known))


@pytest.mark.parametrize(
    ("case_class", "state"),
    [
        (CaseClass.LURE, "confirmed"),
        (CaseClass.VICTIM, "confirmed"),
        (CaseClass.BYSTANDER, "confirmed"),
        (CaseClass.RESEARCH, "needs-look"),
        (CaseClass.UNCLEAR, "needs-look"),
    ],
)
def test_a_class_that_is_known_confirms_a_case_and_one_that_is_not_wants_a_person(
    bench: Bench, case_class: CaseClass, state: str
) -> None:
    bench.policy = reckoned(case_class)

    bench.visit()
    bench.visit()

    assert the_case(bench).state == state
    assert len(log(bench)) == 2


def test_every_finding_dismissed_is_benign_and_holds_again_when_that_is_over(bench: Bench) -> None:
    key, until = key_of(bench), bench.now + timedelta(days=2)
    with bench.ledger.write() as conn:
        decisions.dismiss(conn, key, "a fixture of ours", until, bench.now)
        follow(conn, of_findings(conn, [key]), bench.now, CasePolicy())
    dismissed = the_case(bench).state
    days_pass(bench, 49)

    bench.visit()

    assert dismissed == "benign"
    assert log(bench)[-1] == "reopened needs-look holds-again"


def test_the_same_lock_in_another_repository_of_the_owner_brings_a_resolved_case_back(
    bench: Bench,
) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    days_pass(bench)
    bench.visit()
    bench.commit({"uv.lock": GHOST_LOCK})
    bench.name, bench.number = "acme/another", "2"

    bench.visit()

    with bench.ledger.read() as conn:
        found = {one.path: one for one in cases.all_cases(conn)}
    assert {path: one.state for path, one in found.items()} == {
        PATH: "regressed",
        "acme/another": "new",
    }
    assert found[PATH].moved == "regressed"


def test_the_same_lock_at_another_owner_brings_nothing_back(bench: Bench) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    days_pass(bench)
    bench.visit()
    bench.commit({"uv.lock": GHOST_LOCK})
    bench.name, bench.number = "acme-two/task", "2"

    bench.visit()

    with bench.ledger.read() as conn:
        states = {one.path: one.state for one in cases.all_cases(conn)}
    assert states == {PATH: "resolved", "acme-two/task": "new"}


def test_a_case_keeps_its_id_when_its_repository_is_renamed(tmp_path: Path) -> None:
    with serving(tmp_path) as bench:
        bench.number = "7"
        bench.commit({"uv.lock": GHOST_LOCK})
        bench.visit(Refs.BRANCHES)
        before = the_case(bench)
        bench.name = "acme/renamed"

        bench.visit(Refs.BRANCHES)

        after = the_case(bench)
        assert (after.key, after.path, after.state) == (before.key, "acme/renamed", "new")


def test_a_file_that_is_not_served_at_two_looks_resolves_the_case(bench: Bench) -> None:
    bench.verify()
    _serve(bench, 404)
    _serve(bench, 404)
    once = the_case(bench).state
    days_pass(bench)
    _serve(bench, 404)
    resolved = the_case(bench).state
    days_pass(bench)
    _serve(bench, 200)

    assert (once, resolved) == ("new", "resolved")
    assert log(bench)[1:] == ["gone resolved file-gone", "regressed regressed pinned-again"]


def _serve(bench: Bench, status: int) -> None:
    """Let the next verification hear this from the host of the file."""
    bench.answers.append(status)
    bench.verify()


def test_a_case_that_an_upgrade_has_opened_is_followed_at_the_next_look(bench: Bench) -> None:
    with bench.ledger.write() as conn:
        conn.exec_driver_sql('UPDATE "case" SET version = 0')
        follow(conn, [the_case(bench).number], bench.now, reckoned(CaseClass.LURE))

    assert (the_case(bench).state, the_case(bench).version) == ("confirmed", 2)


def test_the_log_says_when_both_looks_were(bench: Bench) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    days_pass(bench)
    bench.visit()

    with bench.ledger.read() as conn:
        *_, last = case_log.history(conn, the_case(bench).number)

    assert last.reason == Reason(
        code="pin-gone",
        text="no branch that we read (main) pins it in this lock any more; no tag or request was read"
        " (seen at 2026-11-29T14:00:00Z and again at 2026-11-30T15:00:00Z)",
    )
