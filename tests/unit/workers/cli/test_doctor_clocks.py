from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workers.cli.doctor_clocks import broker_time, clocks_check

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "fine", "said"),
    [
        (0, True, "as this machine's: database"),
        (4, True, "as this machine's: database"),
        (35, False, "database 35 s ahead"),
        (-35, False, "database 35 s behind"),
        (3600, False, "database 3600 s ahead"),
    ],
)
def test_a_clock_that_differs_is_named_with_what_to_do(
    seconds: float, said: str, *, fine: bool
) -> None:
    check = clocks_check({"database": lambda: NOON + timedelta(seconds=seconds)}, lambda: NOON)

    assert check.fine is fine
    assert said in check.text
    assert fine or "timedatectl" in check.text


def test_a_slow_answer_is_no_difference() -> None:
    moments = iter([NOON, NOON + timedelta(seconds=30)])

    check = clocks_check({"broker": lambda: NOON + timedelta(seconds=20)}, lambda: next(moments))

    assert check.fine


def test_the_time_of_the_broker_is_read_to_the_microsecond() -> None:
    assert broker_time((1772366400, 5)) == NOON.replace(microsecond=5)
