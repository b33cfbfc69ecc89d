"""Removals as a whole: by month and cause, how long a release stayed, and what came and went unnoticed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.model import Ecosystem, VerdictState
from workers.census.shares import Spread, spread_of
from workers.census.stories import Happening, ProjectStory, ReleaseTimes

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "FLASH",
    "FlashGhosts",
    "MonthCount",
    "Stay",
    "by_month",
    "flash_ghosts",
    "month_of",
    "stays",
]

FLASH = timedelta(hours=1)
"""What was removed within that time after its upload came and went in a flash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """How many projects of an index something happened to in a month, for one cause."""

    month: str | None
    """`2026-11`, UTC; None: nobody states when."""
    ecosystem: Ecosystem
    happening: Happening
    cause: VerdictState | None
    projects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How long releases could be installed, from their upload until something ended that."""

    ecosystem: Ecosystem
    accused: bool
    """Those that a record calls malicious, or those that the index took away and nobody accuses."""
    until: Happening
    spread: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class FlashGhosts:
    """Releases that were removed within `FLASH` after their upload, of projects that no feed ever named."""

    month: str
    ecosystem: Ecosystem
    releases: int
    projects: int


def month_of(moment: datetime | None) -> str | None:
    """Return the month of a moment in UTC as `2026-11`."""
    return None if moment is None else f"{moment.year:04d}-{moment.month:02d}"


def by_month(stories: Iterable[ProjectStory]) -> tuple[MonthCount, ...]:
    """Count projects: each once in a month for each thing that happened to it in that month."""
    counted = Counter(
        (month, story.project.ecosystem, happening, story.cause)
        for story in stories
        for happening, times in story.happened.items()
        for month in set(map(month_of, times))
    )
    rows = (
        MonthCount(month=month, ecosystem=ecosystem, happening=happening, cause=cause, projects=n)
        for (month, ecosystem, happening, cause), n in counted.items()
    )
    return tuple(sorted(rows, key=_place))


def _place(row: MonthCount) -> tuple[object, ...]:
    """Sort key: what happened, then the month, the unknown one last."""
    kinds = list(Happening)
    return kinds.index(row.happening), row.month or "~", row.ecosystem, row.cause or ""


def stays(stories: Iterable[ProjectStory]) -> tuple[Stay, ...]:
    """Measure how long releases stayed that are accused, or that the index took away."""
    spans: defaultdict[tuple[Ecosystem, bool, Happening], list[timedelta | None]]
    spans = defaultdict(list)
    for story in stories:
        for release in story.counted_releases:
            if release.accused or release.taken:
                key = story.project.ecosystem, not release.accused
                ends = (
                    (release.quarantined, Happening.QUARANTINED),
                    (release.removed, Happening.REMOVED),
                )
                for end, until in ends:
                    spans[(*key, until)].append(_stay(release, end))
    return tuple(
        Stay(ecosystem=ecosystem, accused=not spared, until=until, spread=spread_of(measured))
        for (ecosystem, spared, until), measured in sorted(spans.items())
    )


def _stay(release: ReleaseTimes, end: datetime | None) -> timedelta | None:
    return None if release.uploaded is None or end is None else end - release.uploaded


def flash_ghosts(stories: Iterable[ProjectStory]) -> tuple[FlashGhosts, ...]:
    """Count what came and went within `FLASH` and was never named, by month of the removal."""
    releases: Counter[tuple[str, Ecosystem]] = Counter()
    projects: Counter[tuple[str, Ecosystem]] = Counter()
    for story in stories:
        months = [] if story.ever_named else list(_flashes(story))
        releases.update((month, story.project.ecosystem) for month in months)
        projects.update((month, story.project.ecosystem) for month in set(months))
    return tuple(
        FlashGhosts(
            month=month, ecosystem=ecosystem, releases=n, projects=projects[month, ecosystem]
        )
        for (month, ecosystem), n in sorted(releases.items())
    )


def _flashes(story: ProjectStory) -> Iterator[str]:
    for release in story.counted_releases:
        stay, month = _stay(release, release.removed), month_of(release.removed)
        if stay is not None and stay <= FLASH and month is not None:
            yield month
