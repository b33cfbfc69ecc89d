"""The letter, as an abuse desk reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.matching import VerdictIndex, match, place
from crawler.model import Confidence, Evidence, FindingStatus, LineSpan, Liveness, Report, State
from crawler.reporting.letter import Letter
from tests.values import (
    NOW,
    REGISTRIES,
    REPOSITORY,
    SIGHTING,
    URL,
    ghost_file,
    pin,
    sha256,
    verdict,
)

EVIDENCE = Evidence(
    permalink="https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5",
    blob_oid="2" * 40,
    lock_sha256="3" * 64,
    lock_size=900,
    lines=LineSpan(first=5, last=5),
    excerpt="    { url = ... },",
    liveness=Liveness(method="HEAD", url=URL, status=200, content_length=9, checked_at=NOW),
    still_at_head=True,
    collected_at=NOW,
    verified_at=NOW,
    viewer_url="https://viewer.example/project/zz-ghost-one/1.0/",
)


def confirmed() -> Report:
    matched = match(
        [pin(digests=(sha256(),))], VerdictIndex([verdict(file=ghost_file())]), REGISTRIES
    )
    return Report(
        finding=place(matched[0], REPOSITORY, SIGHTING, "uv"),
        evidence=EVIDENCE,
        first_seen=NOW,
        last_seen=datetime(2026, 11, 22, 13, 0, tzinfo=UTC),
        run_id="run-1",
    )


def with_confidence(confidence: Confidence) -> Report:
    report = confirmed()
    matched = replace(report.finding.match, confidence=confidence)
    return replace(report, finding=replace(report.finding, match=matched))


def test_the_whole_letter_of_one_finding() -> None:
    (document,) = Letter().render([confirmed()])

    assert document.name == "takedown-git.example-acme_task.md"
    assert document.text == (
        "# Malware report: `git.example/acme/task`\n"
        "\n"
        "To: the abuse or security contact of this host\n"
        f"Case: {confirmed().finding.key[:12]}\n"
        "\n"
        "The repository `https://git.example/acme/task.git` installs 1 malicious file that the "
        "package index has removed. It breaks the host's rules against distributing malware.\n"
        "\n"
        "**How it works.** A lock file stores the URL of each package file. The index removed the "
        "package, its file host still serves the file, and everyone who installs from this lock "
        "runs it.\n"
        "\n"
        "**Look for yourself**\n"
        "\n"
        "- the pinned lines: <https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5>\n"
        "- what is inside the file, shown safely by the index's own viewer: "
        "<https://viewer.example/project/zz-ghost-one/1.0/>\n"
        "\n"
        "**Facts (UTC)**\n"
        "\n"
        "- `uv.lock`, line 5, at commit `1111111111111111111111111111111111111111` pins "
        "`zz_ghost_one-1.0-py3-none-any.whl` from "
        "`hxxps://files[.]index[.]example/packages/ab/ab/"
        "abababababababababababababababababababababababababababababab/"
        "zz_ghost_one-1.0-py3-none-any.whl` "
        "(a digest of the pinned file is that of a malicious distribution).\n"
        f"  - sha256: `{'cd' * 32}`\n"
        "  - Malicious since 2026-11-22T12:00:00Z according to `MAL-2026-1 (found by acme-labs)`.\n"
        "  - The file host answered 200 to a HEAD request at 2026-11-22T12:00:00Z; the file itself "
        "was not fetched.\n"
        "\n"
        "**Not claimed.** Who wrote the lock, and whether its author knew. The malicious files were "
        "not downloaded; that they are malicious is the statement of the advisories named above.\n"
        "\n"
        "**Asked.** Please review the repository and take it down, or have the pinned files removed "
        "from its lock in every branch.\n"
        "\n"
        "Contact: reply to the sender of this report and name the case.\n"
    )


@pytest.mark.parametrize("confidence", [Confidence.LIKELY, Confidence.POSSIBLE, Confidence.CENSUS])
def test_what_is_not_confirmed_never_gets_a_letter(confidence: Confidence) -> None:
    documents = list(Letter().render([with_confidence(confidence)]))

    assert documents == []


def test_a_finding_without_evidence_gets_no_letter() -> None:
    documents = list(Letter().render([replace(confirmed(), evidence=None)]))

    assert documents == []


def test_a_lock_that_is_no_longer_at_head_gets_no_letter() -> None:
    gone = replace(confirmed(), evidence=replace(EVIDENCE, still_at_head=False))

    assert list(Letter().render([gone])) == []


def test_a_finding_that_was_never_verified_gets_no_letter() -> None:
    unverified = replace(confirmed(), evidence=replace(EVIDENCE, still_at_head=None))

    assert list(Letter().render([unverified])) == []


def test_a_retracted_finding_gets_no_letter() -> None:
    assert list(Letter().render([replace(confirmed(), status=FindingStatus.RETRACTED)])) == []


def test_a_verdict_that_was_withdrawn_meanwhile_gets_no_letter() -> None:
    report = confirmed()
    matched = replace(report.finding.match, verdict=verdict(State.WITHDRAWN))

    documents = list(
        Letter().render([replace(report, finding=replace(report.finding, match=matched))])
    )

    assert documents == []


def test_hostile_names_stay_inside_their_code_spans() -> None:
    report = confirmed()
    sighting = replace(SIGHTING, path="a`b](javascript:x)\x1b]52;c;\n## forged/uv.lock")

    (document,) = Letter().render(
        [replace(report, finding=replace(report.finding, sighting=sighting))]
    )

    assert "\x1b" not in document.text
    assert "\n## forged" not in document.text
    assert "``a`b](javascript:x)" in document.text


def test_github_is_told_through_its_form_with_the_clause_of_its_policy() -> None:
    report = confirmed()
    repository = replace(
        REPOSITORY, host="github.com", clone_url="https://github.com/acme/task.git"
    )

    (document,) = Letter().render(
        [replace(report, finding=replace(report.finding, repository=repository))]
    )

    assert (
        "https://github.com/contact/report-content"
        "?content_url=https%3A%2F%2Fgithub.com%2Facme%2Ftask&report=acme+%28user%29"
    ) in document.text
    assert "Active Malware or Exploits" in document.text


def test_two_findings_of_one_repository_share_a_letter() -> None:
    first = confirmed()
    sighting = replace(SIGHTING, path="app/uv.lock")
    second = replace(first, finding=replace(first.finding, sighting=sighting))

    (document,) = Letter().render([first, second])

    assert "installs 2 malicious files" in document.text
    assert document.text.count("pins `zz_ghost_one-1.0-py3-none-any.whl`") == 2
