from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.gradle import GradleParser
from crawler.model import Ecosystem, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "gradle"


def read(name: str) -> ParseResult:
    return GradleParser().parse((DATA / f"{name}.gradle.lockfile").read_bytes())


def test_each_coordinate_is_a_pin() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [(pin.ecosystem, pin.name, pin.version, pin.lines) for pin in result.pins] == [
        (Ecosystem.MAVEN, "org.example:zz-ghost", "1.0.0", LineSpan(first=2, last=2)),
        (Ecosystem.MAVEN, "org.example:zz-two", "2.0-rc1", LineSpan(first=3, last=3)),
    ]


def test_a_bad_line_is_skipped_and_the_rest_is_kept() -> None:
    result = read("bad")

    assert [pin.name for pin in result.pins] == ["org.example:zz-ghost"]
    assert result.skipped == (Skipped(context="line 2", reason="not group:artifact:version"),)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("app/gradle.lockfile", True),
        ("buildscript-gradle.lockfile", True),
        ("gradle/dependency-locks/compileClasspath.lockfile", True),
        ("build.gradle", False),
    ],
)
def test_only_locks_of_gradle_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert GradleParser().wants(path) is wanted
