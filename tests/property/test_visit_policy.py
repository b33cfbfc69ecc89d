"""Whatever the visits of a repository were, the next one is neither too soon nor forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Outcome
from workers.ledger.schedule import (
    ABSOLUTE_COOLDOWN,
    MOST_FAILURES,
    VisitHistory,
    next_due,
    remember,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LONGEST = timedelta(days=4096 * 1.1)
READ = [Outcome.VISITED, Outcome.UNCHANGED, Outcome.EMPTY]
FAILED = [Outcome.FAILED, Outcome.GONE, Outcome.PRIVATE, Outcome.BLOCKED]

outcomes = st.sampled_from(READ + FAILED)
visits = st.lists(st.tuples(outcomes, st.booleans()), max_size=40)
jitters = st.floats(-1, 1)


def history_of(past: list[tuple[Outcome, bool]]) -> VisitHistory:
    history = VisitHistory()
    for outcome, eventful in past:
        history = remember(outcome, history, eventful=eventful)
    return history


@given(visits, outcomes, jitters)
def test_no_repository_is_visited_again_within_the_absolute_cooldown(
    past: list[tuple[Outcome, bool]], outcome: Outcome, jitter: float
) -> None:
    due = next_due(history_of([*past, (outcome, True)]), outcome, NOW, jitter)

    assert due is None or ABSOLUTE_COOLDOWN <= due - NOW <= LONGEST


@given(visits, outcomes, jitters)
def test_only_failures_in_a_row_disable_a_repository(
    past: list[tuple[Outcome, bool]], outcome: Outcome, jitter: float
) -> None:
    last = [one for one, _ in [*past, (outcome, True)]][-MOST_FAILURES:]

    due = next_due(history_of([*past, (outcome, True)]), outcome, NOW, jitter)

    assert (due is None) == (len(last) == MOST_FAILURES and set(last) <= set(FAILED))


@given(visits, jitters)
def test_an_eventful_visit_brings_the_next_one_no_later_than_an_uneventful_one(
    past: list[tuple[Outcome, bool]], jitter: float
) -> None:
    eventful = next_due(history_of([*past, (Outcome.VISITED, True)]), Outcome.VISITED, NOW, jitter)
    quiet = next_due(history_of([*past, (Outcome.VISITED, False)]), Outcome.VISITED, NOW, jitter)

    assert eventful is not None
    assert quiet is not None
    assert eventful <= quiet


@given(visits, outcomes, jitters)
def test_jitter_moves_a_visit_by_a_tenth_at_most(
    past: list[tuple[Outcome, bool]], outcome: Outcome, jitter: float
) -> None:
    history = history_of([*past, (outcome, True)])
    plain, moved = next_due(history, outcome, NOW), next_due(history, outcome, NOW, jitter)

    if plain is not None and moved is not None:
        assert abs(moved - plain) <= (plain - NOW) * 0.1 + timedelta(microseconds=1)
