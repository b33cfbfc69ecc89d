"""How one finding looks to people: what is pinned where, why that is a finding, and what was checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.reporting.serving import serving_sentence
from crawler.reporting.text import defang, utc
from workers.cli.ghosts_shown import verdict_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model import Evidence, Report

__all__ = ["finding_lines"]


def finding_lines(report: Report) -> Iterator[str]:
    """Yield what there is to say of a finding, its id first; all of it is in the JSON, too."""
    finding = report.finding
    match, repository, lock = finding.match, finding.repository, finding.sighting
    name, version = match.release
    yield f"{finding.key}: {match.confidence.value}, tier {match.tier.value}, {report.status.value}"
    yield f"  repository: {repository.host}/{repository.path} ({repository.clone_url})"
    if repository.description:
        yield f"  describes itself: {repository.description}"
    lines = "" if match.pin.lines is None else f":{match.pin.lines.first}-{match.pin.lines.last}"
    yield f"  lock: {lock.path}{lines} at {lock.ref} {lock.commit}"
    yield f"  pins: {name or '?'} {version or '?'}"
    if match.pin.url:
        yield f"  from: {defang(match.pin.url)}"
    yield from (f"  digest: {digest}" for digest in match.pin.digests)
    yield from (f"  because: {reason.text} ({reason.code})" for reason in match.reasons)
    if match.verdict is not None:
        yield from (f"  {line}" for line in verdict_lines(match.verdict))
    yield f"  first seen {utc(report.first_seen)}, last seen {utc(report.last_seen)}"
    yield from _checked(report.evidence, report)


def _checked(evidence: Evidence | None, report: Report) -> Iterator[str]:
    if evidence is None:
        yield "  not verified yet; run `ghostcrawl verify`"
        return
    if evidence.permalink:
        yield f"  link: {evidence.permalink}"
    yield f"  {serving_sentence(evidence.liveness, report.last_seen)}"
    history = evidence.history
    if history is not None and history.entered_commit is not None:
        dated = (
            "" if history.entered_at is None else f", dated {utc(history.entered_at)} by its author"
        )
        yield f"  came with commit {history.entered_commit}{dated}"
