"""What the place of a lock says about a match."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.matching import VerdictIndex, match, place
from crawler.model import Confidence, Match
from tests.values import REGISTRIES, REPOSITORY, SIGHTING, pin, verdict


def confirmed() -> Match:
    return match([pin()], VerdictIndex([verdict()]), REGISTRIES)[0]


def test_an_ordinary_place_lowers_nothing() -> None:
    found = place(confirmed(), REPOSITORY, SIGHTING, "uv")

    assert found.match.confidence is Confidence.CONFIRMED
    assert [r.code for r in found.match.reasons] == ["listed-release"]


@pytest.mark.parametrize(
    "description", ["Collection of malware samples", "Supply chain attack research", "IOC feed"]
)
def test_a_research_repository_is_at_most_likely(description: str) -> None:
    found = place(confirmed(), replace(REPOSITORY, description=description), SIGHTING, "uv")

    assert found.match.confidence is Confidence.LIKELY
    assert [r.code for r in found.match.reasons] == ["listed-release", "research-repository"]


@pytest.mark.parametrize("path", ["tests/uv.lock", "pkg/testdata/a/uv.lock", "examples/uv.lock"])
def test_a_fixture_is_at_most_likely(path: str) -> None:
    found = place(confirmed(), REPOSITORY, replace(SIGHTING, path=path), "uv")

    assert found.match.confidence is Confidence.LIKELY
    assert found.match.reasons[-1].code == "fixture-path"


@pytest.mark.parametrize("path", ["contest/uv.lock", "latest/uv.lock", "uv.lock"])
def test_a_path_that_only_contains_the_word_is_no_fixture(path: str) -> None:
    found = place(confirmed(), REPOSITORY, replace(SIGHTING, path=path), "uv")

    assert found.match.confidence is Confidence.CONFIRMED


def test_the_key_is_the_same_at_another_commit_and_another_branch() -> None:
    first = place(confirmed(), REPOSITORY, SIGHTING, "uv")

    second = place(
        confirmed(), REPOSITORY, replace(SIGHTING, commit="3" * 40, ref="refs/heads/dev"), "uv"
    )

    assert first.key == second.key


def test_the_key_differs_between_two_locks_of_a_repository() -> None:
    first = place(confirmed(), REPOSITORY, SIGHTING, "uv")

    second = place(confirmed(), REPOSITORY, replace(SIGHTING, path="app/uv.lock"), "uv")

    assert first.key != second.key


def test_the_key_of_a_finding_on_this_machine_does_not_depend_on_the_folder_of_the_checkout() -> (
    None
):
    one = replace(REPOSITORY, host="local", path="build-17")
    other = replace(REPOSITORY, host="local", path="build-18")

    keys = {place(confirmed(), where, SIGHTING, "uv").key for where in (one, other)}

    assert len(keys) == 1
