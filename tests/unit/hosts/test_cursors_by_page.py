"""Places in lists that are paged by number."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.hosts.cursors import PageCursor


@pytest.mark.parametrize("cursor", ["1", "3/1200", "999999999/0", "2/5/9"])
def test_a_cursor_is_read_as_it_was_written(cursor: str) -> None:
    assert str(PageCursor.of(cursor)) == cursor


def test_the_first_page_has_no_cursor() -> None:
    assert PageCursor.of(None) == PageCursor(page=1, total=None)


def test_the_next_page_remembers_the_count() -> None:
    assert str(PageCursor.of(None).following(7, 3, further=True)) == "2/7"
    assert str(PageCursor.of("2/7/1").following(8, 3, further=True)) == "3/8/1"
    assert str(PageCursor.of("2/7").following(None, 3, further=True)) == "3"
    assert PageCursor.of("2/7").following(7, 3, further=False) is None


@pytest.mark.parametrize(
    ("cursor", "total", "count", "expected"),
    [("3/9", 8, 3, "2/8/1"), ("9/90", 80, 4, "6/80/1"), ("3/9", 2, 3, "1/2/1"), ("3/7", 6, 0, "2/6/1"),
     ("3/9/8", 8, 3, "2/8/9")],
)  # fmt: skip
@pytest.mark.parametrize("further", [True, False])
def test_a_count_that_shrinks_leads_back_as_far_as_others_can_have_moved(
    cursor: str,
    total: int,
    count: int,
    expected: str,
    *,
    further: bool,
) -> None:
    assert str(PageCursor.of(cursor).following(total, count, further=further)) == expected


@pytest.mark.parametrize(
    ("cursor", "total", "count", "following", "left"),
    [
        ("2", 130, 50, None, 30),
        ("1", 120, 0, None, 120),
        ("3", 120, 20, None, 0),
        ("3", 90, 20, None, 0),
        ("1", 120, 50, "2/120", 0),
        ("1", None, 0, None, 0),
    ],
)
def test_a_list_that_ends_before_its_own_count_is_said_with_what_is_left(
    cursor: str, total: int | None, count: int, following: str | None, left: int
) -> None:
    said = PageCursor.of(cursor).broken_off(total, count, asked=50, following=following)

    assert [one.reason for one in said] == (
        [f"the list ends here, and the host counts {left} more of {total} entries"] if left else []
    )


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "0",
        "-1",
        "01",
        "x",
        "1/",
        "/1",
        "1/-1",
        "1\n",
        "1/2/0",
        "1/2/10",
        "1/2/3/4",
        "\u0661",
        "9" * 10,
    ],
)
def test_a_cursor_that_is_no_page_is_refused(cursor: str) -> None:
    with pytest.raises(Refused):
        PageCursor.of(cursor)


@pytest.mark.parametrize(("before", "now"), [(None, 5), (5, None), (5, 5), (5, 6), (None, None)])
def test_a_count_that_does_not_shrink_says_nothing(before: int | None, now: int | None) -> None:
    assert PageCursor(page=2, total=before, returns=9).slipped(now) == ()


def test_a_list_that_shrinks_too_often_goes_on_and_says_how_many_may_be_lost() -> None:
    place = PageCursor.of("2/9/9")

    (said,) = place.slipped(6)

    assert (said.context, said.reason.split()[0]) == ("page 2", "3")
    assert str(place.following(6, 1, further=True)) == "3/6/9"
    assert PageCursor.of("2/9/8").slipped(6) == ()
