"""The correction, as somebody reads it who has received a letter."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.model import CaseClass, Confidence, FindingStatus, Reason, Report, VerdictState
from crawler.reporting.correction import EarlierLetters, correction, is_amiss
from crawler.reporting.file_names import addressed_of
from crawler.reporting.interface import DocumentKind, Edition
from tests.unit.reporting.letters import (
    CONTACT,
    EVIDENCE,
    HOSTILE,
    answered,
    classified,
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
        "To: whoever received the report\n"
        "Case: 774812bf00ae\n"
        "Date: 2026-11-22T12:00:00Z\n"
        "\n"
        "**Please take no further action because of the entries below, and review what was done.** What was "
        "said of them no longer holds:\n"
        "\n"
        "- `uv.lock`, line 5, at commit `1111111111111111111111111111111111111111`: "
        "`zz_ghost_one-1.0-py3-none-any.whl of zz-ghost-one 1.0`\n"
        "  - The record MAL-2026-1 was withdrawn. (Since 2026-11-22T09:30:00Z.)\n"
        "\n"
        "The report said that the repository `git.example/acme/task` pins files that advisories list as "
        "malicious.\n"
        "\n"
        "Nothing is left of the request; the case can be closed.\n"
        "\n"
        "Contact: abuse-research@operator.example. Please quote the case in your answer.\n"
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
            "No branch that we read has the entry any more.",
        ),
        (
            replace(
                confirmed(),
                status=FindingStatus.GONE_AT_REFS,
                status_reason=Reason(code="lock-gone", text="no ref has a lock at this path"),
            ),
            "No ref has a lock at this path.",
        ),
        (
            replace(
                confirmed(),
                status=FindingStatus.DISMISSED,
                status_reason=Reason(code="dismissed", text="a lab of ours"),
            ),
            "A person has taken it back: a lab of ours.",
        ),
        (
            replace(
                confirmed(),
                status=FindingStatus.DISMISSED,
                status_reason=Reason(code="dismissed", text="until 2026-12-30 20:13 UTC: a lab"),
            ),
            "A person has taken it back until 2026-12-30 20:13 UTC: a lab.",
        ),
        (
            replace(confirmed(), evidence=replace(EVIDENCE, still_at_head=False)),
            ("The entry was gone when branch `main` was read again at 2026-11-22T12:00:00Z."),
        ),
        (
            replace(
                confirmed(),
                finding=replace(
                    confirmed().finding, sighting=replace(SIGHTING, ref="refs/pull/7/head")
                ),
            ),
            (
                "No branch or tag that was read has the entry any more, only a pull or merge request, "
                "which anybody may open."
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
            matched(confirmed(), verdict=verdict(VerdictState.ALLOWED)),
            "We now regard this file as harmless.",
        ),
        (
            matched(confirmed(), verdict=verdict(VerdictState.SUSPICIOUS)),
            "This file is called suspicious, but not malicious.",
        ),
        (
            found(confirmed(), questions=(Reason(code="fixture-path", text="is it a test?"),)),
            "Is it a test?",
        ),
        *(
            (replace(confirmed(), classification=classified(one)), why)
            for one, why in (
                (
                    CaseClass.VICTIM,
                    "We regard the repository as its owner's own work, affected by the package.",
                ),
                (
                    CaseClass.BYSTANDER,
                    "We regard the pin as somebody else's: it came by a request, a copy or an upstream.",
                ),
                (
                    CaseClass.RESEARCH,
                    "We regard the repository as research material, not as something to install.",
                ),
                (
                    CaseClass.UNCLEAR,
                    "We cannot tell whether the repository was made to spread the package.",
                ),
            )
        ),
    ],
)
def test_a_correction_says_why(report: Report, why: str) -> None:
    text = told(report)

    assert text is not None
    assert f"\n  - {why}\n" in text


@pytest.mark.parametrize("state", [s for s in VerdictState if s is not VerdictState.MALICIOUS])
def test_a_correction_speaks_of_the_file_and_never_of_a_verdict(state: VerdictState) -> None:
    text = told(matched(confirmed(), verdict=verdict(state)))

    assert text is not None
    assert re.search(r"\n  - [A-Z][^\n]+[a-z]\.\n", text)
    assert "verdict" not in text


_REST = (
    "\n\nThe report said that the repository `git.example/acme/task` pins files that advisories list as "
    "malicious.\n\n"
)
_CLOSED = f"{_REST}Nothing is left of the request; the case can be closed.\n\nContact:"
REMEDIED = (
    "# Follow-up to a malware report: ",
    "\n\n**Nothing is left to do about the entries below.** They have been remedied;",
    _CLOSED,
)
LEFT_REFS = (
    "# Follow-up to a malware report: ",
    "\n\n**The entries below are gone from the branches that we read; from our side nothing more is asked",
    f"{_REST}Contact:",
)
WRONG = (
    "# Correction of a malware report: ",
    "\n\n**Please take no further action because of the entries below, and review what was done.** ",
    _CLOSED,
)
HELD = (
    "# Follow-up to a malware report: ",
    "\n\n**Please do not act on the entries below until we have looked again.** ",
    f"{_REST}Contact:",
)
RENAMED = (
    "# Follow-up to a malware report: ",
    "\n\n**Please follow the report under the new name of the repository.** ",
    f"{_REST}Contact:",
)
NOT_ASKED = (
    "# Correction of a malware report: ",
    "\n\n**Please do not act against the repository or its owner because of the entries below, and review ",
    _CLOSED,
)


def of_class(case_class: CaseClass) -> Report:
    return replace(confirmed(), classification=classified(case_class))


def ended(status: FindingStatus, code: str) -> Report:
    return replace(confirmed(), status=status, status_reason=Reason(code=code, text="because"))


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (ended(FindingStatus.GONE_AT_REFS, "pin-gone"), LEFT_REFS),
        (ended(FindingStatus.GONE_AT_REFS, "lock-gone"), LEFT_REFS),
        (ended(FindingStatus.GONE, "repository-gone"), REMEDIED),
        (ended(FindingStatus.GONE, "repository-blocked"), REMEDIED),
        (replace(confirmed(), status=FindingStatus.GONE), REMEDIED),
        (replace(confirmed(), evidence=replace(EVIDENCE, still_at_head=False)), LEFT_REFS),
        (answered(404), REMEDIED),
        (of_class(CaseClass.VICTIM), NOT_ASKED),
        (of_class(CaseClass.UNCLEAR), NOT_ASKED),
        (ended(FindingStatus.GONE, "renamed"), RENAMED),
        (ended(FindingStatus.RETRACTED, "withdrawn"), WRONG),
        (ended(FindingStatus.DISMISSED, "dismissed"), WRONG),
        (matched(confirmed(), confidence=Confidence.LIKELY), WRONG),
        (matched(confirmed(), verdict=verdict(VerdictState.ALLOWED)), WRONG),
        (found(confirmed(), questions=(Reason(code="fixture-path", text="a test"),)), HELD),
    ],
)
def test_what_was_remedied_was_wrong_or_is_in_doubt_is_told_apart(
    report: Report, said: tuple[str, ...]
) -> None:
    text = told(report)

    assert text is not None
    assert [part for part in said if part not in text] == []
    assert ("review" in text) is (said in {WRONG, NOT_ASKED})
    assert ("correct when it was sent" in text) is (said in {REMEDIED, RENAMED, LEFT_REFS})
    assert "held back" not in text


def test_a_repository_of_which_one_entry_was_remedied_and_one_was_wrong_hears_both() -> None:
    wrong = ended(FindingStatus.RETRACTED, "withdrawn")
    remedied = replace(
        found(confirmed(), key="a" * 64, sighting=replace(SIGHTING, path="old/uv.lock")),
        status=FindingStatus.GONE,
    )

    text = told(wrong, remedied)

    assert text is not None
    first, second = text.split("**Nothing is left to do")
    assert first.startswith("# Correction of")
    assert "- `uv.lock`, line 5," in first
    assert "and review what was done" in first
    assert "- `old/uv.lock`, line 5," in second
    assert "review" not in second
    assert second.count("the case can be closed") == 1


def test_a_case_with_an_open_question_is_not_said_to_be_closed() -> None:
    asked = found(confirmed(), questions=(Reason(code="fixture-path", text="a test"),))
    remedied = replace(found(confirmed(), key="a" * 64), status=FindingStatus.GONE_AT_REFS)

    text = told(asked, remedied)

    assert text is not None
    assert "can be closed" not in text


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
    assert "The other entries of the report still hold." in stands
    assert "The other entries of the report were not verified again." in waits


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


def test_it_says_over_which_channels_the_report_went_out() -> None:
    victim = replace(confirmed(), classification=classified(CaseClass.VICTIM))
    key = victim.finding.key
    said = EarlierLetters(
        repository=addressed_of(victim),
        findings=frozenset({key}),
        channels=("form (2026-01-02 00:00 UTC)", "mail to [me](http://x.example)\nCase: 17"),
    )

    document = correction(said, {key: victim}, EDITION, stands=())

    assert document is not None
    (line,) = re.findall(r"^Sent over: (.*)$", document.text, re.MULTILINE)
    assert line.startswith(r"form (2026-01-02 00:00 UTC); mail to \[me\](hxxp://x")
    assert document.text.count("\nCase: ") == 1


def noticed(report: Report) -> str | None:
    """Return the correction of a notice that told its owner of `report`."""
    key = report.finding.key
    said = EarlierLetters(
        repository=addressed_of(report), findings=frozenset(), noticed=frozenset({key})
    )
    document = correction(said, {key: report}, EDITION, stands=())
    return None if document is None else document.text


def test_a_notice_that_is_right_needs_no_correction_and_one_that_is_wrong_does() -> None:
    victim = replace(confirmed(), classification=classified(CaseClass.VICTIM))
    withdrawn = matched(victim, verdict=replace(verdict(), state=VerdictState.WITHDRAWN))

    text = noticed(withdrawn)

    assert noticed(victim) is None
    assert text is not None
    assert text.startswith("# Correction of a notice: `git.example/acme/task`\n")
    assert "\nTo: the owner who received the notice\n" in text
    assert "taken down" not in text


@pytest.mark.parametrize(
    ("became", "amiss"),
    [
        (confirmed(), False),
        (replace(confirmed(), classification=classified(CaseClass.VICTIM)), True),
        (replace(confirmed(), classification=classified(CaseClass.UNCLEAR)), True),
        (replace(confirmed(), status=FindingStatus.RETRACTED), True),
        (replace(confirmed(), status=FindingStatus.GONE), False),
        (replace(confirmed(), status=FindingStatus.GONE_AT_REFS), False),
    ],
)
def test_only_what_is_wrong_or_not_asked_any_more_has_to_be_said_where_no_letter_lies(
    became: Report, *, amiss: bool
) -> None:
    key = became.finding.key
    said = EarlierLetters(repository=addressed_of(became), findings=frozenset({key}))

    assert is_amiss(said, {key: became}, NOW) is amiss
