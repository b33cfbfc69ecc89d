"""XARF v4 for abuse desks that work by machine: one content/malware report per accused repository.

Source: the schemas of xarf-spec 4.2.0. A report needs a sender who can be reached, so without the
operator's mail address there is none.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.model import Algorithm
from crawler.reporting.accusation import accused_repositories
from crawler.reporting.accused_file import accused_file
from crawler.reporting.file_names import addressed_of, file_stem
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.jsonl import finding_json, purl
from crawler.reporting.letter import case_id
from crawler.reporting.looked_at import last_looked_at, observation
from crawler.reporting.stable_ids import stable_id
from crawler.reporting.text import ascii_url, counted, plain, utc

if TYPE_CHECKING:
    from crawler.model import Report
    from crawler.reporting.interface import Edition

__all__ = ["XarfReports"]

_Json = dict[str, object]
_VERSION = "4.2.0"
_MOST_FINDINGS = 20
"""Each has two pieces of evidence, of at most 50."""
_LARGEST = 5 * 1024 * 1024
"""Bytes of one piece of evidence."""
_LONGEST = 450
"""Characters of a description of evidence, of at most 500."""
_DOMAIN = re.compile(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}")


class XarfReports:
    """One report per repository, in the order of host and path."""

    def __init__(self, edition: Edition) -> None:
        """Write the reports of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the reports of repositories that a letter may accuse; none without a mail address."""
        mail, organisation = self._edition.mail, self._edition.organisation
        if mail is None or organisation is None:
            return
        sender: _Json = {"org": organisation[:200], "contact": mail, "domain": organisation}
        for group in accused_repositories(reports, self._edition.at):
            addressed = addressed_of(group[0])
            yield ExportFile(
                name=f"{file_stem('xarf', addressed)}.json",
                text=json.dumps(self._report(group, sender), indent=2, sort_keys=True) + "\n",
                kind=DocumentKind.XARF_REPORT,
                findings=tuple(report.finding.key for report in group),
                repository=addressed,
            )

    def _report(self, group: Sequence[Report], sender: _Json) -> _Json:
        repository = group[0].finding.repository
        url = ascii_url(repository.clone_url.removesuffix(".git"))
        seen = utc(last_looked_at(group))
        host = _host(url) or plain(repository.host)
        return {
            "xarf_version": _VERSION,
            "report_id": str(
                stable_id(str(sender["domain"]), "xarf", repository.host, repository.path)
            ),
            "timestamp": seen,
            "reporter": sender,
            "sender": sender,
            "source_identifier": host,
            "category": "content",
            "type": "malware",
            "url": url,
            **({"domain": host} if _DOMAIN.fullmatch(host) else {}),
            "verified_at": seen,
            "verification_method": "automated_crawler",
            "evidence_source": "crawler",
            "malware_type": "other",
            "distribution_method": "supply_chain",
            "description": _description(group, self._edition),
            "evidence": list(_evidence(group[:_MOST_FINDINGS])),
            **self._file(group),
        }

    def _file(self, group: Sequence[Report]) -> _Json:
        """Return the first accused file whose SHA-256 is known; the evidence has all of them."""
        for report in group:
            file = accused_file(report.finding.match, self._edition.registries)
            for digest in file.digests:
                if digest.algorithm is Algorithm.SHA256:
                    named = {"filename": plain(file.filename or "")} if file.filename else {}
                    return {"file_hashes": {"sha256": digest.hex}, "file_metadata": named}
        return {}


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _description(group: Sequence[Report], edition: Edition) -> str:
    releases = {purl(report.finding.match) for report in group}
    left_out = len(group) - _MOST_FINDINGS
    more = f" {counted(left_out, 'more pin')} left out for length." if left_out > 0 else ""
    return (
        f"Lock files of this repository pin {counted(len(releases), 'package release')} that advisories "
        "list as malicious; an installer that follows a lock file installs what it pins. The files were not fetched. "
        f"Case {case_id(addressed_of(group[0]), edition)}.{more}"
    )


def _evidence(group: Sequence[Report]) -> Iterator[_Json]:
    for report in group:
        what = observation(report)[:_LONGEST]
        excerpt = "" if report.evidence is None else report.evidence.excerpt
        pieces = {
            "text/plain": excerpt.encode(errors="replace"),
            "application/json": json.dumps(finding_json(report), sort_keys=True).encode(),
        }
        for content_type, data in pieces.items():
            if 0 < len(data) <= _LARGEST:
                yield {
                    "content_type": content_type,
                    "description": what,
                    "payload": b64encode(data).decode(),
                    "hash": f"sha256:{sha256(data).hexdigest()}",
                    "size": len(data),
                }
