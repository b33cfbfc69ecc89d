"""How forges mark lines in the address of a page."""

from __future__ import annotations

from crawler.hosts.forge import fragment
from crawler.model import LineSpan


def test_a_forge_that_marks_a_range_names_both_ends() -> None:
    github, bitbucket = fragment("#L", "-L"), fragment("#lines-", ":")

    assert github(LineSpan(first=3, last=5)) == "#L3-L5"
    assert bitbucket(LineSpan(first=3, last=5)) == "#lines-3:5"


def test_a_single_line_has_one_end() -> None:
    assert fragment("#L", "-L")(LineSpan(first=3, last=3)) == "#L3"


def test_a_forge_that_marks_single_lines_only_gets_the_first() -> None:
    assert fragment("#n")(LineSpan(first=3, last=5)) == "#n3"
