from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.model import Outcome
from workers.ledger.schedule import VisitHistory, jitter_of, next_due, remember

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def due_in(outcome: Outcome | None, history: VisitHistory, jitter: float = 0.0) -> timedelta:
    due = next_due(history, outcome, NOW, jitter)
    assert due is not None
    return due - NOW


@pytest.mark.parametrize(
    ("step", "days"),
    [(0, 1), (1, 1), (2, 2), (3, 2), (4, 2), (5, 4), (6, 16), (7, 64), (8, 256), (10, 4096)],
)
def test_each_step_is_an_interval(step: int, days: int) -> None:
    interval = due_in(Outcome.UNCHANGED, VisitHistory(step=step))

    assert interval == timedelta(days=days)


@pytest.mark.parametrize(
    ("outcome", "before", "after"),
    [
        (Outcome.VISITED, 6, 4),
        (Outcome.VISITED, 1, 0),
        (Outcome.UNCHANGED, 4, 5),
        (Outcome.EMPTY, 10, 10),
        (Outcome.DEFERRED, 6, 6),
        (Outcome.GONE, 6, 6),
    ],
)
def test_an_eventful_visit_goes_two_steps_back_and_an_uneventful_one_forward(
    outcome: Outcome, before: int, after: int
) -> None:
    history = remember(outcome, VisitHistory(step=before))

    assert history.step == after


@pytest.mark.parametrize(
    ("outcome", "days"),
    [
        (Outcome.FAILED, 14),
        (Outcome.GONE, 31),
        (Outcome.PRIVATE, 31),
        (Outcome.BLOCKED, 31),
        (None, 7),
        (Outcome.DEFERRED, 0),
    ],
)
def test_what_did_not_work_is_left_alone_for_its_own_time(
    outcome: Outcome | None, days: int
) -> None:
    interval = due_in(outcome, VisitHistory(failures=1))

    assert interval == timedelta(days=days)


def test_three_failures_in_a_row_disable_a_repository() -> None:
    history = VisitHistory()
    for outcome in (Outcome.FAILED, Outcome.GONE, Outcome.FAILED):
        history = remember(outcome, history)

    due = next_due(history, Outcome.FAILED, NOW)

    assert due is None


def test_one_success_forgives_all_failures() -> None:
    history = remember(Outcome.UNCHANGED, VisitHistory(failures=2))

    assert history.failures == 0


def test_jitter_moves_the_time_by_a_tenth_and_never_more() -> None:
    early = due_in(Outcome.UNCHANGED, VisitHistory(step=6), -1.0)
    late = due_in(Outcome.UNCHANGED, VisitHistory(step=6), 5.0)

    assert early == timedelta(days=14.4)
    assert late == timedelta(days=17.6)


def test_a_visit_that_saw_no_new_lock_is_uneventful() -> None:
    history = remember(Outcome.VISITED, VisitHistory(step=4), eventful=False)

    assert history.step == 5


def test_the_jitter_of_a_repository_is_always_the_same() -> None:
    first, again = [jitter_of(n) for n in range(1000)], [jitter_of(n) for n in range(1000)]

    assert first == again
    assert len(set(first)) == 1000
    assert -1 <= min(first) < -0.9
    assert 0.9 < max(first) <= 1
