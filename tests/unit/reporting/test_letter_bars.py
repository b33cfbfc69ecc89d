"""What gets no letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crawler.model import (
    CaseClass,
    Confidence,
    FindingStatus,
    Reason,
    Repository,
    Tier,
    VerdictState,
)
from crawler.reporting.accusation import Bar, bar_of
from tests.unit.reporting.letters import (
    EVIDENCE,
    answered,
    classified,
    confirmed,
    found,
    letters,
    matched,
)
from tests.values import (
    NOW,
    REPOSITORY,
    SIGHTING,
    verdict,
)


@pytest.mark.parametrize("confidence", [Confidence.LIKELY, Confidence.POSSIBLE, Confidence.CENSUS])
def test_what_is_not_confirmed_never_gets_a_letter(confidence: Confidence) -> None:
    assert letters(matched(confirmed(), confidence=confidence)) == []


def test_a_finding_without_evidence_gets_no_letter() -> None:
    assert letters(replace(confirmed(), evidence=None)) == []


@pytest.mark.parametrize("still_there", [False, None])
def test_a_pin_that_was_not_seen_again_gets_no_letter(still_there: bool | None) -> None:  # noqa: FBT001
    assert (
        letters(replace(confirmed(), evidence=replace(EVIDENCE, still_at_head=still_there))) == []
    )


@pytest.mark.parametrize("verified_at", [None, NOW - timedelta(hours=24)])
def test_a_pin_that_was_not_verified_within_a_day_gets_no_letter(
    verified_at: datetime | None,
) -> None:
    assert letters(replace(confirmed(), evidence=replace(EVIDENCE, verified_at=verified_at))) == []


@pytest.mark.parametrize("status", [s for s in FindingStatus if not s.is_open])
def test_a_finding_that_no_longer_holds_gets_no_letter(status: FindingStatus) -> None:
    assert letters(replace(confirmed(), status=status)) == []


@pytest.mark.parametrize("state", [s for s in VerdictState if s is not VerdictState.MALICIOUS])
def test_a_verdict_that_is_not_malicious_gets_no_letter(state: VerdictState) -> None:
    assert letters(matched(confirmed(), verdict=verdict(state))) == []


def test_a_finding_of_tier_t_alone_gets_no_letter() -> None:
    assert letters(matched(confirmed(), tier=Tier.T, verdict=None)) == []


def test_a_finding_with_an_open_question_gets_a_letter_only_when_a_person_stands_behind_it() -> (
    None
):
    asked = found(confirmed(), questions=(Reason(code="fixture-path", text="a folder of tests"),))

    assert letters(asked) == []
    assert len(letters(replace(asked, status=FindingStatus.PROMOTED))) == 1


@pytest.mark.parametrize("case_class", [one for one in CaseClass if one is not CaseClass.LURE])
def test_what_is_no_lure_gets_no_letter_however_sure_the_pin_is(case_class: CaseClass) -> None:
    assert letters(replace(confirmed(), classification=classified(case_class))) == []


def test_a_repository_that_nobody_has_classified_gets_no_letter() -> None:
    assert letters(replace(confirmed(), classification=None)) == []


def test_a_private_repository_gets_no_letter() -> None:
    private = replace(REPOSITORY, private=True)

    assert letters(found(confirmed(), repository=private)) == []


@pytest.mark.parametrize("clone_url", ["task", "/srv/task", "../task", "file:///srv/task"])
def test_a_repository_of_this_machine_gets_no_letter(clone_url: str) -> None:
    local = Repository(host="local", path="task", clone_url=clone_url)

    assert letters(found(confirmed(), repository=local)) == []


@pytest.mark.parametrize("status", [404, 410, 451])
def test_a_file_that_is_no_longer_served_accuses_nobody(status: int) -> None:
    assert letters(answered(status)) == []


@pytest.mark.parametrize(
    "ref", ["refs/pull/7/head", "refs/merge-requests/7/head", "refs/changes/34/1234/2"]
)
def test_no_letter_goes_out_for_what_only_a_request_has(ref: str) -> None:
    at_request = found(confirmed(), sighting=replace(SIGHTING, ref=ref))

    assert letters(at_request) == []
    assert bar_of(at_request, NOW) is Bar.REQUEST
