"""`ghostcrawl.finding/v1`: JSON Lines, the stable contract and the source of all other exports.

The JSON Schema lies beside this file (`finding-v1.schema.json`). URLs are not defanged here: machines
compare them.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING

from packageurl import PackageURL

from crawler import __version__
from crawler.model import RULES, Algorithm, Confidence, Tier, digest_in_path
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.text import defang, web_link, without_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from crawler.model import Evidence, Finding, Match, Report

__all__ = ["JsonLines", "finding_json", "purl"]

_SCORES = {
    Confidence.CONFIRMED: 100,
    Confidence.LIKELY: 70,
    Confidence.POSSIBLE: 30,
    Confidence.CENSUS: 0,
}
_Json = dict[str, object]


def finding_json(report: Report) -> Mapping[str, object]:
    """Return a finding as `finding-v1.schema.json` describes it, made of JSON's own types."""
    return _finding(report)


class JsonLines:
    """One line per finding, in the order of the reports."""

    def render(self, reports: Sequence[Report]) -> Iterable[ExportFile]:
        """Return one document with all findings, whatever their confidence and status."""
        lines = (json.dumps(_finding(report), sort_keys=True) for report in reports)
        yield ExportFile(
            name="findings.jsonl",
            text="".join(f"{line}\n" for line in lines),
            kind=DocumentKind.FINDINGS,
            findings=tuple(report.finding.key for report in reports),
        )


def _finding(report: Report) -> _Json:
    finding = report.finding
    return {
        "schema": "ghostcrawl.finding/v1",
        "id": finding.key,
        "first_seen": _utc(report.first_seen),
        "last_seen": _utc(report.last_seen),
        "repo": _repo(finding),
        "lock": _lock(finding, report.evidence),
        "artifact": _artifact(finding, report.evidence),
        "ghost": _ghost(finding),
        "verdict": {
            "level": finding.match.confidence.value,
            "tier": finding.match.tier.value,
            "score": _SCORES[finding.match.confidence],
            "reasons": [{"code": r.code, "text": r.text} for r in finding.match.reasons],
            "rules": RULES,
        },
        "triage": _triage(report),
        "provenance": {
            "tool": "ghostcrawl",
            "version": __version__,
            "run_id": report.run_id,
            "feed_snapshot": None
            if finding.match.verdict is None
            else _utc(finding.match.verdict.since),
            "collected_at": None if report.evidence is None else _utc(report.evidence.collected_at),
        },
    }


def _triage(report: Report) -> _Json:
    reason = report.status_reason
    return {
        "state": report.status.value,
        "reason": None if reason is None else {"code": reason.code, "text": reason.text},
        "at": None if report.status_at is None else _utc(report.status_at),
        "questions": [{"code": q.code, "text": q.text} for q in report.finding.questions],
    }


def _repo(finding: Finding) -> _Json:
    repository = finding.repository
    return {
        "host": repository.host,
        "url": repository.clone_url.removesuffix(".git"),
        "full_name": repository.path,
        "repo_id": repository.native_id,
        "created_at": repository.created_at,
        "pushed_at": repository.pushed_at,
        "fork_of": repository.fork_of,
        "private": bool(repository.private),
        "owner": {"login": repository.path.split("/", 1)[0]},
    }


def _lock(finding: Finding, evidence: Evidence | None) -> _Json:
    lines = finding.match.pin.lines
    return {
        "path": finding.sighting.path,
        "kind": finding.format,
        "ref": finding.sighting.ref,
        "commit": finding.sighting.commit,
        "blob": finding.sighting.oid,
        "sha256": None if evidence is None else evidence.lock_sha256,
        "size": None if evidence is None else evidence.lock_size,
        "line_start": None if lines is None else lines.first,
        "line_end": None if lines is None else lines.last,
        "permalink": None if evidence is None else web_link(evidence.permalink),
        "snippet": None if evidence is None else evidence.excerpt,
        "still_at_head": None if evidence is None else evidence.still_at_head,
        **_introduced(evidence),
    }


def _introduced(evidence: Evidence | None) -> _Json:
    history = None if evidence is None else evidence.history
    at = None if history is None else history.entered_at
    return {
        "introduced_commit": None if history is None else history.entered_commit,
        "introduced_at": None if at is None else _utc(at),
    }


def _artifact(finding: Finding, evidence: Evidence | None) -> _Json:
    pin = finding.match.pin
    check = None if evidence is None else evidence.liveness
    return {
        "purl": purl(finding.match),
        "filename": pin.filename,
        "url": pin.url,
        "url_defanged": None if pin.url is None else defang(pin.url),
        "blake2b_256": _digest(finding, Algorithm.BLAKE2B_256),
        "sha256": _digest(finding, Algorithm.SHA256),
        "url_check": None
        if check is None
        else {
            "method": check.method,
            "at": _utc(check.checked_at),
            "status": check.status,
            "content_length": check.content_length,
            "why": check.why,
        },
        "inspector_url": None if evidence is None else evidence.viewer_url,
    }


def _ghost(finding: Finding) -> _Json:
    verdict = finding.match.verdict
    if verdict is None:
        return {
            "class": "tampered" if finding.match.tier is Tier.T else "orphan",
            "project_status": "unknown",
            "observed_at": None,
            "advisories": [],
        }
    return {
        "class": verdict.state.value,
        "project_status": verdict.index_state.value,
        "observed_at": _utc(verdict.since),
        "advisories": [
            {
                "feed": without_folders(s.feed),
                "id": without_folders(s.record_id),
                "found_by": without_folders(s.root_source),
                "reference": web_link(s.reference),
            }
            for s in verdict.sources
        ],
    }


def purl(match: Match) -> str | None:
    """Return the package URL of what is accused, or None where it has no name.

    Of a registry that is not the public one it has the address that the lock states.
    """
    stated, version = match.release
    namespace, _, name = (stated or "").strip("/").rpartition("/")
    if not name:
        return None
    verdict, pin = match.verdict, match.pin
    further = "" if verdict is None else verdict.subject.project.registry
    place = further and (pin.origin.location or pin.url or further)
    return PackageURL(
        type=match.pin.ecosystem.value,
        namespace=_encodable(namespace) or None,
        name=_encodable(name),
        version=None if version is None else _encodable(version),
        qualifiers={"repository_url": _encodable(place)} if place else None,
    ).to_string()


def _encodable(text: str) -> str:
    """Return `text` without the halves of characters that JSON can spell and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _digest(finding: Finding, algorithm: Algorithm) -> str | None:
    """Return the digest of the pinned file: as the lock states it, else as its URL carries it."""
    pin = finding.match.pin
    stated = next((d.hex for d in pin.digests if d.algorithm is algorithm), None)
    if stated is None and algorithm is Algorithm.BLAKE2B_256 and pin.url is not None:
        in_path = digest_in_path(pin.url.split("?")[0].split("#")[0])
        return None if in_path is None else in_path.hex
    return stated


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
