"""What is served comes before what is sure, that before lures and what looks like them, and that before what is young."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from crawler.model import CaseClass, Confidence, Liveness, Report
from tests.unit.reporting.letters import confirmed
from tests.values import NOW, URL
from workers.ledger.case_facts import CaseFacts
from workers.ledger.case_urgency import urgency_of


def report(
    status: int | None, confidence: Confidence = Confidence.CONFIRMED, made: str | None = None
) -> Report:
    one = confirmed()
    assert one.evidence is not None
    check = Liveness(
        method="HEAD",
        url=URL,
        status=status,
        content_length=None,
        checked_at=NOW - timedelta(days=30),
    )
    finding = replace(
        one.finding,
        match=replace(one.finding.match, confidence=confidence),
        repository=replace(one.finding.repository, created_at=made),
    )
    return replace(one, finding=finding, evidence=replace(one.evidence, liveness=check))


def urgency(case_class: CaseClass | None, *reports: Report) -> int:
    return urgency_of(CaseFacts(holding=reports), case_class)


def test_cases_come_in_the_order_that_a_person_needs() -> None:
    likely, lure = Confidence.LIKELY, CaseClass.LURE

    in_order = [
        urgency(lure, report(200, made="2026-11-02T00:00:00Z")),
        urgency(lure, report(200, made="2026-11-01")),
        urgency(lure, report(200, made="long ago")),
        urgency(None, report(200, made="2026-11-02T00:00:00Z")),
        urgency(lure, report(200, likely, "2026-11-02T00:00:00Z")),
        urgency(lure, report(None, made="2026-11-02T00:00:00Z")),
        urgency(lure, report(404, made="2026-11-02T00:00:00Z")),
        urgency(lure),
    ]

    assert all(sooner > later for sooner, later in pairwise(in_order))
    assert in_order[-1] == 0


def test_of_what_is_unclear_that_which_looks_most_like_a_lure_comes_first() -> None:
    holding = CaseFacts(holding=(report(200),))
    order = [
        urgency_of(holding, CaseClass.LURE, 100),
        *(
            urgency_of(holding, CaseClass.UNCLEAR, lean)
            for lean in (500, 90, 40, 19, 1, 0, -1, -60, -300)
        ),
        urgency_of(holding, CaseClass.VICTIM, 90),
    ]

    assert all(sooner > later for sooner, later in pairwise(order))
    assert order[0] < 2**31, "it is a column of 32 bits"


def test_a_case_is_as_urgent_as_its_most_urgent_findings() -> None:
    served, absent = report(200, Confidence.LIKELY), report(404)

    assert urgency(None, served, absent) == urgency(None, report(200))


def test_a_repository_that_claims_any_date_breaks_no_order() -> None:
    old, far = (
        report(200, made="0001-01-01T00:00:00+14:00"),
        report(200, made="9999-12-31T23:59:59Z"),
    )

    assert urgency(None, old) == urgency(None, report(200))
    assert urgency(None, far) < urgency(CaseClass.LURE, report(200))
