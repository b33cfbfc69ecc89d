"""What a finding is called."""

from __future__ import annotations

from dataclasses import replace

from crawler.matching import VerdictIndex, match, place
from crawler.model import Match
from tests.values import REGISTRIES, REPOSITORY, SIGHTING, pin, verdict


def confirmed() -> Match:
    return match([pin()], VerdictIndex([verdict()]), REGISTRIES)[0]


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
