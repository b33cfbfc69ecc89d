"""All repositories of the world, and the table of what is true of their locks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from workers.demo.cases.ghosts import ghost_cases
from workers.demo.cases.innocent import empty_repository, gone, innocent_cases, without_locks
from workers.demo.cases.lookalikes import look_alike_cases
from workers.demo.cases.placed import placed_cases
from workers.demo.cases.tampered import tampered_cases
from workers.demo.model import Expectation, WorldRepository
from workers.demo.packages import Shelf

__all__ = ["Cast", "cast"]

_MADE = datetime(2026, 6, 3, 10, tzinfo=UTC)
"""When the first was made: between the uploads of most lures' package and the day on which feeds named it."""
_APART = timedelta(minutes=5)
_PUSHED = datetime(2026, 9, 1, 14, tzinfo=UTC)
"""After the last event of the index, so that whatever is pinned had been there."""
_STEP = timedelta(hours=11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Repositories in the order of their creation, and the truth."""

    repositories: tuple[WorldRepository, ...]
    truth: tuple[Expectation, ...]


def cast(shelf: Shelf) -> Cast:
    """Return every repository that pins, or does not pin, the files of `shelf`."""
    unlocked, about_unlocked = without_locks()
    empty, about_empty = empty_repository()
    cases = (
        *ghost_cases(shelf),
        *placed_cases(shelf),
        *tampered_cases(shelf),
        *look_alike_cases(shelf),
        *innocent_cases(shelf),
        unlocked,
    )
    repositories = [case.repository(*_times(n)) for n, case in enumerate(cases)]
    created_at, pushed_at = _times(len(cases))
    repositories.append(replace(empty, created_at=created_at, pushed_at=pushed_at))
    told = tuple(expectation for case in cases for expectation in case.expectations())
    return Cast(
        repositories=tuple(repositories), truth=(*told, about_unlocked, about_empty, gone())
    )


def _times(number: int) -> tuple[str, str]:
    """Return when the repository with this number was created, and last pushed to."""
    return _iso(_MADE + number * _APART), _iso(_PUSHED + number * _STEP)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
