from __future__ import annotations

import pytest

from crawler.model import Skipped, Worth
from workers.ledger.left_out import LeftOut, alike, grouped, left_out, of_skipped


def test_an_encoding_is_no_number_that_differs() -> None:
    assert alike("line 12: not UTF-8") == "line N: not UTF-8"


def test_equal_reasons_of_one_place_are_one_line_that_counts_them_and_names_them_all() -> None:
    items = [
        left_out("git.example/a/a", f"{n:02d}.lock", f"an object of {n} bytes", times=n)
        for n in range(1, 11)
    ]

    (line,) = grouped([*items, left_out("git.example/a/a", "uv.lock", "an object of 99 bytes")])

    assert line == LeftOut(
        place="git.example/a/a",
        where=("uv.lock", *(f"{n:02d}.lock" for n in range(1, 11))),
        reason="an object of 99 bytes",
        times=56,
        worth=Worth.WELL_KNOWN,
    )


def test_one_place_of_many_reasons_does_not_come_before_the_first_line_of_any_other() -> None:
    words = ("one", "two", "three", "four")
    flood = [left_out("evil", "uv.lock", f"reason {word}", times=1000) for word in words]
    others = [left_out(f"good/{word}", f"{word}.lock", "too large") for word in words]

    places = [one.place for one in grouped([*flood, *others])]

    assert places == ["evil", *(f"good/{word}" for word in sorted(words)), "evil", "evil", "evil"]


def test_a_known_lock_comes_first_then_what_is_no_single_file_then_files_of_any_name() -> None:
    lines = grouped(
        [
            left_out("a", "x.lock", "no lock of a format", times=5000),
            left_out("b", "", "answered 404"),
            left_out("c", "app/uv.lock", "a symbolic link"),
            left_out("d", "Dockerfile", "too large"),
            left_out("e", "poetry.lock: package[3]", "no name", path="poetry.lock"),
        ]
    )

    assert [(one.place, one.worth) for one in lines] == [
        ("c", Worth.WELL_KNOWN),
        ("e", Worth.WELL_KNOWN),
        ("b", Worth.LIKELY),
        ("a", Worth.POSSIBLE),
        ("d", Worth.POSSIBLE),
    ]


def test_nothing_that_was_left_out_is_dropped_or_counted_twice() -> None:
    skipped = [Skipped(context=f"{n}.lock", reason="why", times=3) for n in range(500)]

    (line,) = of_skipped([*skipped, skipped[0]], "place")

    assert (line.place, len(line.where), line.times) == ("place", 500, 3 * 501)


@pytest.mark.parametrize("known", [True, False])
def test_a_line_is_json_with_all_that_is_known_by_name(known: bool) -> None:  # noqa: FBT001 - a table
    path = "uv.lock" if known else "a.lock"

    assert left_out("a/b", path, "why", times=7).as_json() == {
        "place": "a/b",
        "where": [path],
        "reason": "why",
        "times": 7,
        "known_lock": known,
    }
