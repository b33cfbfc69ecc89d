"""The table of what happens to cases: in code, and as docs/case-states.md shows it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from crawler.model import CaseActor, CaseEvent, CaseState, Move, move_of, states_before
from crawler.model.case_moves import MOVES

_PAGE = Path(__file__).parents[3] / "docs/case-states.md"


def _row(move: Move) -> str:
    before = ", ".join(f"`{state}`" for state in CaseState if state in move.before)
    after = "as it was" if move.after is None else f"`{move.after}`"
    return f"| `{move.event}` | {move.actor} | {before or '(none)'} | {after} | {move.when} |"


def test_the_page_shows_every_move_and_no_other() -> None:
    shown = [
        line
        for line in _PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `") and line.count("|") == 6
    ]

    assert shown == [_row(move) for move in MOVES]


def test_the_page_says_what_every_state_is() -> None:
    text = _PAGE.read_text(encoding="utf-8").split("## States")[1].split("\n## ")[0]

    assert [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")] == list(
        CaseState
    )


def test_no_event_leads_from_one_state_to_two() -> None:
    places = Counter((one.event, state) for one in MOVES for state in one.before)

    assert max(places.values()) == 1
    assert [one.event for one in MOVES if not one.before] == [CaseEvent.OPENED]


def test_every_event_has_one_actor_and_is_in_the_table() -> None:
    actors = {(one.event, one.actor) for one in MOVES}

    assert sorted(event for event, _ in actors) == sorted(CaseEvent)


def test_every_state_is_reached_and_a_person_can_leave_it() -> None:
    reached = {one.after for one in MOVES}
    left = {state for one in MOVES if one.actor is CaseActor.PERSON for state in one.before}

    assert set(CaseState) <= reached
    assert left == set(CaseState)


@pytest.mark.parametrize(
    ("event", "state", "after"),
    [
        (CaseEvent.OPENED, None, CaseState.NEW),
        (CaseEvent.REPORTED, CaseState.CONFIRMED, CaseState.REPORTED),
        (CaseEvent.GONE, CaseState.REPORTED, CaseState.RESOLVED),
        (CaseEvent.REGRESSED, CaseState.RESOLVED, CaseState.REGRESSED),
        (CaseEvent.RETRACTED, CaseState.RESOLVED, CaseState.FALSE_POSITIVE),
        (CaseEvent.NOTED, CaseState.BENIGN, None),
    ],
)
def test_a_move_is_found_by_its_event_and_the_state(
    event: CaseEvent, state: CaseState | None, after: CaseState | None
) -> None:
    move = move_of(event, state)

    assert move is not None
    assert move.after is after


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (CaseEvent.OPENED, CaseState.NEW),
        (CaseEvent.REPORTED, CaseState.REPORTED),
        (CaseEvent.REPORTED, CaseState.NEEDS_LOOK),
        (CaseEvent.REGRESSED, CaseState.BENIGN),
        (CaseEvent.GONE, CaseState.DUPLICATE),
        (CaseEvent.MERGED, None),
    ],
)
def test_what_the_table_does_not_name_does_not_happen(
    event: CaseEvent, state: CaseState | None
) -> None:
    assert move_of(event, state) is None


def test_the_states_in_which_a_report_can_be_noted_are_told() -> None:
    assert states_before(CaseEvent.REPORTED) == (
        CaseState.NEW,
        CaseState.CONFIRMED,
        CaseState.REGRESSED,
    )
