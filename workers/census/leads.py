"""Leads: what the index took away, nobody has named, and several young repositories pin (pure).

A question to the index's security people, who can look at the file, and never a letter: that something is gone
or locked away accuses nobody. So no finding, no report and no repository changes by a lead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.errors import Malformed
from crawler.fields import instant
from crawler.model import ProjectKey, Report, VerdictState

if TYPE_CHECKING:
    from crawler.model import Repository

__all__ = ["YOUNG", "Lead", "leads_of"]

YOUNG = timedelta(days=90)
"""A repository is young where its host says that it was created at most so long before its pin was found."""
_TAKEN = frozenset({VerdictState.REMOVED, VerdictState.QUARANTINED})
"""What an owner removed is that owner's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One release that the index took away, and who pins it."""

    project: ProjectKey
    version: str | None
    state: VerdictState
    repositories: int
    young: int
    """Of these, the young ones that are no forks, which have their pins from elsewhere."""
    owners: int
    """Of the young ones: many repositories of one owner are one hand."""
    undated: int
    """Repositories of which nobody states when they were created."""
    first_seen: datetime


def leads_of(
    reports: Iterable[Report], named: Collection[ProjectKey], least: int
) -> tuple[Lead, ...]:
    """Return the leads in open `reports` that at least `least` owners of young repositories pin.

    What is about a project that was ever `named` is none, be it taken back since. Most owners come first.
    """
    by_release: defaultdict[tuple[ProjectKey, str | None], list[Report]] = defaultdict(list)
    for report in reports:
        verdict = report.finding.match.verdict
        if verdict is None or verdict.state not in _TAKEN or verdict.subject.project in named:
            continue
        by_release[verdict.subject.project, report.finding.match.release[1]].append(report)
    found = (_lead(project, version, of_it) for (project, version), of_it in by_release.items())
    enough = [one for one in found if one.owners >= least]
    return tuple(sorted(enough, key=_rank))


def _rank(one: Lead) -> tuple[object, ...]:
    return -one.owners, -one.young, -one.repositories, one.project, one.version or ""


def _lead(project: ProjectKey, version: str | None, reports: Iterable[Report]) -> Lead:
    first: dict[tuple[str, str], Report] = {}
    for report in sorted(reports, key=lambda one: one.first_seen):
        where = report.finding.repository
        first.setdefault((where.host, where.path), report)
    ages = {place: _age(report) for place, report in first.items()}
    young = {
        place
        for place, age in ages.items()
        if age is not None and age <= YOUNG and first[place].finding.repository.fork_of is None
    }
    states = {
        one.finding.match.verdict.state for one in first.values() if one.finding.match.verdict
    }
    locked = VerdictState.QUARANTINED in states
    return Lead(
        project=project,
        version=version,
        state=VerdictState.QUARANTINED if locked else VerdictState.REMOVED,
        repositories=len(first),
        young=len(young),
        owners=len({(host, path.rpartition("/")[0]) for host, path in young}),
        undated=sum(age is None for age in ages.values()),
        first_seen=min(report.first_seen for report in first.values()),
    )


def _age(report: Report) -> timedelta | None:
    """Return how old a repository was when its pin was found; None where its host does not say."""
    created = _created(report.finding.repository)
    return None if created is None or created > report.first_seen else report.first_seen - created


def _created(where: Repository) -> datetime | None:
    try:
        return None if where.created_at is None else instant(where.created_at, "created_at")
    except Malformed:
        return None
