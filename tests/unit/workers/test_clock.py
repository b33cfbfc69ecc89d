from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workers.clock import SharedClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LITTLE = timedelta(seconds=30)


@pytest.mark.parametrize("ahead", [-35.0, 0.0, 3600.0])
def test_whatever_the_own_clock_says_the_time_is_what_was_told(ahead: float) -> None:
    clock = SharedClock(lambda: NOON + timedelta(seconds=ahead))

    before = clock()
    clock.set(NOON)

    assert before == NOON + timedelta(seconds=ahead)
    assert timedelta() <= clock() - NOON < LITTLE
    assert ahead - LITTLE.total_seconds() < clock.offset <= ahead


def test_time_goes_on_between_two_tellings() -> None:
    clock = SharedClock()
    clock.set(NOON)

    first, second = clock(), clock()

    assert NOON <= first <= second
