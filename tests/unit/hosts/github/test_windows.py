"""Which window of time comes next, by the host's own counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.errors import Refused
from crawler.hosts.github.windows import SweepCursor, Window, chosen, read_cursor, rungs, start


def _ladder(*ends: int) -> tuple[Window, ...]:
    return tuple(Window(first=0, last=end) for end in ends)


def test_the_longest_rung_with_at_most_a_thousand_is_the_next_window() -> None:
    window = chosen(_ladder(9, 99, 199), [100, 1000, 1001])

    assert (window.first, window.last, window.is_open) == (0, 99, False)


def test_the_stride_is_the_time_in_which_a_thousand_came() -> None:
    assert chosen(_ladder(99), [500]).stride == 200


def test_a_stretch_without_any_is_passed_over_and_the_gap_behind_it_is_divided() -> None:
    window = chosen(_ladder(9, 99, 1499), [0, 0, 9000])

    assert (window.first, window.is_open, window.gap) == (100, True, 1400)
    assert [rung.last for rung in rungs(window, 10_000)][:2] == [199, 299]


def test_a_first_rung_with_too_many_is_divided() -> None:
    window = chosen(_ladder(139), [4000])

    assert (window.first, window.is_open, window.stride) == (0, True, 35)
    assert [rung.last for rung in rungs(window, 10_000)][:2] == [9, 19]


def test_a_single_second_with_too_many_is_the_window_itself() -> None:
    window = chosen(_ladder(0, 5), [5000, 9000])

    assert (window.first, window.last, window.is_open) == (0, 0, False)


def test_rungs_end_with_the_sweep_and_no_two_are_alike() -> None:
    ladder = rungs(Window(first=100, last=99, stride=4), until=105)

    assert [(rung.first, rung.last) for rung in ladder] == [
        (100, 100),
        (100, 101),
        (100, 102),
        (100, 103),
        (100, 104),
        (100, 105),
    ]


def test_a_cursor_is_read_as_it_was_written() -> None:
    place = SweepCursor(
        window=Window(first=1, last=5, stride=7, gap=3),
        until=99,
        ahead=Window(first=6, last=9, stride=2),
        after="X",
        count=300,
        restarts=1,
    )

    assert read_cursor(place.written() or "") == place


def test_a_cursor_stays_short_however_long_the_sweep_is() -> None:
    place = start(datetime(2008, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))

    assert len(place.narrowed().written() or "") < 120


def test_the_end_of_the_last_window_is_the_end_of_the_sweep() -> None:
    place = SweepCursor(window=Window(first=1, last=99), until=99)

    assert place.onward().written() is None


@pytest.mark.parametrize(
    "cursor",
    ["", "{}", "[]", "[[1,2,3,4],null,9,null,0]", '[[1,2,3,"x"],null,9,null,0,0]', "[" * 100_000],
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Refused):
        read_cursor(cursor)
