"""Writes the folder of a report, or brings one up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler import __version__
from workers.reports.compose import compose, formats_of
from workers.reports.folder import ReportFolder
from workers.reports.plan import plan_report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crawler.model import Report
    from crawler.reporting import Edition
    from crawler.reporting.correction import EarlierLetters
    from workers.reports.compose import Contents
    from workers.reports.plan import ReportPlan

__all__ = ["Written", "write_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was done to a folder."""

    contents: Contents
    plan: ReportPlan
    strangers: int
    """Files in it that no manifest speaks of."""


def write_report(
    reports: Sequence[Report],
    output: Path,
    formats: Sequence[str],
    edition: Edition,
    sent: Sequence[EarlierLetters] = (),
) -> Written:
    """Bring the folder `output` up to date with all findings, closed ones as well.

    No `formats` stand for the defaults, and for those of which the folder has files.
    `sent` are letters that a person has noted as sent and that may need a correction.

    Raises ConfigurationError where it cannot be written, or another report is being written there.
    """
    selection = "" if edition.selection is None else edition.selection.name
    with ReportFolder.open(output, selection) as folder:
        strangers = folder.strangers()
        known = folder.records()
        contents = compose(reports, formats_of(formats, known), edition, known, sent)
        plan = plan_report(contents, known, folder.digest_of, edition.at, __version__)
        folder.apply(plan)
    return Written(contents=contents, plan=plan, strangers=strangers)
