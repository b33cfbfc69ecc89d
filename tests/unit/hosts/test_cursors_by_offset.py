"""Places in a list that knows offsets only."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.hosts.cursors import OverlapCursor

_NAMES = [f"r{number}" for number in range(20)]


def test_a_page_begins_five_entries_before_the_end_of_the_last_one() -> None:
    following = OverlapCursor().following(_NAMES)

    assert following is not None
    assert following.offset == 15
    assert OverlapCursor.of(str(following)) == following
    assert following.known(_NAMES[15:]) == 5
    assert following.moved(_NAMES[15:]) == ()


def test_a_page_of_one_entry_still_leads_on() -> None:
    following = OverlapCursor(offset=3).following(["r3"])

    assert following is not None
    assert following.offset == 4


def test_a_page_that_ends_where_the_last_one_ended_is_the_end() -> None:
    following = OverlapCursor().following(_NAMES)

    assert following is not None
    assert following.following(_NAMES[15:]) is None
    assert following.following([]) is None
    assert OverlapCursor().following([]) is None


def test_a_page_without_the_last_entry_is_said() -> None:
    following = OverlapCursor().following(_NAMES)

    assert following is not None
    assert following.known(["s", "t"]) == 0
    assert [s.context for s in following.moved(["s", "t"])] == ["entries before 16"]
    assert OverlapCursor().moved(["s"]) == ()


def test_a_cursor_is_short_however_long_the_name() -> None:
    assert len(str(OverlapCursor().following(["\udcff" + "x" * 5000]))) == 14


@pytest.mark.parametrize(
    "cursor", ["", "-1", "01", "1.", "1.ABCDEF012345", "1&ofs=2", "9" * 10, "\u0661"]
)
def test_a_cursor_that_is_no_place_is_refused(cursor: str) -> None:
    with pytest.raises(Refused):
        OverlapCursor.of(cursor)
