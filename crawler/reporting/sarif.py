"""SARIF 2.1.0 for `scan`, so that code scanning shows findings at their line (OASIS, 2020).

A rule is a tier (docs/architecture.md, "Identity"); the level follows from the confidence. The
fingerprint of a result is made of what is pinned and in which lock, never of a commit, a line or the
folder of a checkout: the same ghost is the same alert in the next run and on another machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

from crawler import __version__
from crawler.model import Confidence, Tier
from crawler.reporting.text import defang_all, plain

if TYPE_CHECKING:
    from crawler.model import Report

__all__ = ["MOST_RESULTS", "fingerprint", "sarif_log"]

MOST_RESULTS = 5_000
"""Of one run, as GitHub's code scanning shows them."""
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_DOCS = "https://github.com/ghostcrawl/ghostcrawl/blob/main/docs/findings.md"
_RULES: Mapping[Tier, tuple[str, str, str]] = {
    Tier.A: ("GC001", "malicious-file", "The lock pins a file that is malicious, by its digest."),
    Tier.B: ("GC002", "malicious-release", "The lock pins a release that advisories list."),
    Tier.C: ("GC003", "accused-name", "The lock pins a package whose name a record accuses."),
    Tier.T: ("GC004", "tampered-lock", "An entry of the lock is not as its tool writes it."),
    Tier.U: ("GC005", "unlisted-file", "The lock pins a file that the index no longer lists."),
    Tier.N: ("GC006", "orphan-entry", "Nothing requires an entry of the lock."),
}
_Json = dict[str, object]


def sarif_log(
    reports: Iterable[Report],
    not_looked_at: Iterable[str],
    *,
    ignored: Mapping[str, str] | None = None,
    baseline: Collection[str] | None = None,
) -> Mapping[str, object]:
    """Return a log with one run, made of JSON's own types.

    `ignored` says of the keys of findings for which reason they are; they stay in the log, suppressed.
    With the fingerprints of a `baseline`, each result says whether it is new.

    `not_looked_at` are sentences, one for each reason; they become notifications of the run, and so do
    results beyond MOST_RESULTS: the surest come first, and none is left out without being counted.
    """
    ordered = sorted(reports, key=lambda one: -one.finding.match.confidence.rank)
    notes = [_note(plain(one)) for one in not_looked_at]
    if len(ordered) > MOST_RESULTS:
        rest = len(ordered) - MOST_RESULTS
        notes.append(_note(f"{rest} more findings are left out; --format jsonl has all"))
    run: _Json = {
        "tool": {"driver": _driver()},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(report) | _standing(report, ignored or {}, baseline)
            for report in ordered[:MOST_RESULTS]
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver() -> _Json:
    return {
        "name": "ghostcrawl",
        "semanticVersion": __version__,
        "informationUri": "https://github.com/ghostcrawl/ghostcrawl",
        "rules": [
            {
                "id": rule,
                "name": name,
                "shortDescription": {"text": text},
                "helpUri": _DOCS,
                "properties": {"tags": ["security", "supply-chain", "malware"]},
            }
            for rule, name, text in _RULES.values()
        ],
    }


def _result(report: Report) -> _Json:
    finding = report.finding
    match, tiers = finding.match, list(_RULES)
    region = {}
    if match.pin.lines is not None:
        lines = match.pin.lines
        region = {"region": {"startLine": lines.first, "endLine": lines.last}}
    place = {"uri": _uri(finding.sighting.path), "uriBaseId": "%SRCROOT%"}
    return {
        "ruleId": _RULES[match.tier][0],
        "ruleIndex": tiers.index(match.tier),
        "level": _level(match.confidence),
        "message": {"text": _message(report)},
        "locations": [{"physicalLocation": {"artifactLocation": place, **region}}],
        "partialFingerprints": {"ghostcrawl/v1": fingerprint(report)},
        "properties": {
            "security-severity": _severity(match.confidence),
            "confidence": match.confidence.value,
            "reasons": [reason.code for reason in match.reasons],
        },
    }


def _standing(
    report: Report, ignored: Mapping[str, str], baseline: Collection[str] | None
) -> _Json:
    """Return what a company has decided about a result before."""
    said: _Json = {}
    if (reason := ignored.get(report.finding.key)) is not None:
        said["suppressions"] = [{"kind": "external", "justification": plain(reason)}]
    if baseline is not None:
        said["baselineState"] = "unchanged" if fingerprint(report) in baseline else "new"
    return said


def _message(report: Report) -> str:
    match = report.finding.match
    name, version = match.release
    what = " ".join(part for part in (name, version) if part) or "a file without a name"
    why = "; ".join(reason.text for reason in match.reasons)
    records = match.verdict.sources if match.verdict is not None else ()
    named = ", ".join(dict.fromkeys(source.record_id for source in records[:3]))
    by = f" Listed by {named}." if named else ""
    return plain(defang_all(f"{match.confidence.value}: {what}: {why}.{by}"))


def _level(confidence: Confidence) -> str:
    match confidence:
        case Confidence.CONFIRMED | Confidence.LIKELY:
            return "error"
        case Confidence.POSSIBLE:
            return "warning"
        case Confidence.CENSUS:
            return "note"
        case _:
            assert_never(confidence)


def _severity(confidence: Confidence) -> str:
    """Return a number of 0 to 10 as text: GitHub calls 9 and more critical, 7 high, 4 medium."""
    match confidence:
        case Confidence.CONFIRMED:
            return "9.8"
        case Confidence.LIKELY:
            return "8.0"
        case Confidence.POSSIBLE:
            return "5.0"
        case Confidence.CENSUS:
            return "2.0"
        case _:
            assert_never(confidence)


def fingerprint(report: Report) -> str:
    """Return what stays the same of a finding in the next run and on another machine, as 64 hex digits."""
    finding = report.finding
    pin = finding.match.pin
    parts: Sequence[str | None] = (
        finding.sighting.path,
        finding.match.tier.value,
        pin.ecosystem.value,
        *finding.match.release,
        pin.filename,
        *sorted(str(digest) for digest in pin.digests),
    )
    text = "\0".join(part or "" for part in parts)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _uri(path: str) -> str:
    """Return a path as a relative reference: RFC 3986; undecodable bytes as they are in the tree."""
    relative = path.lstrip("/")
    return quote(relative.encode(errors="surrogateescape"), safe="/")


def _note(text: str) -> _Json:
    return {"level": "warning", "message": {"text": text}}
