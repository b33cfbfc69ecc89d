"""Pins of ghosts as a whole: are their files still served, and how long did the pins outlive the removal?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from crawler.model import FindingStatus, ProjectKey, Report
from workers.census.shares import Share, Spread, share_of, spread_of
from workers.census.stories import ProjectStory

__all__ = ["Lifetimes", "StillServed", "is_counted", "lifetimes", "still_served"]

_NOT_GHOSTS = frozenset({FindingStatus.RETRACTED, FindingStatus.DISMISSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StillServed:
    """What the last HEAD of each file was answered; 2xx counts as served."""

    files: Share
    """Each file (its URL) once, by its latest answer."""
    findings: Share
    """Each finding; those of one file have one answer, so they are no independent draws."""
    not_asked: int
    """Findings of which no answer is known."""
    first: datetime | None
    last: datetime | None
    """UTC; when the answers were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long pins lived after the removal of what they pin; a pin that came later lives from its coming."""

    ended: Spread
    """Until the commit that took it away, or until a visit did not see it any more."""
    still_there: Spread
    """Until they were last seen: at least that long."""
    entered_later: int
    """Pins that came after the removal, among the measured ones."""
    left_earlier: int
    """Pins that were gone before the removal; not among the measured ones."""


def is_counted(report: Report) -> bool:
    """Say whether a finding is one of a ghost: not taken back, and nobody has dismissed it."""
    return report.status not in _NOT_GHOSTS


def still_served(reports: Iterable[Report]) -> StillServed:
    """Count the answers to the last HEAD of each finding in `reports`."""
    answers: dict[str, tuple[datetime, int]] = {}
    times, hits, not_asked = list[datetime](), 0, 0
    for report in reports:
        seen = None if report.evidence is None else report.evidence.liveness
        if seen is None or seen.status is None or seen.method != "HEAD":
            not_asked += 1
            continue
        hits += _is_served(seen.status)
        times.append(seen.checked_at)
        answers[seen.url] = max(
            answers.get(seen.url, (seen.checked_at, seen.status)), (seen.checked_at, seen.status)
        )
    served = sum(_is_served(status) for _, status in answers.values())
    return StillServed(
        files=share_of(served, len(answers)),
        findings=share_of(hits, len(times)),
        not_asked=not_asked,
        first=min(times, default=None),
        last=max(times, default=None),
    )


def _is_served(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def lifetimes(reports: Iterable[Report], stories: Iterable[ProjectStory]) -> Lifetimes:
    """Measure how long the pins in `reports` lived after the removals that `stories` tell."""
    removed = _removals(stories)
    ended, there = list[timedelta | None](), list[timedelta | None]()
    entered_later = left_earlier = 0
    for report in reports:
        spans = there if report.status.is_open else ended
        gone_at = _removal_of(report, removed)
        since, until = _since(report, gone_at), _until(report)
        if since is None or until is None or gone_at is None:
            spans.append(None)
        elif until < since:
            left_earlier += 1
        else:
            spans.append(until - since)
            entered_later += since > gone_at
    return Lifetimes(
        ended=spread_of(ended),
        still_there=spread_of(there),
        entered_later=entered_later,
        left_earlier=left_earlier,
    )


_Removals = Mapping[tuple[ProjectKey, str | None], datetime | None]


def _removals(stories: Iterable[ProjectStory]) -> _Removals:
    return {
        (story.project, release.version): None if release.came_again else release.removed
        for story in stories
        for release in story.releases
    }


def _removal_of(report: Report, removed: _Removals) -> datetime | None:
    verdict = report.finding.match.verdict
    if verdict is None:
        return None
    _, version = report.finding.match.release
    project = verdict.subject.project
    whole = removed.get((project, None))
    return removed.get((project, version), whole)


def _since(report: Report, gone_at: datetime | None) -> datetime | None:
    """Return when the removed thing began to be pinned; None where it may have come before or after."""
    if gone_at is None:
        return None
    history = None if report.evidence is None else report.evidence.history
    if history is not None and history.entered_at is not None:
        return max(gone_at, history.entered_at)
    return gone_at if report.first_seen <= gone_at else None


def _until(report: Report) -> datetime | None:
    history = None if report.evidence is None else report.evidence.history
    if report.status.is_open:
        return report.last_seen
    if history is not None and history.left_at is not None:
        return history.left_at
    return report.status_at
