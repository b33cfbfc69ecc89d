from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workers.clock import moment_or_none, span_of


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90m", timedelta(minutes=90)),
        ("24h", timedelta(hours=24)),
        ("30d", timedelta(days=30)),
        ("30", None),
        ("-1d", None),
        ("\u0663d", None),
        ("9999999d", None),
        ("2026-11-01", None),
    ],
)
def test_a_span_has_a_number_and_a_unit(text: str, span: timedelta | None) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T02:00:00+02:00", datetime(2026, 11, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_moment_is_a_date_or_a_time_and_utc_unless_it_says_otherwise(
    text: str, moment: datetime | None
) -> None:
    assert moment_or_none(text) == moment
