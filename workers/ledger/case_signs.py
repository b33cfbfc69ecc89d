"""The signs of repositories with findings, as the rules of classes take them; asks nobody.

Only what a host tells of its own repositories is taken for the host's word: plain Git servers tell nothing
of when a repository was made, or whose it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.classifying import AccusedPin, Signs, Slips
from crawler.fields import stated_instant
from crawler.model import Confidence, FindingStatus, ProjectKey, Tier, VerdictState, is_request
from crawler.verdicts.project_past import ProjectPast, past_of
from workers.ledger import current_assertions, frontier
from workers.ledger.case_relations import Place, Relations, owner_of, relations

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Finding, PinHistory, Report, Repository, Verdict

__all__ = [
    "accusing_verdict",
    "first_history",
    "signs_of",
    "with_what_visits_told",
]

_FIRST = timedelta(hours=1)
"""How much earlier a repository must be for another to be its copy."""
_VENDORED = re.compile(
    r"(?:^|/)(?:vendor|vendored|node_modules|third[_-]party|bower_components|site-packages)/",
    re.IGNORECASE,
)


def signs_of(
    conn: Connection, reports: Iterable[Report], now: datetime, protected: Collection[ProjectKey]
) -> Mapping[Place, Signs]:
    """Return the signs of each repository of which one of `reports` is open, sure and on malice.

    Args:
        conn: Any connection.
        reports: All findings of the repositories, also those that no longer hold.
        now: UTC.
        protected: The projects that are most used.
    """
    groups: dict[Place, list[Report]] = defaultdict(list)
    for report in reports:
        if report.status.is_open:
            where = report.finding.repository
            groups[where.host, where.path].append(report)
    accusing = {
        place: found
        for place, group in groups.items()
        if (found := [report for report in group if accusing_verdict(report) is not None])
    }
    looked_up = _look_up(conn, accusing, now, protected)
    return {
        place: looked_up.signs(place, groups[place], found) for place, found in accusing.items()
    }


def accusing_verdict(report: Report) -> Verdict | None:
    """Return the verdict that a finding rests on, where it is sure enough to count and calls it malicious."""
    match = report.finding.match
    if match.tier is Tier.T or match.confidence.rank < Confidence.LIKELY.rank:
        return None
    verdict = match.verdict
    return None if verdict is None or verdict.state is not VerdictState.MALICIOUS else verdict


def _look_up(
    conn: Connection,
    accusing: Mapping[Place, Sequence[Report]],
    now: datetime,
    protected: Collection[ProjectKey],
) -> _LookedUp:
    everything = [report for group in accusing.values() for report in group]
    ids = {one.repository_number for one in everything if one.repository_number is not None}
    projects = sorted({v.subject.project for one in everything if (v := accusing_verdict(one))})
    known = frontier.repositories(conn, ids)
    rows = {
        place: with_what_visits_told(known.get(group[0].repository_number or 0), group)
        for place, group in accusing.items()
    }
    upstreams = [(one.host, one.fork_of) for one in rows.values() if one.fork_of is not None]
    return _LookedUp(
        now=now,
        protected=protected,
        slips=Slips.around(protected),
        repositories=rows,
        pasts={
            key: past_of(key, said, now)
            for key, said in current_assertions.of_projects(conn, projects)
        },
        related=relations(
            conn, projects, (one.finding.sighting.oid for one in everything), ids, upstreams
        ),
    )


def with_what_visits_told(row: Repository | None, group: Sequence[Report]) -> Repository:
    """Return a repository as lists and searches told of it, completed by the visits that made findings.

    A search of code says less of a repository than a visit through the API does.
    """
    visited = [report.finding.repository for report in group]
    first = visited[0] if row is None else row
    told: dict[str, Any] = {
        name: next((value for one in (first, *visited) if (value := getattr(one, name))), None)
        for name in ("native_id", "fork_of", "created_at", "pushed_at")
    }
    return replace(first, **told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LookedUp:
    """What the signs are put together from."""

    now: datetime
    protected: Collection[ProjectKey]
    slips: Slips
    repositories: Mapping[Place, Repository]
    pasts: Mapping[ProjectKey, ProjectPast]
    related: Relations

    def signs(self, place: Place, group: Sequence[Report], accusing: Sequence[Report]) -> Signs:
        repository = self.repositories[place]
        projects = {v.subject.project for one in accusing if (v := accusing_verdict(one))}
        tampered = {_entry(r.finding) for r in group if r.finding.match.tier is Tier.T}
        siblings = self._siblings(repository, accusing[0].repository_number, projects)
        return Signs(
            pins=tuple(
                self._pin(one, verdict, tampered)
                for one in accusing
                if (verdict := accusing_verdict(one))
            ),
            created_at=stated_instant(repository.created_at),
            pushed_at=stated_instant(repository.pushed_at),
            fork_of=repository.fork_of,
            upstream_pins=self._upstream_pins(repository, projects),
            archived=repository.archived,
            siblings=None if siblings is None else len(siblings),
            oldest_sibling_at=min(filter(None, map(self._made_at, siblings or ())), default=None),
            same_lock=len(copies := self._copies(place, accusing)),
            lock_was_elsewhere=self._was_elsewhere(repository, copies),
            readme_is_task=_readme_is_task(accusing),
            history=first_history(accusing),
            questions=tuple(
                dict.fromkeys(
                    question.code
                    for report in accusing
                    if report.status is not FindingStatus.PROMOTED
                    for question in report.finding.questions
                )
            ),
            seen_at=self.now,
        )

    def _pin(self, report: Report, verdict: Verdict, tampered: Collection[object]) -> AccusedPin:
        finding, project = report.finding, verdict.subject.project
        past = self.pasts[project]
        uploaded = past.uploaded(verdict, finding.match.pin.filename)
        refs = self.related.refs.get(
            (report.repository_number or 0, finding.sighting.path, finding.sighting.oid),
            frozenset(),
        )
        return AccusedPin(
            project=project.name,
            uploaded_at=uploaded,
            claimed_upload_at=stated_instant(finding.match.pin.uploaded_at),
            accused_at=verdict.since,
            removed_at=past.removed(verdict),
            project_lives=past.lives(verdict),
            most_used=project in self.protected,
            meant=self.slips.of(project),
            older_releases=past.older_releases(verdict, uploaded),
            declared=None if report.evidence is None else report.evidence.required,
            tampered=_entry(finding) in tampered,
            vendored=_VENDORED.search(finding.sighting.path) is not None,
            only_in_requests=all(map(is_request, {*refs, finding.sighting.ref})),
        )

    def _siblings(
        self, repository: Repository, number: int | None, projects: Collection[ProjectKey]
    ) -> frozenset[Place] | None:
        """Return the others of its owner that pin the same; None where nobody looked, or none is known."""
        if owner_of(repository.path) is None or repository.native_id is None:
            return None
        own = (repository.host, repository.path)
        pinning = (self.related.pinning.get(project, frozenset()) for project in projects)
        others = frozenset[Place]().union(*pinning) & self._own(own) - {own}
        return others if others or number in self.related.owners_listed else None

    def _made_at(self, place: Place) -> datetime | None:
        return stated_instant(self.related.made.get(place))

    def _copies(self, place: Place, accusing: Sequence[Report]) -> frozenset[Place]:
        """Return the repositories of other owners with one of the very same locks."""
        oids = {report.finding.sighting.oid for report in accusing}
        holding = (self.related.holding.get(oid, frozenset()) for oid in oids)
        return frozenset[Place]().union(*holding) - self._own(place)

    def _was_elsewhere(self, repository: Repository, copies: Collection[Place]) -> bool | None:
        created = stated_instant(repository.created_at)
        made = [at for copy in copies if (at := self._made_at(copy)) is not None]
        if created is None or not made:
            return None
        return any(created - at >= _FIRST for at in made)

    def _own(self, place: Place) -> frozenset[Place]:
        """Return what is known of the owner of a repository."""
        return self.related.of_owners.get((place[0], owner_of(place[1])), frozenset())

    def _upstream_pins(
        self, repository: Repository, projects: Collection[ProjectKey]
    ) -> bool | None:
        if repository.fork_of is None:
            return None
        upstream = (repository.host, repository.fork_of)
        if any(upstream in self.related.pinning.get(one, frozenset()) for one in projects):
            return True
        return False if upstream in self.related.visited else None


def first_history(accusing: Sequence[Report]) -> PinHistory | None:
    """Return the history of the pin that is said to have come first."""
    known = [
        history
        for report in accusing
        if report.evidence is not None and (history := report.evidence.history) is not None
    ]
    latest = datetime.max.replace(tzinfo=UTC)
    return min(known, key=lambda one: one.entered_at or latest, default=None)


def _readme_is_task(accusing: Sequence[Report]) -> bool | None:
    """Return whether a README around any of the locks sets a task; None where none does, and not all were read."""
    seen = [report.evidence.surroundings for report in accusing if report.evidence is not None]
    said = {None if around is None else around.sets_task for around in seen}
    if True in said:
        return True
    return False if said == {False} else None


def _entry(finding: Finding) -> tuple[object, ...]:
    return finding.sighting.path, finding.match.pin.artifact
