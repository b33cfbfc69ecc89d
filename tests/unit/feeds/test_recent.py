"""Which changes are done, also where a feed dates one at an end of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feeds.osv.changes import changes
from feeds.recent import NOTHING, Recent, RecordChange

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "since"), [(_FIRST, NOTHING.since), (_LAST, _LAST - timedelta(days=2))]
)
def test_a_change_at_an_end_of_the_calendar_is_done_like_any_other(
    at: datetime, since: datetime
) -> None:
    change = RecordChange(at=at, id="MAL-2026-1")

    done = NOTHING.after([change])

    assert change in done
    assert done.since == since


def test_what_changed_within_two_days_of_the_last_change_is_kept_one_by_one() -> None:
    old, new = (
        RecordChange(at=_NOON - timedelta(days=days), id=f"MAL-2026-{days}") for days in (2, 1)
    )
    last = RecordChange(at=_NOON, id="MAL-2026-3")

    done = NOTHING.after([old, new, last])

    assert done == Recent(since=_NOON - timedelta(days=2), changes=frozenset({new, last}))


def test_a_list_may_begin_at_the_last_instant_of_the_calendar() -> None:
    rows = ["9999-12-31T23:59:59.999999Z,PyPI/MAL-2026-1", "2026-11-22T12:00:00Z,PyPI/MAL-2026-2"]

    found = [one.id for one in changes(rows, "osv-mal", ("MAL-",))]

    assert found == ["MAL-2026-1", "MAL-2026-2"]
