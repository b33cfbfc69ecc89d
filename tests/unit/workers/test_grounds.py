from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import UsageError
from workers.grounds import expiry, stated

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "days"), [("1d", 1), ("365d", 365), ("8760h", 365), ("2027-11-22", 365)]
)
def test_a_decision_may_hold_for_a_year_to_the_day(text: str, days: int) -> None:
    assert expiry(text, NOW) == NOW + timedelta(days=days)


@pytest.mark.parametrize(
    "text", ["366d", "8761h", "2027-11-23", "0d", "2026-11-22", "2026-11-21", "999999d", "soon"]
)
def test_a_decision_that_holds_longer_or_not_at_all_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="within the next 365 days"):
        expiry(text, NOW)


def test_a_reason_has_two_hundred_characters_at_most() -> None:
    assert stated(" a \n b ") == "a b"
    assert stated("x" * 200) == "x" * 200
    with pytest.raises(UsageError, match="longer than 200 characters"):
        stated("x" * 201)
