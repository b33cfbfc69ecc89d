from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workers.cli.feed_ages import age_text, freshness_of
from workers.ledger.ages import FeedAge

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=59), "0 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(minutes=60), "1 h ago"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 h ago"),
        (timedelta(hours=24), "1 d ago"),
        (timedelta(hours=47, minutes=59), "1 d ago"),
        (timedelta(seconds=-5), "0 min ago"),
    ],
)
def test_an_age_is_told_in_its_largest_whole_unit(ago: timedelta, text: str) -> None:
    assert age_text(NOON - ago, NOON) == text


@pytest.mark.parametrize(
    ("ago", "stale"), [(DAY, False), (DAY + timedelta(microseconds=1), True), (None, True)]
)
def test_a_feed_is_stale_when_it_is_older_than_a_day_to_the_microsecond(
    ago: timedelta | None, *, stale: bool
) -> None:
    other = FeedAge(feed="other", answered_at=NOON)
    feed = FeedAge(feed="osv-mal", answered_at=None if ago is None else NOON - ago)

    fresh = freshness_of([feed, other], NOON, DAY)

    assert fresh.stale == ((feed,) if stale else ())
    assert not fresh.missing
