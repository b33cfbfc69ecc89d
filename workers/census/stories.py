"""What happened to one project, by what feeds say of it (pure); a date that nobody states stays unknown.

A feed that looks now and then notices a removal when it looks: that is no date of the removal. Only the
index's own event (an entry of its journal, a date in its answer) is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.errors import Malformed
from crawler.fields import instant
from crawler.model import Assertion, Claim, Level, ProjectKey, VerdictState
from crawler.model.version_ranges import is_range
from crawler.verdicts.withdrawals import ACCUSING

__all__ = ["Happening", "ProjectStory", "ReleaseTimes", "gravest", "story_of"]


class Happening(StrEnum):
    """What is counted by month; a project counts once for each in a month."""

    NAMED = "named"
    """A record calls it malicious, and nobody has taken all of that back."""
    SUSPECTED = "suspected"
    """A record calls it suspicious, and none malicious."""
    WITHDRAWN = "withdrawn"
    """Every record that accused it was taken back."""
    QUARANTINED = "quarantined"
    RELEASED = "released"
    """The index has ended a quarantine."""
    REMOVED = "removed"
    """The index dropped it, or a release or file of it; the journal does not say who wanted that."""


_CLAIMS = {
    Claim.QUARANTINED: Happening.QUARANTINED,
    Claim.QUARANTINE_CLEARED: Happening.RELEASED,
    Claim.REMOVED: Happening.REMOVED,
    Claim.OWNER_REMOVED: Happening.REMOVED,
}
_GRAVITY = (
    VerdictState.MALICIOUS,
    VerdictState.SUSPICIOUS,
    VerdictState.QUARANTINED,
    VerdictState.ALLOWED,
    VerdictState.NAME_REUSED,
    VerdictState.WITHDRAWN,
    VerdictState.OWNER_REMOVED,
    VerdictState.REMOVED,
    VerdictState.YANKED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTimes:
    """When a release came and went; each time is UTC, None where nobody states it."""

    version: str | None
    """None: the project as a whole."""
    accused: bool
    """Whether a standing record calls it malicious."""
    taken: bool
    """Whether the index removed or quarantined it, at whatever time."""
    uploaded: datetime | None
    quarantined: datetime | None
    removed: datetime | None
    """The first time after the upload."""
    came_again: bool
    """Whether it, or its project, was created again after that: a pin of it may be of either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStory:
    """All that is counted of one project."""

    project: ProjectKey
    cause: VerdictState | None
    """The gravest verdict that holds now on it, a release or a file; None where there is none."""
    happened: Mapping[Happening, frozenset[datetime | None]]
    """When each happened, UTC: an event of the index whenever it did, what records say when it began to
    hold; None alone where nobody states when."""
    releases: tuple[ReleaseTimes, ...]
    """Each that anybody speaks of, by version; the project as a whole comes first."""
    ever_named: bool
    """Whether any feed has ever accused it, of whatever, and be it taken back."""

    @property
    def counted_releases(self) -> tuple[ReleaseTimes, ...]:
        """Return the releases, or the whole project where nobody names one."""
        return self.releases[1:] or self.releases


def gravest(states: Iterable[VerdictState]) -> VerdictState | None:
    """Return the state that says most of a project, None of none."""
    return min(states, key=_GRAVITY.index, default=None)


def story_of(
    project: ProjectKey, said: Iterable[Assertion], cause: VerdictState | None
) -> ProjectStory:
    """Tell the story of `project` by all that counts of what feeds said, what was taken back included."""
    said = tuple(said)
    return ProjectStory(
        project=project,
        cause=cause,
        happened=dict(_happened(said)),
        releases=tuple(_releases(said)),
        ever_named=any(a.claim in ACCUSING for a in said),
    )


def _happened(
    said: Sequence[Assertion],
) -> Iterator[tuple[Happening, frozenset[datetime | None]]]:
    standing = [a for a in said if a.retracted_at is None]
    malicious = [a for a in standing if a.claim is Claim.MALICIOUS]
    suspected = [a for a in standing if a.claim is Claim.SUSPICIOUS]
    accused = [a for a in said if a.claim in ACCUSING]
    if malicious:
        yield Happening.NAMED, frozenset({_first(map(_stated_by_record, malicious))})
    elif suspected:
        yield Happening.SUSPECTED, frozenset({_first(map(_stated_by_record, suspected))})
    elif accused:
        # The last one to be taken back is what ended the accusation.
        ends = [a.retracted_at for a in accused if not a.undated and a.retracted_at is not None]
        yield Happening.WITHDRAWN, frozenset({max(ends) if len(ends) == len(accused) else None})
    for happening in (Happening.QUARANTINED, Happening.RELEASED, Happening.REMOVED):
        events = [a for a in standing if _CLAIMS.get(a.claim) is happening]
        if events:
            times = frozenset(map(_stated_by_index, events))
            yield happening, times - {None} or times


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def _stated_by_record(said: Assertion) -> datetime | None:
    return None if said.undated else said.valid_from


def _stated_by_index(said: Assertion) -> datetime | None:
    """Return the time of an event; None where it is only when a feed saw that it had happened."""
    if said.undated:
        return None
    return said.valid_from if said.sequence or said.valid_from < said.observed_at else None


def _releases(said: Sequence[Assertion]) -> Iterator[ReleaseTimes]:
    standing = [a for a in said if a.retracted_at is None]
    whole = [a for a in standing if a.subject.level is Level.PROJECT]
    yield _times(None, (), whole)
    by_version: dict[str, list[Assertion]] = {}
    for one in said:
        version = one.subject.version
        if version is not None and not is_range(version):
            by_version.setdefault(version, []).append(one)
    for version, of_it in sorted(by_version.items()):
        own = [a for a in of_it if a.retracted_at is None]
        yield _times(version, of_it, [*whole, *own])


def _times(
    version: str | None, ever: Iterable[Assertion], standing: Sequence[Assertion]
) -> ReleaseTimes:
    """Return the times of a release; what was uploaded was, though its listing was taken back."""
    uploaded = _first(map(_uploaded, ever))
    # That one file of a release is gone says nothing of the others.
    events = [a for a in standing if a.subject.level is not Level.FILE]
    removals = [a for a in events if _CLAIMS.get(a.claim) is Happening.REMOVED]
    quarantines = [a for a in events if a.claim is Claim.QUARANTINED]
    removed = _first_after(uploaded, removals)
    created = map(_stated_by_index, (a for a in standing if a.claim is Claim.CREATED))
    return ReleaseTimes(
        version=version,
        accused=any(a.claim is Claim.MALICIOUS for a in standing),
        taken=bool(removals or quarantines),
        uploaded=uploaded,
        quarantined=_first_after(uploaded, quarantines),
        removed=removed,
        came_again=removed is not None and any(at is not None and at > removed for at in created),
    )


def _uploaded(said: Assertion) -> datetime | None:
    """Return when the index itself says that a release or file came; what locks state is anybody's word."""
    if said.claim is Claim.CREATED:
        return _stated_by_index(said)
    file = said.subject.file
    if (
        file is None
        or file.uploaded_at is None
        or said.root_source != said.subject.project.ecosystem
    ):
        return None
    try:
        return instant(file.uploaded_at, "uploaded_at")
    except Malformed:
        return None


def _first_after(uploaded: datetime | None, events: Iterable[Assertion]) -> datetime | None:
    times = (at for at in map(_stated_by_index, events) if at is not None)
    return min((at for at in times if uploaded is None or at >= uploaded), default=None)
