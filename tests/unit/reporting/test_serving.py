from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.model import Liveness
from crawler.reporting.serving import Serving, serving_of, serving_sentence

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def asked(status: int | None, ago: timedelta) -> Liveness:
    return Liveness(
        method="HEAD",
        url="https://files.index.example/x",
        status=status,
        content_length=None,
        checked_at=NOON - ago,
    )


@pytest.mark.parametrize(
    ("status", "ago", "serving"),
    [
        (200, DAY, Serving.SERVED),
        (200, DAY + timedelta(microseconds=1), Serving.UNKNOWN),
        (299, timedelta(), Serving.SERVED),
        (300, timedelta(), Serving.UNKNOWN),
        (199, timedelta(), Serving.UNKNOWN),
        (403, timedelta(), Serving.UNKNOWN),
        (404, 9 * DAY, Serving.ABSENT),
        (410, timedelta(), Serving.ABSENT),
        (451, timedelta(), Serving.ABSENT),
        (None, timedelta(), Serving.UNKNOWN),
    ],
)
def test_an_answer_counts_as_the_present_for_a_day_and_an_absence_for_ever(
    status: int | None, ago: timedelta, serving: Serving
) -> None:
    assert serving_of(asked(status, ago), NOON) is serving


def test_a_file_that_was_served_two_days_ago_is_not_said_to_be_served() -> None:
    sentence = serving_sentence(asked(200, 2 * DAY), NOON)

    assert "it served the file then, and was not asked again since" in sentence
