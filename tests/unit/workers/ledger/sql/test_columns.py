from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from workers.ledger.sql.columns import Instant, clean, restore

DIALECT = sqlite.dialect()


@given(st.text(alphabet=st.characters(exclude_categories=["Co"])))
def test_clean_text_is_storable_and_comes_back(text: str) -> None:
    stored = clean(text)

    stored.encode("utf-8")
    assert "\x00" not in stored
    assert restore(stored) == text


def test_plain_text_is_stored_as_it_is() -> None:
    assert clean("grüße/uv.lock") == "grüße/uv.lock"


def test_two_texts_that_differ_in_what_cannot_be_stored_stay_two() -> None:
    assert clean("a\x00") != clean("a\udc80") != clean("a\udc81")


def test_an_instant_is_stored_in_utc_with_fixed_width() -> None:
    berlin = datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))

    text = Instant().process_bind_param(berlin, DIALECT)

    assert text == "2026-03-01T12:00:00.000000Z"
    assert Instant().process_result_value(text, DIALECT) == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_instants_sort_as_text_from_the_first_year_on() -> None:
    early = Instant().process_bind_param(datetime.min.replace(tzinfo=UTC), DIALECT)
    late = Instant().process_bind_param(datetime(2026, 3, 1, tzinfo=UTC), DIALECT)

    assert early is not None
    assert late is not None
    assert early < late


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        Instant().process_bind_param(datetime(2026, 3, 1), DIALECT)  # noqa: DTZ001 - the point
