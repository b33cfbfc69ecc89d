"""When a group of findings was seen, and what was seen: for exports that machines import."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.reporting.jsonl import purl
from crawler.reporting.letter_facts import lines_phrase
from crawler.reporting.text import plain, utc, web_link, without_folders

if TYPE_CHECKING:
    from crawler.model import Report

__all__ = ["first_seen", "last_looked_at", "observation"]


def first_seen(group: Iterable[Report]) -> datetime:
    """Return when the first of `group`, which is not empty, was found (UTC)."""
    return min(report.first_seen for report in group)


def last_looked_at(group: Iterable[Report]) -> datetime:
    """Return when one of `group`, which is not empty, was last verified or else seen (UTC)."""
    return max(_looked_at(report) for report in group)


def _looked_at(report: Report) -> datetime:
    evidence = report.evidence
    verified = None if evidence is None else evidence.verified_at
    return max(report.first_seen, verified or report.last_seen)


def observation(report: Report) -> str:
    """Return one line on what a finding saw, with its times; it does not depend on when it is written."""
    finding, evidence = report.finding, report.evidence
    verdict, place = finding.match.verdict, finding.sighting
    what = purl(finding.match) or finding.match.pin.filename or "a malicious file"
    lines = "" if evidence is None else lines_phrase(evidence.lines).rstrip(",")
    said = f"{place.path}{lines} at commit {place.commit} pins {what}"
    if verdict is not None:
        records = dict.fromkeys(without_folders(source.record_id) for source in verdict.sources)
        said += f", listed as malicious since {utc(verdict.since)} by {', '.join(records)}"
    said += f"; last looked at {utc(_looked_at(report))}"
    link = None if evidence is None else web_link(evidence.permalink)
    return plain(said if link is None else f"{said}: {link}")
