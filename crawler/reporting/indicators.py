"""CSV of indicators, for blog posts and the import of MISP or a SIEM.

The columns are a superset of `type,indicator,context`, which lists of this field use. Machines compare
the values, so URLs are not defanged; a cell that a spreadsheet would run as a formula is quoted (OWASP,
"CSV Injection").
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from crawler.reporting.accusation import bar_of, names_malware
from crawler.reporting.accused_file import accused_file
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.jsonl import purl
from crawler.reporting.text import plain, utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crawler.model import Report
    from crawler.reporting.interface import Edition

__all__ = ["IndicatorTable"]

_COLUMNS = (
    "type",
    "indicator",
    "context",
    "first_seen",
    "last_seen",
    "confidence",
    "tlp",
    "finding",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class IndicatorTable:
    """The malicious files that confirmed findings pin, and the repositories that a letter accuses.

    A repository that no letter may accuse is no indicator: it may be a victim's.
    """

    def __init__(self, edition: Edition) -> None:
        """Write the indicators of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterable[ExportFile]:
        """Return one document; an indicator of several findings stands in it once."""
        told = [report for report in reports if names_malware(report)]
        rows: dict[tuple[str, str], tuple[str, ...]] = {}
        for report in told:
            for kind, indicator, context in self._of(report):
                rows.setdefault((kind, indicator), self._row(report, kind, indicator, context))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(row for _, row in sorted(rows.items()))
        yield ExportFile(
            name="indicators.csv",
            text=text.getvalue(),
            kind=DocumentKind.INDICATORS,
            findings=tuple(report.finding.key for report in told),
        )

    def _of(self, report: Report) -> Iterator[tuple[str, str, str]]:
        """Yield type, value and context of what a finding tells."""
        finding = report.finding
        file, package = accused_file(finding.match, self._edition.registries), purl(finding.match)
        about = f"malicious file of {package}" if package else "malicious file"
        for digest in file.digests:
            yield digest.algorithm.value, digest.hex, about
        if file.url:
            yield "url", file.url, about
        if file.filename:
            yield "filename", file.filename, about
        if package:
            yield "purl", package, "malicious package release"
        if bar_of(report, self._edition.at) is None:
            place = f"{finding.repository.host}/{finding.repository.path}"
            yield "repository", place, f"its lock {finding.sighting.path} pins {package or about}"

    def _row(self, report: Report, kind: str, indicator: str, context: str) -> tuple[str, ...]:
        finding = report.finding
        return (
            kind,
            _cell(indicator),
            _cell(context),
            utc(report.first_seen),
            utc(report.last_seen),
            finding.match.confidence.value,
            self._edition.tlp,
            finding.key,
        )


def _cell(text: str) -> str:
    """Return `text` on one line, so that no spreadsheet takes it for a formula."""
    shown = plain(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
