"""Ranges of versions: what lies in them, in the order of each ecosystem."""

from __future__ import annotations

import pytest

from crawler.model import Ecosystem
from crawler.model.version_ranges import (
    VersionSpan,
    everything,
    has_both_ends,
    in_range,
    is_range,
    is_zero,
    range_of,
)


@pytest.mark.parametrize(
    ("spans", "stated"),
    [
        ([VersionSpan(last="1.23.0", included=True)], "vers:npm/>=0|<=1.23.0"),
        ([VersionSpan(first="1.0.0", last="1.0.1")], "vers:npm/>=1.0.0|<1.0.1"),
        ([VersionSpan(first="1.5.0")], "vers:npm/>=1.5.0"),
        ([VersionSpan(first="1.5.0", after=True)], "vers:npm/>1.5.0"),
        ([VersionSpan(first="2.0.0", last="2.0.0", included=True)], "vers:npm/2.0.0"),
        (
            [VersionSpan(first="3.0.0"), VersionSpan(last="1.0.0")],
            "vers:npm/>=0|<1.0.0|>=3.0.0",
        ),
        (
            [VersionSpan(first="1.0.0", last="2.0.0"), VersionSpan(first="1.5.0", last="3.0.0")],
            "vers:npm/>=1.0.0|<3.0.0",
        ),
        (
            [VersionSpan(first="1.0.0", last="3.0.0"), VersionSpan(first="1.5.0", last="2.0.0")],
            "vers:npm/>=1.0.0|<3.0.0",
        ),
        ([VersionSpan(first="1.0.0", last="1.0.0")], None),
        ([VersionSpan(first="2.0.0", last="1.0.0")], None),
        ([VersionSpan(first="1.0.0"), VersionSpan(first="not a version")], None),
        ([], None),
    ],
)
def test_a_range_is_written_as_purl_does(spans: list[VersionSpan], stated: str | None) -> None:
    assert range_of(Ecosystem.NPM, spans) == stated


@pytest.mark.parametrize(
    ("stated", "version", "inside"),
    [
        ("vers:npm/>=0|<=1.23.0", "1.2.0", True),
        ("vers:npm/>=0|<=1.23.0", "1.23.0", True),
        ("vers:npm/>=0|<=1.23.0", "1.23.1", False),
        ("vers:npm/>=0|<=1.23.0", "0.0.0-alpha", True),
        ("vers:npm/>=0|<=1.23.0", "2.0.0", False),
        ("vers:npm/>=1.0.0|<1.0.1", "1.0.0", True),
        ("vers:npm/>=1.0.0|<1.0.1", "1.0.1", False),
        ("vers:npm/>=1.0.0|<1.0.1", "1.0.0-rc.1", False),
        ("vers:npm/>1.0.0|<2.0.0", "1.0.0", False),
        ("vers:npm/>=0|<1.0.0|>=1.5.0", "1.2.0", False),
        ("vers:npm/>=0|<1.0.0|>=1.5.0", "99.0.0", True),
        ("vers:npm/>=1.0|<1.10", "1.9.0", True),
        ("vers:npm/2.0.0", "2.0.0", True),
        ("vers:npm/2.0.0", "2.0.1", False),
        ("vers:npm/>=0|<=1.23.0", "latest", False),
        ("vers:npm/>=0|<=1.23.0", "", False),
        ("vers:pypi/>=0|<=1.2.3", "1.2", True),
        ("vers:pypi/>=0|<=1.2.3", "1.2.3.post1", False),
        ("vers:pypi/>=0|<=1.2.3", "1.2+cu118", False),
        ("vers:pypi/>=0|<=1.2.3", "0.dev0", True),
        ("vers:pypi/>=1.0|<2.0", "1.0rc1", False),
        ("vers:pypi/>=1.0|<2.0", "1.10", True),
        ("vers:pypi/>=1%212.0|<1%213.0", "1!2.5", True),
        ("vers:cargo/>=1.0.0", "1.0.0", False),
        ("vers:npm/>=1.0.0|*", "1.0.0", False),
        ("1.0.0", "1.0.0", False),
    ],
)
def test_a_version_lies_in_a_range_or_not(stated: str, version: str, inside: bool) -> None:  # noqa: FBT001
    assert in_range(stated, version) is inside


@pytest.mark.parametrize(
    "version",
    ["0", "0.0.0", "0.0.0-0", "0.0", "v0.0.0", "0.dev0", "0a0", " 0 ", "0.0.0.0", "0.0.0-0.0"],
)
def test_every_spelling_of_the_beginning(version: str) -> None:
    assert is_zero(version)


@pytest.mark.parametrize("version", ["0.0.1", "1", "0.1.0-0", "00.1", "", "0.0.0-1", "x"])
def test_what_is_a_version_of_its_own_is_not_the_beginning(version: str) -> None:
    assert not is_zero(version)


def test_a_range_without_bounds_is_everything() -> None:
    assert everything(Ecosystem.NPM, [VersionSpan(first="1.0.0"), VersionSpan()])
    assert not everything(Ecosystem.NPM, [VersionSpan(first="1.0.0"), VersionSpan(last="0.9.0")])


@pytest.mark.parametrize("included", [True, False])
def test_ranges_that_leave_nothing_out_are_everything_together(included: bool) -> None:  # noqa: FBT001
    below = VersionSpan(last="1.0.0", included=included)

    assert everything(Ecosystem.NPM, [VersionSpan(first="1.0.0", after=included), below])
    assert everything(Ecosystem.PYPI, [VersionSpan(first="0.5"), below])
    assert not everything(
        Ecosystem.NPM, [VersionSpan(first="1.0.0", after=True), VersionSpan(last="1.0.0")]
    )


@pytest.mark.parametrize(
    ("stated", "both"),
    [
        ("vers:npm/>=1.0.0|<2.0.0", True),
        ("vers:npm/>=0|<2.0.0", False),
        ("vers:npm/>=1.0.0", False),
    ],
)
def test_a_range_has_both_ends_or_not(stated: str, both: bool) -> None:  # noqa: FBT001
    assert has_both_ends(stated) is both


def test_a_range_is_told_from_a_version() -> None:
    assert is_range("vers:npm/1.0.0")
    assert not is_range("1.0.0")
    assert not is_range(None)
