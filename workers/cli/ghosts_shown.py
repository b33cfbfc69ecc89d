"""How verdicts and assertions look: lines for people, objects for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.model import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.model import Assertion, Verdict

__all__ = ["assertion_json", "marker_lines", "sources_of", "verdict_json", "verdict_lines"]


_MARKED = {
    Claim.ARCHIVED: "the index expects no more releases of it",
    Claim.DEPRECATED: "its owners call it obsolete",
}


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """Yield what there is to say of a verdict, its subject first."""
    yield f"{verdict.subject}: {verdict.state.value} since {verdict.since.isoformat()}"
    yield f"  the index now: {verdict.index_state.value}"
    yield from (f"  {reason.code}: {reason.text}" for reason in verdict.reasons)
    for source in verdict.sources:
        where = f", {source.reference}" if source.reference else ""
        yield f"  said by {source.feed} {source.record_id} (found by {source.root_source}){where}"
    for one in verdict.support:
        who = " and ".join(one.roots) or "nobody any more"
        yield f"  {one.digest}: stated by {who}{' alone' if len(one.roots) == 1 else ''}"


def marker_lines(said: Iterable[Assertion]) -> Iterator[str]:
    """Yield how the index marks the project (PEP 792), which says nothing against it."""
    for one in said:
        if one.claim in _MARKED and one.retracted_at is None:
            since = one.valid_from.isoformat()
            yield f"{one.subject}: {one.claim.value} since {since}, says {one.feed}: {_MARKED[one.claim]}"


def sources_of(verdict: Verdict) -> str:
    """Return the ids of the records behind a verdict, each once; a mere number with its feed."""
    return ", ".join(
        dict.fromkeys(
            f"{s.feed} {s.record_id}" if s.record_id.isdigit() else s.record_id
            for s in verdict.sources
        )
    )


def verdict_json(verdict: Verdict) -> Mapping[str, Any]:
    """Return a verdict as the JSON object of `ghosts list`, `show` and `explain`."""
    subject = verdict.subject
    return {
        "ecosystem": subject.project.ecosystem.value,
        "registry": subject.project.registry or None,
        "name": subject.project.name,
        "version": subject.version,
        "file": None if subject.file is None else subject.file.filename,
        "digests": [] if subject.file is None else [str(d) for d in subject.file.digests],
        "level": subject.level.value,
        "state": verdict.state.value,
        "since": verdict.since.isoformat(),
        "index_state": verdict.index_state.value,
        "explicit": verdict.explicit,
        "reasons": [{"code": r.code, "text": r.text} for r in verdict.reasons],
        "support": [
            {
                "digest": str(one.digest),
                "stated_by": list(one.roots),
                "doubts": [doubt.value for doubt in one.doubts],
            }
            for one in verdict.support
        ],
        "sources": [
            {"feed": s.feed, "id": s.record_id, "found_by": s.root_source, "reference": s.reference}
            for s in verdict.sources
        ],
    }


def assertion_json(said: Assertion) -> Mapping[str, Any]:
    """Return an assertion as the JSON object of `ghosts show` and `explain`."""
    return {
        "feed": said.feed,
        "record_id": said.record_id,
        "subject": str(said.subject),
        "claim": said.claim.value,
        "valid_from": said.valid_from.isoformat(),
        "observed_at": said.observed_at.isoformat(),
        "found_by": said.root_source,
        "retracted_at": None if said.retracted_at is None else said.retracted_at.isoformat(),
    }
