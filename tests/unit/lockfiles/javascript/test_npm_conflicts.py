"""Merge conflicts in a lock of npm; what is right was seen of `npm ci` (11.19)."""

from __future__ import annotations

import pytest

from crawler.lockfiles.javascript.npm import NpmParser
from crawler.model import Readable

_TOP = '{"lockfileVersion": 3, "packages": {'
_GHOST = '"node_modules/zz-ghost": {"version": "1.0.0"},'
_NEWER = '"node_modules/zz-ghost": {"version": "2.0.0"},'
_REST = '"node_modules/zz-rest": {"version": "3.0.0"}}}'


def versions(*lines: str) -> list[tuple[str | None, str | None, int]]:
    result = NpmParser().parse("\n".join(lines).encode())
    assert (result.readable, result.refused, result.skipped) == (Readable.FULLY, None, ())
    return sorted((p.name, p.version, p.lines.first if p.lines else 0) for p in result.pins)


_REST_AT_6 = ("zz-rest", "3.0.0", 6)


@pytest.mark.parametrize(
    ("ours", "theirs", "line"),
    [(_GHOST, "", 3), ("", _GHOST, 5), (_GHOST, _NEWER, 3)],
    ids=["ours adds it", "theirs adds it", "both have it"],
)
def test_what_one_side_adds_is_installed_and_of_two_that_of_ours(
    ours: str, theirs: str, line: int
) -> None:
    found = versions(_TOP, "<<<<<<< HEAD", ours, "=======", theirs, ">>>>>>> other", _REST)

    assert found == [("zz-ghost", "1.0.0", line), ("zz-rest", "3.0.0", 7)]


@pytest.mark.parametrize(("ours", "theirs"), [("", _GHOST), (_GHOST, "")])
def test_what_one_side_has_deleted_is_not_installed(ours: str, theirs: str) -> None:
    found = versions(
        _TOP,
        "<<<<<<< HEAD",
        ours,
        "||||||| base",
        _GHOST,
        "=======",
        theirs,
        ">>>>>>> other",
        _REST,
    )

    assert found == [("zz-rest", "3.0.0", 9)]


def test_what_both_sides_changed_of_one_entry_is_joined() -> None:
    base = '"node_modules/zz-a": {"version": "1.0.0", "resolved": "https://old.example/a.tgz"},'
    ours = base.replace("1.0.0", "2.0.0")
    theirs = base.replace("old.example", "new.example")

    result = NpmParser().parse(
        f"{_TOP}\n<<<<<<<\n{ours}\n|||||||\n{base}\n=======\n{theirs}\n>>>>>>>\n{_REST}".encode()
    )

    (pin,) = (pin for pin in result.pins if pin.name == "zz-a")
    assert (pin.version, pin.url) == ("2.0.0", "https://new.example/a.tgz")


@pytest.mark.parametrize(
    ("start", "middle", "end"),
    [
        ("    <<<<<<< HEAD", "  =======", "  >>>>>>> other"),
        ("<<<<<<<<<<<", "==========", ">>>>>>>>>"),
        ('"<<<<<<<": 1,', '"=======": 1,', '">>>>>>>": 1,'),
    ],
    ids=["indented", "long", "inside of strings"],
)
def test_markers_are_found_wherever_npm_finds_them(start: str, middle: str, end: str) -> None:
    found = versions(_TOP, start, _GHOST, middle, end, _REST)

    assert found == [("zz-ghost", "1.0.0", 3), _REST_AT_6]


def test_json_that_is_whole_is_a_conflict_for_npm_where_it_has_all_three_markers() -> None:
    found = versions(_TOP, '"a<<<<<<<": {},', '"b=======": {},', _GHOST, '"c>>>>>>>": {},', _REST)

    assert found == [("zz-ghost", "1.0.0", 4), _REST_AT_6]


def test_packages_inside_of_packages_are_merged_in_version_1() -> None:
    def outer(inside: str) -> str:
        return f'"zz-outer": {{"version": "1.0.0", "dependencies": {{{inside}}}}},'

    found = versions(
        '{"lockfileVersion": 1, "dependencies": {',
        "<<<<<<< HEAD",
        outer('"zz-ghost": {"version": "1.0.0"}'),
        "=======",
        outer(""),
        ">>>>>>> other",
        '"zz-rest": {"version": "3.0.0"}}}',
    )

    assert found == [("zz-ghost", "1.0.0", 3), ("zz-outer", "1.0.0", 3), ("zz-rest", "3.0.0", 7)]


@pytest.mark.parametrize("broken", ["ours", "theirs", "parent"])
def test_a_side_that_is_no_json_makes_npm_refuse_the_lock(broken: str) -> None:
    sides = {"ours": _GHOST, "theirs": _GHOST, "parent": _GHOST, broken: "{,"}
    lines = (
        _TOP,
        "<<<<<<<",
        sides["ours"],
        "|||||||",
        sides["parent"],
        "=======",
        sides["theirs"],
        ">>>>>>>",
        _REST,
    )

    result = NpmParser().parse("\n".join(lines).encode())

    assert result.refused is not None
    assert "zz-ghost" in {pin.name for pin in result.pins}


def test_of_two_byte_order_marks_npm_takes_off_both() -> None:
    assert versions("\ufeff\ufeff" + _TOP, _REST) == [("zz-rest", "3.0.0", 2)]


@pytest.mark.parametrize("marker", ["=" * 7, "<" * 7, ">" * 7 + "<" * 7])
def test_a_text_with_some_of_the_markers_is_no_conflict(marker: str) -> None:
    found = versions(_TOP, _GHOST, f'"node_modules/zz{marker}": {{"version": "1"}},', _REST)

    assert {name for name, _, _ in found} >= {"zz-ghost", "zz-rest"}
