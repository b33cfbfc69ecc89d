"""What a letter says of the commit that brought a pin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.model import (
    PinHistory,
    Reason,
    Report,
)
from tests.unit.reporting.letters import (
    EVIDENCE,
    confirmed,
    letter,
    matched,
)
from tests.values import (
    verdict,
)


def with_history(history: PinHistory) -> Report:
    return replace(confirmed(), evidence=replace(EVIDENCE, history=history))


def test_the_commit_that_brought_the_pin_is_told_with_its_author_date() -> None:
    entered = datetime(2026, 11, 1, tzinfo=UTC)
    said = letter(
        with_history(PinHistory(commits=9, whole=True, entered_commit="7" * 40, entered_at=entered))
    )

    assert (
        f"The pin came with commit `{'7' * 40}`, which its author dated 2026-11-01T00:00:00Z."
        in said
    )
    assert "after the index had removed" not in said


def test_a_pin_that_came_after_the_removal_is_told_with_both_times() -> None:
    removed = datetime(2026, 10, 1, tzinfo=UTC)
    entered = PinHistory(
        commits=9, whole=True, entered_commit="7" * 40, entered_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    late = matched(with_history(entered), verdict=replace(verdict(), incarnation_until=removed))

    assert (
        "That is after the index had removed the file (no later than 2026-10-01T00:00:00Z)."
        in letter(late)
    )


def test_a_commit_that_is_dated_before_the_project_was_there_is_told_with_both_times() -> None:
    entered = PinHistory(
        commits=9, whole=True, entered_commit="7" * 40, entered_at=datetime(2026, 9, 1, tzinfo=UTC)
    )
    begun = datetime(2026, 10, 1, tzinfo=UTC)
    early = matched(with_history(entered), verdict=replace(verdict(), incarnation_from=begun))

    by_digest, by_name = (
        letter(early),
        letter(matched(early, reasons=(Reason(code="version", text="the version is listed"),))),
    )
    created = "he project was created on the index only at 2026-10-01T00:00:00Z. Anybody can set the date of a"
    assert f"  - That date cannot be right: t{created} commit.\n" in by_digest
    assert f"  - T{created} commit.\n" in by_name


@pytest.mark.parametrize(
    "history", [PinHistory(commits=200, whole=False), PinHistory(commits=0, whole=False)]
)
def test_a_pin_that_lies_deeper_has_no_commit_in_the_letter(history: PinHistory) -> None:
    assert "came with commit" not in letter(with_history(history))
