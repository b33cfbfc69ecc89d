from __future__ import annotations

import pytest

from crawler.errors import Malformed
from feeds.imports.stix_pattern import read_pattern


def alternatives(pattern: str) -> list[list[str]]:
    read = read_pattern(pattern, "indicator")
    return [[f"{c.path}={c.value}" for c in each] for each in read.alternatives]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[file:name = 'a']", [["file:name=a"]]),
        ("[file:name='a' AND file:size=5]", [["file:name=a", "file:size=5"]]),
        ("[file:name = 'a' OR file:name = 'b']", [["file:name=a"], ["file:name=b"]]),
        (
            "[a:x='1' AND (a:y='2' OR a:y='3')]",
            [["a:x=1", "a:y=2"], ["a:x=1", "a:y=3"]],
        ),
        ("[a:x='1' OR a:y='2' AND a:z='3']", [["a:x=1"], ["a:y=2", "a:z=3"]]),
        ("[a:x='1'] OR [a:y='2']", [["a:x=1"], ["a:y=2"]]),
        ("([a:x='1']) WITHIN 5 SECONDS", [["a:x=1"]]),
        ("[a:x='1'] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'", [["a:x=1"]]),
        ("[a:x IN ('1', '2')]", [["a:x=1"], ["a:x=2"]]),
        ("[file:hashes.'SHA-256' = 'f']", [["file:hashes.SHA-256=f"]]),
        ("[file:hashes.MD5 = 'f']", [["file:hashes.MD5=f"]]),
        (r"[a:x = 'it\'s \\ OR [']", [[r"a:x=it's \ OR ["]]),
        ("[a:x[*].y = '1' AND a:z[0] = '2']", [["a:x[*].y=1", "a:z[0]=2"]]),
        ("[a:x != '1' AND a:y = '2']", [["a:y=2"]]),
        ("[a:x NOT = '1' AND a:y = '2']", [["a:y=2"]]),
        ("[a:x NOT IN ('1','2') AND a:y = '2']", [["a:y=2"]]),
        ("[a:x LIKE 'b%' OR a:x MATCHES '^c']", [[], []]),
        ("[EXISTS a:x AND a:y = '2']", [["a:y=2"]]),
        ("[\n\ta:x\n=\n'1'\n]\n", [["a:x=1"]]),
    ],
)
def test_a_pattern_is_read_as_alternatives(pattern: str, expected: list[list[str]]) -> None:
    assert alternatives(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "joined"),
    [
        ("[a:x='1'] AND [a:y='2']", True),
        ("[a:x='1'] FOLLOWEDBY [a:y='2']", True),
        ("[a:x='1'] OR [a:y='2']", False),
        ("[a:x='1' AND a:y='2']", False),
    ],
)
def test_observations_that_need_each_other_are_told(pattern: str, joined: bool) -> None:  # noqa: FBT001
    assert read_pattern(pattern, "indicator").joined is joined


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "file:name = 'a'",
        "[file:name = 'a'",
        "[file:name = ]",
        "[file:name 'a']",
        "[file:name = 'a",
        "[= 'a']",
        "[]",
        "[a:x = '1' AND]",
        "[a:x = '1' a:y = '2']",
        "[a:x IN ('1' '2')]",
        "[" + "(" * 5000 + "a:x='1'" + ")" * 5000 + "]",
        "[" + " AND ".join(["(a:x='1' OR a:x='2')"] * 40) + "]",
        "[a:x IN (" + ",".join(["'1'"] * 600) + ")]",
        " OR ".join(["[a:x='1']"] * 600),
        "[a:x='" + "1" * 200_000 + "']",
        "[a:x = '1'] \x00",
    ],
)
def test_a_pattern_that_is_broken_or_too_large_is_refused(pattern: str) -> None:
    with pytest.raises(Malformed, match=r"^indicator"):
        read_pattern(pattern, "indicator")


@pytest.mark.parametrize("unit", ["'", "\\", "a:'", "a:x.", "[", "a:x[", "1.", " ", "t'\\"])
def test_hostile_text_is_refused_in_linear_time(unit: str) -> None:
    with pytest.raises(Malformed):
        read_pattern((unit * 99_000)[:99_000], "indicator")
