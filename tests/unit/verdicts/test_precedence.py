from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.model import Claim
from crawler.verdicts.precedence import dated
from tests.unit.verdicts.statements_of import says

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
LATER = TOMORROW + timedelta(microseconds=1)


def test_what_is_dated_a_day_ahead_is_believed_and_a_moment_more_is_not() -> None:
    said = says(Claim.MALICIOUS, "zz-ghost", at="2026-11-01")

    at_most = replace(said, valid_from=TOMORROW, observed_at=TOMORROW)
    begins_later = replace(said, valid_from=LATER, observed_at=NOW)
    told_later = replace(said, valid_from=NOW - timedelta(days=9), observed_at=LATER)

    assert dated(at_most, NOW) == at_most
    assert dated(begins_later, NOW) == replace(said, valid_from=NOW, observed_at=NOW)
    assert dated(told_later, NOW) == replace(
        said, valid_from=NOW - timedelta(days=9), observed_at=NOW - timedelta(days=9)
    )
