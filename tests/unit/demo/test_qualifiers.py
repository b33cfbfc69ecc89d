from __future__ import annotations

import pytest

from workers.demo.qualifiers import in_date_range, in_number_range, search_words


def test_quotes_keep_a_phrase_together() -> None:
    words = search_words('-x "a b" filename:uv.lock path:"c d" -"e f" "open end')

    assert words == ["-x", '"a b"', "filename:uv.lock", 'path:"c d"', '-"e f"', '"open end']


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("10", [10]),
        (">10", [11]),
        (">=10", [10, 11]),
        ("<10", [9]),
        ("<=10", [9, 10]),
        ("9..10", [9, 10]),
        ("10..9", []),
        ("*..10", [9, 10]),
        ("10..*", [10, 11]),
    ],
)
def test_a_range_of_numbers_includes_its_ends(text: str, inside: list[int]) -> None:
    assert [number for number in (9, 10, 11) if in_number_range(number, text)] == inside


@pytest.mark.parametrize("text", ["", "..", "1..2..3", "=1", "many", ">", "1,5"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid range|could not convert"):
        in_number_range(1, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01", True),
        ("2026-05-31..2026-06-01", True),
        ("2026-06-01..*", True),
        (">2026-06-01", False),
        (">=2026-06-01", True),
        ("<2026-06-01", False),
        ("<=2026-06-01", True),
        ("2026-06-01T23:59:58Z..2026-06-01T23:59:59Z", True),
        ("2026-06-01T23:59:59+00:00", True),
        ("*..2026-06-01T23:59:58Z", False),
    ],
)
def test_a_date_without_a_time_is_the_whole_day(text: str, *, expected: bool) -> None:
    assert in_date_range("2026-06-01T23:59:59Z", text) is expected
