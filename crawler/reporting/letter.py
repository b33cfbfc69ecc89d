"""The takedown letter: one page of Markdown per repository, facts first.

Only confirmed findings of a malicious verdict are ever in a letter; possible and census ones never
are. A person reads it, and a person sends it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from crawler.model import Confidence, State
from crawler.reporting.channels import channel_of
from crawler.reporting.interface import Document
from crawler.reporting.text import code_span, defang

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from crawler.model import Evidence, LineSpan, Report, Repository, Verdict

__all__ = ["Letter"]

_MOST_LINKS = 3
_MOST_FACTS = 10


class Letter:
    """One letter per repository."""

    format = "letter"

    def render(self, reports: Sequence[Report]) -> Iterable[Document]:
        """Return the letters, sorted by host and repository; no confirmed finding, no letter."""
        by_repository: dict[tuple[str, str], list[Report]] = defaultdict(list)
        for report in reports:
            if _may_accuse(report):
                repository = report.finding.repository
                by_repository[repository.host, repository.path].append(report)
        for (host, path), group in sorted(by_repository.items()):
            yield Document(name=f"{_file_name(host, path)}.md", text=_letter(group))


def _may_accuse(report: Report) -> bool:
    """Say whether both proofs are there: the pin, verified, and a malicious verdict that still holds."""
    finding = report.finding
    verdict = finding.match.verdict
    return (
        report.status.is_open
        and finding.match.confidence is Confidence.CONFIRMED
        and verdict is not None
        and verdict.state is State.MALICIOUS
        and report.evidence is not None
        and report.evidence.still_at_head is True
    )


def _letter(reports: Sequence[Report]) -> str:
    repository = reports[0].finding.repository
    channel = channel_of(repository)
    case = reports[0].finding.key[:12]
    blocks = (
        f"# Malware report: {code_span(f'{repository.host}/{repository.path}')}",
        f"To: {channel.how}\nCase: {case}",
        (
            f"The repository {code_span(repository.clone_url)} installs "
            f"{_count(len(reports), 'malicious file')} that the package index has removed. "
            f"It breaks {channel.clause}."
        ),
        (
            "**How it works.** A lock file stores the URL of each package file. The index removed the "
            "package, its file host still serves the file, and everyone who installs from this lock runs it."
        ),
        "**Look for yourself**\n\n" + "\n".join(_links(reports)),
        "**Facts (UTC)**\n\n" + "\n".join(_facts(reports, repository)),
        (
            "**Not claimed.** Who wrote the lock, and whether its author knew. The malicious files were "
            "not downloaded; that they are malicious is the statement of the advisories named above."
        ),
        (
            "**Asked.** Please review the repository and take it down, or have the pinned files removed "
            "from its lock in every branch."
        ),
        "Contact: reply to the sender of this report and name the case.",
    )
    return "\n\n".join(blocks) + "\n"


def _links(reports: Sequence[Report]) -> Iterable[str]:
    for report in reports[:_MOST_LINKS]:
        evidence = _evidence(report)
        if evidence.permalink is not None:
            yield f"- the pinned lines: <{evidence.permalink}>"
    viewer = next((u for r in reports if (u := _evidence(r).viewer_url) is not None), None)
    if viewer is not None:
        yield f"- what is inside the file, shown safely by the index's own viewer: <{viewer}>"


def _facts(reports: Sequence[Report], repository: Repository) -> Iterable[str]:
    if repository.created_at is not None:
        yield f"- The repository was created at {code_span(repository.created_at)}."
    for report in reports[:_MOST_FACTS]:
        yield from _facts_of(report)
    if len(reports) > _MOST_FACTS:
        yield f"- {len(reports) - _MOST_FACTS} more findings are in the attached `findings.jsonl`."


def _facts_of(report: Report) -> Iterable[str]:
    finding, evidence = report.finding, _evidence(report)
    pin, sighting = finding.match.pin, finding.sighting
    yield (
        f"- {code_span(sighting.path)}{_lines(evidence.lines)} at commit "
        f"{code_span(sighting.commit)} pins {code_span(pin.filename or pin.name or 'a file')} from "
        f"{code_span(defang(pin.url or str(pin.origin)))} ({finding.match.reasons[0].text})."
    )
    for digest in pin.digests:
        yield f"  - {digest.algorithm.value}: {code_span(digest.hex)}"
    if finding.match.verdict is not None:
        yield f"  - {_sources(finding.match.verdict)}"
    yield f"  - {_liveness(evidence)}"


def _lines(lines: LineSpan | None) -> str:
    if lines is None:
        return ""
    if lines.first == lines.last:
        return f", line {lines.first},"
    return f", lines {lines.first}-{lines.last},"


def _sources(verdict: Verdict) -> str:
    named = ", ".join(
        code_span(f"{s.record_id} (found by {s.root_source})")
        for s in verdict.sources[:_MOST_LINKS]
    )
    return f"Malicious since {_utc(verdict.since)} according to {named}."


def _liveness(evidence: Evidence) -> str:
    check = evidence.liveness
    if check is None or check.status is None:
        return "Whether the file is still served was not checked."
    return (
        f"The file host answered {check.status} to a HEAD request at {_utc(check.checked_at)}; "
        "the file itself was not fetched."
    )


def _evidence(report: Report) -> Evidence:
    if report.evidence is None:
        msg = "a letter needs evidence; run verify first"
        raise ValueError(msg)
    return report.evidence


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _file_name(host: str, path: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", f"takedown-{host}-{path}")[:150].strip(".")


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
