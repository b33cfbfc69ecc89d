"""What documents are written of: the findings with their classes, and what was told of them before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from crawler.model import Confidence
from crawler.reporting.correction import is_amiss
from workers.ledger import case_reports, cases, findings
from workers.steps.classes import with_classes

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import ProjectKey, Report
    from crawler.reporting.correction import EarlierLetters
    from crawler.reporting.interface import Edition
    from workers.ledger.case_reports import ReportSent

__all__ = ["Drafts", "drafts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """Everything that a report is written of."""

    reports: tuple[Report, ...]
    """All findings, closed ones as well."""
    edition: Edition
    """With what is not told again, and the ids of the cases."""
    told: tuple[ReportSent, ...]
    to_correct: tuple[EarlierLetters, ...]
    """What was told, in whatever folder its text lies, and has to be corrected."""


def drafts(conn: Connection, edition: Edition, protected: Collection[ProjectKey]) -> Drafts:
    """Return what a report of `edition` is written of."""
    known = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
    reports = with_classes(
        conn, known, edition.at, protected=protected, set_by=cases.class_set_by(conn)
    )
    told = case_reports.told(conn)
    by_key = {report.finding.key: report for report in reports}
    amiss = partial(is_amiss, reports=by_key, at=edition.at)
    return Drafts(
        reports=tuple(reports),
        edition=replace(
            edition,
            told=case_reports.not_again(conn, told),
            case_ids={one.number: one.key for one in cases.all_cases(conn)},
        ),
        told=told,
        to_correct=case_reports.to_correct(told, amiss),
    )
