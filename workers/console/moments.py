"""What happened to the pins of a case, and when, by whom it is told: the index, the feeds, the repository, ourselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.fields import stated_instant
from crawler.model import CaseEvent, Claim, Subject
from crawler.verdicts.project_past import ProjectPast, past_of
from workers.ledger import current_assertions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Report
    from workers.ledger.case_log import CaseLine

__all__ = ["Lane", "Moment", "moments_of"]

_TOLD = {
    CaseEvent.REPORTED: "reported",
    CaseEvent.ACKNOWLEDGED: "acknowledged",
    CaseEvent.REFUSED: "refused",
    CaseEvent.REMOVED: "removal told",
    CaseEvent.GONE: "seen to be gone",
    CaseEvent.REGRESSED: "pinned again",
}


class Lane(StrEnum):
    """Where something happened."""

    INDEX = "index"
    REPOSITORY = "repository"
    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened."""

    at: datetime
    """UTC."""
    lane: Lane
    what: str
    """In two or three words."""
    about: str
    """A release, a lock, a host."""
    said_by: str


def moments_of(
    conn: Connection, reports: Iterable[Report], log: Iterable[CaseLine], now: datetime
) -> tuple[Moment, ...]:
    """Return what is known of the history of a case at `now` (UTC), the oldest first; what nobody dates is missing."""
    given = list(reports)
    projects = {
        one.finding.match.verdict.subject.project for one in given if one.finding.match.verdict
    }
    pasts = {
        key: past_of(key, said, now)
        for key, said in current_assertions.of_projects(conn, sorted(projects))
    }
    found = {*_of_log(log)}
    for report in given:
        verdict = report.finding.match.verdict
        found.update(_of_repository(report))
        if verdict is not None:
            found.update(_of_index(report, pasts[verdict.subject.project]))
    found |= {*_looks(given)}
    return tuple(sorted(found, key=lambda one: (one.at, one.lane, one.what, one.about)))


def _of_index(report: Report, past: ProjectPast) -> Iterator[Moment]:
    match = report.finding.match
    verdict = match.verdict
    if verdict is None:
        return
    about, subject = _release(report), verdict.subject
    release = Subject(project=subject.project, version=subject.version)
    places = {subject, release, Subject(project=subject.project)}
    quarantines = [
        a.valid_from for place in places for a in past.statements.on(place, Claim.QUARANTINED)
    ]
    uploaded = past.uploaded(verdict, match.pin.filename)
    claimed = stated_instant(match.pin.uploaded_at) if uploaded is None else None
    for at, what, by in (
        (uploaded, "uploaded", "index"),
        (claimed, "uploaded", "lock"),
        (min(map(past.statements.stated, quarantines), default=None), "quarantined", "index"),
        (past.removed(verdict), "removed", "index"),
        (verdict.since, f"called {verdict.state}", "feeds"),
    ):
        if at is not None:
            yield Moment(at=at, lane=Lane.INDEX, what=what, about=about, said_by=by)


def _of_repository(report: Report) -> Iterator[Moment]:
    finding, proof = report.finding, report.evidence
    history = None if proof is None else proof.history
    lock = finding.sighting.path
    for at, what, about, by in (
        (stated_instant(finding.repository.created_at), "created", finding.repository.path, "host"),
        (history.entered_at if history else None, "pin committed", lock, "author of the commit"),
        (history.left_at if history else None, "pin taken away", lock, "author of the commit"),
    ):
        if at is not None:
            yield Moment(at=at, lane=Lane.REPOSITORY, what=what, about=about, said_by=by)


def _looks(reports: Iterable[Report]) -> Iterator[Moment]:
    """Yield when each release was first found in each lock, and when that was last verified."""
    groups: dict[str, list[Report]] = defaultdict(list)
    for report in reports:
        groups[f"{_release(report)} in {report.finding.sighting.path}"].append(report)
    for about, group in groups.items():
        verified = [one.evidence.verified_at for one in group if one.evidence is not None]
        for at, what in (
            (min(one.first_seen for one in group), "found"),
            (max(filter(None, verified), default=None), "verified"),
        ):
            if at is not None:
                yield Moment(at=at, lane=Lane.CASE, what=what, about=about, said_by="ghostcrawl")


def _of_log(log: Iterable[CaseLine]) -> Iterator[Moment]:
    for line in log:
        if line.event in _TOLD:
            what, by = _TOLD[line.event], line.actor.value
            yield Moment(at=line.at, lane=Lane.CASE, what=what, about=line.reason.text, said_by=by)


def _release(report: Report) -> str:
    name, version = report.finding.match.release
    return f"{name or '?'}@{version or '?'}"
