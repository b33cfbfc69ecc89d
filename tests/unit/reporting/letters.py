"""Findings that may stand in a letter, and the letters about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.matching import VerdictIndex, match, place
from crawler.model import (
    CaseClass,
    Classification,
    Evidence,
    LineSpan,
    Liveness,
    Reason,
    Report,
    Repository,
    Sighting,
    Source,
    Weight,
)
from crawler.reporting.interface import Edition, ExportFile
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

CONTACT = "abuse-research@operator.example"
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
HOSTILE = "a`b](javascript:x)\x1b]52;c;\n## forged\n\n<script>\N{RIGHT-TO-LEFT OVERRIDE}\udc80``"


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
        repository_number=17,
        classification=classified(CaseClass.LURE),
    )


def classified(case_class: CaseClass, *weights: Weight) -> Classification:
    return Classification(case_class=case_class, weights=weights, rules="1")


def letters(*reports: Report) -> list[ExportFile]:
    """Return the letters of an edition of the day on which everything was verified."""
    return list(Letter(Edition(at=NOW + timedelta(hours=1), contact=CONTACT)).render(reports))


def letter(*reports: Report) -> str:
    """Return the only letter."""
    (document,) = letters(*reports)
    return document.text


def found(report: Report, **changes: Any) -> Report:  # noqa: ANN401 - fields of any type
    """Return `report` with another finding."""
    return replace(report, finding=replace(report.finding, **changes))


def matched(report: Report, **changes: Any) -> Report:  # noqa: ANN401 - fields of any type
    """Return `report` with another match."""
    return found(report, match=replace(report.finding.match, **changes))


def answered(status: int | None, why: str = "", at: datetime = NOW) -> Report:
    """Return a finding whose file host has answered with `status`."""
    check = Liveness(
        method="HEAD", url=URL, status=status, content_length=None, checked_at=at, why=why
    )
    return replace(confirmed(), evidence=replace(EVIDENCE, liveness=check))


def hostile() -> Report:
    """Return a finding of which every field that a stranger writes is hostile."""
    report = confirmed()
    source = Source(
        feed=HOSTILE,
        record_id=HOSTILE,
        root_source=HOSTILE,
        reference=f"https://x.example/{HOSTILE}",
    )
    return replace(
        report,
        finding=replace(
            report.finding,
            repository=Repository(
                host=HOSTILE, path=HOSTILE, clone_url=f"https://{HOSTILE}", created_at=HOSTILE
            ),
            sighting=Sighting(ref=HOSTILE, commit=HOSTILE, path=HOSTILE, oid="2" * 40),
            match=replace(
                report.finding.match,
                pin=replace(
                    report.finding.match.pin,
                    name=HOSTILE,
                    version=HOSTILE,
                    filename=HOSTILE,
                    url=HOSTILE,
                ),
                reasons=(Reason(code="file-digest", text=HOSTILE),),
                verdict=replace(verdict(version=HOSTILE), sources=(source,)),
            ),
        ),
        evidence=replace(
            EVIDENCE,
            permalink=HOSTILE,
            viewer_url=HOSTILE,
            blob_oid=HOSTILE,
            excerpt=HOSTILE,
            liveness=Liveness(
                method="HEAD",
                url=HOSTILE,
                status=None,
                content_length=None,
                checked_at=NOW,
                why=HOSTILE,
            ),
        ),
    )
