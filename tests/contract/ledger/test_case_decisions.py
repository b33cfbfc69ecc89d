"""What persons decide about cases: what it changes, what it does to findings, and that it can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Connection

from crawler.errors import UsageError
from crawler.model import (
    CaseClass,
    CaseEvent,
    CaseState,
    Classification,
    FindingStatus,
    Reason,
    Repository,
)
from tests.contract.ledger.samples import NOON, finding, later
from workers.ledger import (
    case_decisions,
    case_log,
    case_reports,
    cases,
    decisions,
    findings,
    frontier,
    statuses,
)
from workers.ledger.case_following import CasePolicy, follow, unfollowed
from workers.ledger.cases import Case
from workers.ledger.ledger import Ledger
from workers.runs import Way

Decision = Callable[[Connection, Case, datetime], object]
_GONE = Reason(code="pin-gone", text="the pin is gone")


@pytest.fixture
def ledger_with_cases(ledger: Ledger) -> Ledger:
    """Two repositories with a finding each, both with a new case."""
    with ledger.write() as conn:
        for key, path in (("f1", "acme/app"), ("f2", "acme/other")):
            one = finding(key, path=path)
            where = replace(one.repository, native_id=path)
            add(conn, where, replace(one, repository=where))
    return ledger


def add(conn: Connection, where: Repository, *found: object) -> None:
    ids = frontier.save(conn, [where], NOON, Way.LIST)
    findings.record(conn, found, "run", NOON)  # type: ignore[arg-type] # findings
    follow(conn, ids, NOON, CasePolicy())


def at(conn: Connection, path: str = "acme/app") -> Case:
    return next(one for one in cases.all_cases(conn) if one.path == path)


def reckoned(case_class: CaseClass) -> CasePolicy:
    known = Classification(case_class=case_class, weights=(), rules="1")
    return CasePolicy(classes_of=lambda _conn, numbers: dict.fromkeys(numbers, known))


def decide(ledger: Ledger, *steps: Decision) -> Case:
    """Take decisions about the case of acme/app an hour apart, and return it as it is then."""
    for hours, step in enumerate(steps, start=1):
        with ledger.write() as conn:
            step(conn, at(conn), later(hours))
            follow(conn, [at(conn).number], later(hours), CasePolicy())
    with ledger.read() as conn:
        return at(conn)


def status(ledger: Ledger) -> FindingStatus:
    with ledger.read() as conn:
        return statuses.known(conn, ["f1"])["f1"].status


def log(ledger: Ledger) -> list[str]:
    with ledger.read() as conn:
        return [
            f"{one.event} by {one.actor}: {one.after}"
            for one in case_log.history(conn, at(conn).number)
        ]


def classed(case_class: CaseClass, expires: datetime | None = None) -> Decision:
    return lambda conn, one, now: case_decisions.set_class(
        conn, one, case_class, "looked", expires, now
    )


def state(value: CaseState, expires: datetime | None = None) -> Decision:
    return lambda conn, one, now: case_decisions.set_state(conn, one, value, "looked", expires, now)


def reported(conn: Connection, one: Case, now: datetime) -> None:
    case_decisions.note_report(conn, one, "form", "number 17", now, now)


def outcome(event: CaseEvent) -> Decision:
    return lambda conn, one, now: case_decisions.note_outcome(conn, one, event, "", now)


def undone(conn: Connection, one: Case, now: datetime) -> None:
    case_decisions.undo(conn, one, "a mistake", now)


def noted(conn: Connection, one: Case, now: datetime) -> None:
    case_decisions.note(conn, one, "asked upstream", now)


def merged(conn: Connection, one: Case, now: datetime) -> None:
    case_decisions.merge(conn, one, at(conn, "acme/other"), "a mirror", now)


def assigned(conn: Connection, one: Case, now: datetime) -> None:
    case_decisions.assign(conn, one, "night shift", now)


def waits(conn: Connection, one: Case, now: datetime) -> None:
    """Let time pass, in which the case follows."""


def loses_its_pin(conn: Connection, _one: Case, now: datetime) -> None:
    statuses.retract(conn, ["f1"], Reason(code="withdrawn", text="withdrawn"), now)


@pytest.mark.parametrize(
    ("steps", "after"),
    [
        ([classed(CaseClass.LURE)], CaseState.CONFIRMED),
        ([classed(CaseClass.VICTIM)], CaseState.CONFIRMED),
        ([state(CaseState.NEEDS_LOOK)], CaseState.NEEDS_LOOK),
        ([state(CaseState.NEEDS_LOOK), classed(CaseClass.LURE)], CaseState.NEEDS_LOOK),
        ([state(CaseState.CONFIRMED)], CaseState.CONFIRMED),
        ([state(CaseState.BENIGN)], CaseState.BENIGN),
        ([state(CaseState.FALSE_POSITIVE)], CaseState.FALSE_POSITIVE),
        ([state(CaseState.BENIGN), state(CaseState.CONFIRMED)], CaseState.CONFIRMED),
        ([reported], CaseState.REPORTED),
        ([reported, outcome(CaseEvent.ACKNOWLEDGED)], CaseState.ACKNOWLEDGED),
        ([reported, outcome(CaseEvent.REFUSED)], CaseState.ACKNOWLEDGED),
        ([reported, outcome(CaseEvent.REMOVED)], CaseState.RESOLVED),
        ([reported, loses_its_pin], CaseState.FALSE_POSITIVE),
        ([merged], CaseState.DUPLICATE),
        ([merged, loses_its_pin], CaseState.DUPLICATE),
        ([noted, assigned], CaseState.NEW),
    ],
)
def test_a_decision_leads_where_the_table_says(
    ledger_with_cases: Ledger, steps: list[Decision], after: CaseState
) -> None:
    assert decide(ledger_with_cases, *steps).state is after


def test_what_was_decided_is_in_the_case(ledger_with_cases: Ledger) -> None:
    one = decide(
        ledger_with_cases, classed(CaseClass.VICTIM, later(99)), assigned, reported, merged
    )

    assert (one.class_set, one.class_reason, one.class_until) == ("victim", "looked", later(99))
    assert (one.assigned_to, one.reported_at) == ("night shift", later(3))
    with ledger_with_cases.read() as conn:
        assert one.duplicate_of == at(conn, "acme/other").key
        assert cases.classes_set(conn) == {one.number: CaseClass.VICTIM}


@pytest.mark.parametrize("value", [CaseState.BENIGN, CaseState.FALSE_POSITIVE])
def test_a_harmless_case_dismisses_its_findings_until_the_decision_is_over(
    ledger_with_cases: Ledger, value: CaseState
) -> None:
    decide(ledger_with_cases, state(value, later(10)))
    dismissed = status(ledger_with_cases)

    with ledger_with_cases.write() as conn:
        statuses.end_dismissals(conn, later(11))
        follow(conn, [at(conn).number], later(11), CasePolicy())

    assert dismissed is FindingStatus.DISMISSED
    assert status(ledger_with_cases) is FindingStatus.NEW
    assert log(ledger_with_cases)[-1] == "expired by program: needs-look"


@pytest.mark.parametrize("then", [undone, state(CaseState.NEEDS_LOOK), state(CaseState.CONFIRMED)])
def test_findings_hold_again_when_a_case_is_not_harmless_after_all(
    ledger_with_cases: Ledger, then: Decision
) -> None:
    decide(ledger_with_cases, state(CaseState.BENIGN), then)

    assert status(ledger_with_cases) is FindingStatus.NEW


def test_a_finding_that_was_dismissed_by_itself_stays_dismissed(ledger_with_cases: Ledger) -> None:
    with ledger_with_cases.write() as conn:
        decisions.dismiss(conn, "f1", "ours", later(900), NOON)

    decide(ledger_with_cases, state(CaseState.BENIGN), undone)

    assert status(ledger_with_cases) is FindingStatus.DISMISSED


@pytest.mark.parametrize(
    "step",
    [
        classed(CaseClass.LURE),
        classed(CaseClass.LURE, later(70)),
        state(CaseState.NEEDS_LOOK),
        state(CaseState.CONFIRMED),
        state(CaseState.BENIGN),
        state(CaseState.FALSE_POSITIVE),
        reported,
        merged,
        noted,
        assigned,
    ],
)
def test_an_undo_leaves_the_case_as_it_was_and_both_in_the_log(
    ledger_with_cases: Ledger, step: Decision
) -> None:
    before = decide(ledger_with_cases)

    after = decide(ledger_with_cases, step, undone)

    same = replace(after, version=before.version, changed_at=before.changed_at)
    assert same == before
    assert after.version > before.version
    assert log(ledger_with_cases)[-1] == "undone by person: new"


def test_two_undos_take_back_the_last_two_decisions(ledger_with_cases: Ledger) -> None:
    steps = (state(CaseState.NEEDS_LOOK), assigned, reported_after_confirmed, undone, undone)

    one = decide(ledger_with_cases, *steps)

    assert (one.state, one.assigned_to) == (CaseState.NEEDS_LOOK, None)
    assert one.moved is CaseEvent.LOOK_WANTED


def reported_after_confirmed(conn: Connection, one: Case, now: datetime) -> None:
    case_decisions.set_state(conn, one, CaseState.CONFIRMED, "looked", None, now)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([undone], "nobody has decided anything"),
        ([noted, undone, undone], "nobody has decided anything"),
        ([assigned, loses_its_pin, undone], "has moved since that (retracted at 2026-03-01 14:00"),
        ([reported, reported], "is reported: reported is for new, confirmed, regressed only"),
        ([state(CaseState.NEEDS_LOOK), reported], "is needs-look: reported is for"),
        ([outcome(CaseEvent.REMOVED)], "is new: removed is for reported, acknowledged only"),
        ([merged, state(CaseState.BENIGN)], "is duplicate: found-benign is for"),
        ([state(CaseState.BENIGN), state(CaseState.BENIGN)], "is benign: found-benign is for"),
    ],
)
def test_what_the_table_does_not_allow_is_refused_and_changes_nothing(
    ledger_with_cases: Ledger, steps: list[Decision], said: str
) -> None:
    *before, last = steps
    decide(ledger_with_cases, *before)
    lines = log(ledger_with_cases)

    with ledger_with_cases.read() as conn:
        one = at(conn)
    with pytest.raises(UsageError) as raised, ledger_with_cases.write() as conn:
        last(conn, one, later(9))

    assert said in str(raised.value)
    assert log(ledger_with_cases) == lines


def test_a_case_is_merged_neither_into_itself_nor_into_a_duplicate(
    ledger_with_cases: Ledger,
) -> None:
    one = decide(ledger_with_cases, merged)

    with ledger_with_cases.write() as conn:
        other = at(conn, "acme/other")
        with pytest.raises(UsageError, match=f"is a duplicate of {other.key}"):
            case_decisions.merge(conn, other, one, "x", later(5))
        with pytest.raises(UsageError, match="cannot be merged into itself"):
            case_decisions.merge(conn, other, other, "x", later(5))


def test_a_decision_about_a_case_as_it_was_before_another_one_is_refused(
    ledger_with_cases: Ledger,
) -> None:
    stale = decide(ledger_with_cases)
    decide(ledger_with_cases, noted)

    with (
        pytest.raises(UsageError, match="was changed meanwhile"),
        ledger_with_cases.write() as conn,
    ):
        case_decisions.note(conn, stale, "late", later(5))


def test_a_report_of_the_future_is_refused(ledger_with_cases: Ledger) -> None:
    with (
        pytest.raises(UsageError, match="is in the future"),
        ledger_with_cases.write() as conn,
    ):
        case_decisions.note_report(conn, at(conn), "form", "", later(2), later(1))


def test_a_class_outlives_a_decision_about_the_state_and_ends_on_its_own_day(
    ledger_with_cases: Ledger,
) -> None:
    steps = (classed(CaseClass.VICTIM), state(CaseState.BENIGN, later(3)), waits, waits)
    kept = decide(ledger_with_cases, *steps)
    ended = decide(ledger_with_cases, classed(CaseClass.LURE, later(4)), waits, waits, waits, waits)

    assert (kept.state, kept.class_set) == (CaseState.NEEDS_LOOK, CaseClass.VICTIM)
    assert (ended.state, ended.class_set) == (CaseState.NEEDS_LOOK, None)


def test_what_is_said_to_be_removed_comes_back_when_it_is_seen_afterwards(
    ledger_with_cases: Ledger,
) -> None:
    decide(ledger_with_cases, reported, outcome(CaseEvent.REMOVED), waits)
    before = log(ledger_with_cases)[-1]
    with ledger_with_cases.write() as conn:
        one = finding("f1")
        where = replace(one.repository, native_id="acme/app")
        findings.record(conn, [replace(one, repository=where)], "run", later(7))

    decide(ledger_with_cases, waits)

    assert before == "removed by person: resolved"
    assert log(ledger_with_cases)[-1] == "regressed by program: regressed"


def test_a_question_from_before_does_not_move_a_case_that_a_person_confirmed(
    ledger_with_cases: Ledger,
) -> None:
    with ledger_with_cases.write() as conn:
        one = finding("f3")
        where = replace(one.repository, native_id="acme/app", path="acme/app")
        sighting = replace(one.sighting, path="tests/fixtures/uv.lock")
        asking = replace(one, repository=where, sighting=sighting)
        findings.record(conn, [asking], "run", NOON)
        follow(conn, [at(conn).number], NOON, CasePolicy())
        asked = at(conn).state

    one_after = decide(ledger_with_cases, state(CaseState.CONFIRMED), waits)

    with ledger_with_cases.read() as conn:
        promoted = statuses.known(conn, ["f3"])["f3"].status
    assert asked is CaseState.NEEDS_LOOK
    assert one_after.state is CaseState.CONFIRMED
    assert promoted is FindingStatus.PROMOTED


def test_a_harmless_case_whose_dismissal_ended_in_passing_is_to_be_followed(
    ledger_with_cases: Ledger,
) -> None:
    one = decide(ledger_with_cases, state(CaseState.BENIGN, later(5)))
    with ledger_with_cases.write() as conn:
        before = unfollowed(conn, later(4), CasePolicy())
        statuses.end_dismissals(conn, later(5))
        after = unfollowed(conn, later(4), CasePolicy())

    assert (set(before), set(after)) == (set(), {one.number})


@pytest.mark.parametrize(
    ("before", "after", "states"),
    [
        (CaseClass.UNCLEAR, CaseClass.LURE, ("needs-look", "confirmed")),
        (CaseClass.RESEARCH, CaseClass.VICTIM, ("needs-look", "confirmed")),
        (CaseClass.LURE, CaseClass.UNCLEAR, ("confirmed", "needs-look")),
        (CaseClass.VICTIM, CaseClass.RESEARCH, ("confirmed", "needs-look")),
    ],
)
def test_a_case_whose_class_came_to_be_another_one_is_to_be_followed_though_no_finding_changed(
    ledger_with_cases: Ledger, before: CaseClass, after: CaseClass, states: tuple[str, str]
) -> None:
    with ledger_with_cases.write() as conn:
        one = at(conn)
        follow(conn, [one.number], later(1), reckoned(before))
        first = at(conn).state
        settled = unfollowed(conn, later(2), reckoned(before)) & {one.number}
        due = unfollowed(conn, later(2), reckoned(after))
        follow(conn, due, later(2), reckoned(after))
        again = unfollowed(conn, later(3), reckoned(after))
        second = at(conn).state

    assert (first, second) == states
    assert (set(settled), one.number in due, set(again)) == (set(), True, set())


def test_a_case_that_a_person_has_decided_stays_so_whatever_its_class_comes_to_be(
    ledger_with_cases: Ledger,
) -> None:
    decide(ledger_with_cases, state(CaseState.CONFIRMED))

    with ledger_with_cases.write() as conn:
        due = unfollowed(conn, later(2), reckoned(CaseClass.UNCLEAR))
        follow(conn, due, later(2), reckoned(CaseClass.UNCLEAR))
        again = unfollowed(conn, later(2), reckoned(CaseClass.UNCLEAR))
        one = at(conn)

    assert (one.state, one.class_word) == (CaseState.CONFIRMED, "unclear")
    assert not again


@pytest.mark.parametrize(
    ("case_class", "expected"),
    [
        (CaseClass.UNCLEAR, CaseState.NEEDS_LOOK),
        (CaseClass.RESEARCH, CaseState.CONFIRMED),
        (CaseClass.BYSTANDER, CaseState.CONFIRMED),
    ],
)
def test_a_person_who_calls_a_case_unclear_leaves_something_to_ask_and_with_another_class_nothing(
    ledger_with_cases: Ledger, case_class: CaseClass, expected: CaseState
) -> None:
    one = decide(ledger_with_cases, classed(case_class))

    assert one.state is expected


def sending(conn: Connection, one: Case, now: datetime) -> None:
    case_decisions.begin_sending(
        conn, one, "mail to a@b.example", "<1@x>, by the team", now, CaseClass.LURE
    )


def sent(conn: Connection, one: Case, now: datetime) -> None:
    case_decisions.end_sending(conn, one, "mail to a@b.example", now)


@pytest.mark.parametrize(
    ("steps", "unsure"),
    [
        ([sending], True),
        ([sending, assigned], False),
        ([sending, noted], False),
        ([sending, sent], False),
        ([sending, undone], None),
        ([sending, undone, sending], True),
        ([reported], False),
    ],
)
def test_nobody_knows_if_a_mail_left_until_it_was_taken_or_a_person_has_looked(
    ledger_with_cases: Ledger, steps: list[Decision], *, unsure: bool | None
) -> None:
    decide(ledger_with_cases, *steps)

    with ledger_with_cases.read() as conn:
        told = case_reports.told(conn)
    assert [one.unsure for one in told] == ([] if unsure is None else [unsure])


def test_every_channel_that_was_used_is_known_and_none_that_was_taken_back(
    ledger_with_cases: Ledger,
) -> None:
    again = outcome(CaseEvent.REMOVED)
    decide(ledger_with_cases, reported, undone, sending, sent, again, waits)
    with ledger_with_cases.write() as conn:
        one = finding("f1")
        where = replace(one.repository, native_id="acme/app")
        findings.record(conn, [replace(one, repository=where)], "run", later(7))
        follow(conn, [at(conn).number], later(7), CasePolicy())
        reported(conn, at(conn), later(8))

    with ledger_with_cases.read() as conn:
        (told,) = case_reports.told(conn)
    assert told.channels == (
        f"mail to a@b.example ({later(3):%Y-%m-%d %H:%M} UTC)",
        f"form ({later(8):%Y-%m-%d %H:%M} UTC)",
    )
    assert told.accused == {"f1"}
