"""Leads: what the index took away, nobody has named, and several young repositories pin (pure).

A question to the index's security people, who can look at the file, and never a letter: that something is gone
or locked away accuses nobody. So no finding, no report and no repository changes by a lead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.fields import stated_instant
from crawler.model import Ecosystem, ProjectKey, Report, VerdictState
from crawler.reporting.observation import Observation, ObservationKind
from crawler.reporting.text import counted, web_link

__all__ = ["YOUNG", "Lead", "leads_of"]

YOUNG = timedelta(days=90)
"""By default a repository is young where its host says that it was created at most so long before its pin was found."""
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
    young_at_most: timedelta
    """What counted as young."""
    view: str | None
    """A read-only view of a file of it on the viewer of its index, where a lock names one."""

    @property
    def observation(self) -> Observation | None:
        """Draft what the index may be told, as a question; None where it takes no observations.

        It names no repository: who pins something has done nothing.
        """
        if self.project.ecosystem is not Ecosystem.PYPI:
            return None
        what = "put into quarantine" if self.state is VerdictState.QUARANTINED else "removed"
        release = f"{self.project.name} {self.version or '(no version known)'}"
        text = (
            f"{release} was {what}, and no source of malicious packages that we read has named it. It is pinned by locks "
            f"in {counted(self.repositories, 'public repository', 'public repositories')}, first seen "
            f"{self.first_seen:%Y-%m-%d}. Created at most {self.young_at_most.days} days before: {self.young}, by "
            f"{counted(self.owners, 'owner')}. We have not looked into the file and do not say that it is malicious: "
            "please look at it."
        )
        return Observation.draft(ObservationKind.SOMETHING_ELSE, text, self.view)


def leads_of(
    reports: Iterable[Report],
    named: Collection[ProjectKey],
    least: int,
    young: timedelta = YOUNG,
) -> tuple[Lead, ...]:
    """Return the leads in open `reports` that at least `least` owners of young repositories pin.

    What is about a project that was ever `named` is none, be it taken back since; private repositories do not count,
    since nobody is told of them, nor does what another registry than the public one took away. Most owners come first.
    """
    by_release: defaultdict[tuple[ProjectKey, str | None], list[Report]] = defaultdict(list)
    for report in reports:
        verdict = report.finding.match.verdict
        if verdict is None or verdict.state not in _TAKEN or verdict.subject.project in named:
            continue
        if report.finding.repository.private or verdict.subject.project.registry:
            continue
        by_release[verdict.subject.project, report.finding.match.release[1]].append(report)
    found = (_lead(*release, of_it, young) for release, of_it in by_release.items())
    enough = [one for one in found if one.owners >= least]
    return tuple(sorted(enough, key=_rank))


def _rank(one: Lead) -> tuple[object, ...]:
    return -one.owners, -one.young, -one.repositories, one.project, one.version or ""


def _lead(
    project: ProjectKey, version: str | None, reports: Iterable[Report], young_at_most: timedelta
) -> Lead:
    first: dict[tuple[str, str], Report] = {}
    for report in sorted(reports, key=lambda one: one.first_seen):
        where = report.finding.repository
        first.setdefault((where.host, where.path), report)
    ages = {place: _age(report) for place, report in first.items()}
    young = {
        place
        for place, age in ages.items()
        if age is not None
        and age <= young_at_most
        and first[place].finding.repository.fork_of is None
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
        young_at_most=young_at_most,
        view=next(filter(None, map(_view, first.values())), None),
    )


def _view(report: Report) -> str | None:
    return None if report.evidence is None else web_link(report.evidence.viewer_url)


def _age(report: Report) -> timedelta | None:
    """Return how old a repository was when its pin was found; None where its host does not say."""
    created = stated_instant(report.finding.repository.created_at)
    return None if created is None or created > report.first_seen else report.first_seen - created
