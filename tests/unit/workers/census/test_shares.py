from __future__ import annotations

from datetime import timedelta

import pytest

from workers.census.shares import share_of, spread_of

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [  # Newcombe 1998, table I, method 3 (Wilson without correction)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_the_interval_is_that_of_published_tables(
    hits: int, of: int, low: float, high: float
) -> None:
    share = share_of(hits, of)

    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)


def test_a_share_of_nothing_has_no_value_and_no_interval() -> None:
    share = share_of(0, 0)

    assert (share.value, share.low, share.high) == (None, None, None)


def test_the_interval_never_leaves_what_a_share_can_be() -> None:
    for of in (1, 2, 3, 50, 10_000):
        for hits in {0, 1, of - 1, of}:
            share = share_of(hits, of)

            assert share.low is not None
            assert share.high is not None
            assert 0 <= share.low <= hits / of <= share.high <= 1


def test_median_and_nine_in_ten_are_measured_spans_and_unknown_ones_are_counted() -> None:
    spread = spread_of([None, *(n * HOUR for n in (10, 1, 2, 3, 4, 5, 6, 7, 8, 9)), None])

    assert (spread.measured, spread.unknown) == (10, 2)
    assert (spread.median_seconds, spread.ninetieth_seconds) == (5 * 3600, 9 * 3600)


def test_of_no_known_span_there_is_no_median() -> None:
    assert spread_of([None]).median_seconds is None
    assert spread_of([]).ninetieth_seconds is None
