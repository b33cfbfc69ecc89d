"""The correction, as somebody reads it who has received a letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.model import Confidence, FindingStatus, Reason, Report, VerdictState
from crawler.reporting.correction import EarlierLetters, correction
from crawler.reporting.file_names import addressed_of
from crawler.reporting.interface import DocumentKind, Edition
from tests.unit.reporting.test_letter import (
    CONTACT,
    EVIDENCE,
    HOSTILE,
    answered,
    confirmed,
    found,
    matched,
)
from tests.values import NOW, SIGHTING, verdict

EDITION = Edition(at=NOW, contact=CONTACT)


def told(*reports: Report, stands: tuple[str, ...] = ()) -> str | None:
    """Return the correction of a letter that told of all of `reports`."""
    by_key = {report.finding.key: report for report in reports}
    said = EarlierLetters(repository=addressed_of(reports[0]), findings=frozenset(by_key))
    document = correction(said, by_key, EDITION, stands=stands)
    return None if document is None else document.text


def test_the_whole_correction_of_a_retracted_finding() -> None:
    taken_back = replace(
        confirmed(),
        status=FindingStatus.RETRACTED,
        status_reason=Reason(code="withdrawn", text="The record MAL-2026-1 was withdrawn."),
        status_at=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    )
    said = EarlierLetters(
        repository=addressed_of(taken_back), findings=frozenset({taken_back.finding.key})
    )

    document = correction(said, {taken_back.finding.key: taken_back}, EDITION, stands=())

    assert document is not None
    assert document.name == "withdrawn/correction-git.example-acme_task-17.md"
    assert document.kind is DocumentKind.CORRECTION
    assert document.findings == (taken_back.finding.key,)
    assert document.text == (
        "# Correction of a malware report: `git.example/acme/task`\n"
        "\n"
        "To: whoever received the report (the abuse or security contact of this host)\n"
        "Case: 774812bf00ae\n"
        "Date: 2026-11-22T12:00:00Z\n"
        "\n"
        "An earlier report of this case said that the repository `git.example/acme/task` pins files "
        "that advisories list as malicious. Of what it said, the following no longer holds:\n"
        "\n"
        "- `uv.lock`, line 5, at commit `1111111111111111111111111111111111111111`: "
        "`zz_ghost_one-1.0-py3-none-any.whl of zz-ghost-one 1.0`\n"
        "  - The record MAL-2026-1 was withdrawn. (Since 2026-11-22T09:30:00Z.)\n"
        "\n"
        "Nothing is left of the request: please take no further action because of it, and review "
        "what was done because of these entries.\n"
        "\n"
        "Contact: abuse-research@operator.example. Please name the case.\n"
    )


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (
            replace(confirmed(), status=FindingStatus.RETRACTED),
            "The verdict on the file or the rules of the report no longer say so.",
        ),
        (
            replace(confirmed(), status=FindingStatus.GONE),
            "The repository can no longer be read.",
        ),
        (
            replace(confirmed(), status=FindingStatus.GONE_AT_REFS),
            "None of the refs that it was seen at has the entry any more.",
        ),
        (
            replace(
                confirmed(),
                status=FindingStatus.DISMISSED,
                status_reason=Reason(code="dismissed", text="a lab of ours"),
            ),
            "a lab of ours.",
        ),
        (
            replace(confirmed(), evidence=replace(EVIDENCE, still_at_head=False)),
            (
                "The entry was not there any more when the repository was read again at "
                "2026-11-22T12:00:00Z."
            ),
        ),
        (
            answered(404),
            (
                "Its host answered 404 (Not Found) to a HEAD request at 2026-11-22T12:00:00Z: it "
                "does not serve the file."
            ),
        ),
        (
            matched(
                confirmed(),
                confidence=Confidence.LIKELY,
                reasons=(
                    Reason(code="file-digest", text="a digest"),
                    Reason(code="feeds-disagree", text="another feed has taken it back"),
                ),
            ),
            "It is no longer confirmed: another feed has taken it back.",
        ),
        (
            matched(confirmed(), verdict=verdict(VerdictState.SUSPICIOUS)),
            "The verdict on the file is now suspicious.",
        ),
        (
            found(confirmed(), questions=(Reason(code="fixture-path", text="is it a test?"),)),
            "It is held back until a person has answered: is it a test?",
        ),
    ],
)
def test_a_correction_says_why(report: Report, why: str) -> None:
    text = told(report)

    assert text is not None
    assert f"\n  - {why}\n" in text


def test_what_still_holds_or_only_waits_to_be_verified_needs_no_correction() -> None:
    stale = replace(confirmed(), evidence=replace(EVIDENCE, verified_at=None))

    assert told(confirmed()) is None
    assert told(stale) is None


def test_a_finding_that_the_ledger_does_not_know_is_not_corrected() -> None:
    said = EarlierLetters(repository=addressed_of(confirmed()), findings=frozenset({"f" * 64}))

    assert correction(said, {}, EDITION, stands=()) is None


def test_what_is_left_of_a_letter_is_told_apart() -> None:
    gone = replace(
        found(confirmed(), key="a" * 64, sighting=replace(SIGHTING, path="old/uv.lock")),
        status=FindingStatus.GONE_AT_REFS,
    )
    key = confirmed().finding.key

    stands, waits = told(confirmed(), gone, stands=(key,)), told(confirmed(), gone)

    assert stands is not None
    assert waits is not None
    assert "- `old/uv.lock`, line 5," in stands
    assert "- `uv.lock`" not in stands
    assert "The other entries of the report still hold;" in stands
    assert "The other entries of the report were not verified again;" in waits


def test_a_reason_that_a_person_wrote_is_shown_as_it_stands() -> None:
    dismissed = replace(
        confirmed(),
        status=FindingStatus.DISMISSED,
        status_reason=Reason(code="dismissed", text=HOSTILE),
    )

    text = told(dismissed)

    assert text is not None
    assert "\x1b" not in text
    assert "\n##" not in text
    assert "[" not in text.replace("\\[", "")
