"""The next day of the world: a record is withdrawn, repositories are cleaned, new lures appear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from crawler.model import CaseClass
from workers.demo.cases.case import FORGE, GIT, GITHUB
from workers.demo.model import Commit, Expectation, World, WorldRepository

__all__ = ["CLEANED", "LURES", "WITHDRAWN", "second_day", "with_lures"]

CLEANED = frozenset(
    {
        (GITHUB, "demo-01/trading-bot"),
        (FORGE, "demo-03/mint-bot"),
        (GIT, "demo-04/copy-trader"),
    }
)
"""Their owners took the lock out."""
LURES = {
    (GITHUB, "demo-01/trading-bot"): "late-01/interview-task",
    (FORGE, "demo-03/mint-bot"): "late-02/interview-task",
    (GIT, "demo-04/copy-trader"): "late-03/interview-task",
}
"""What was cleaned on the first day -> a new repository with the same content, on the same host."""
WITHDRAWN = "MAL-2026-9014"
"""A record that names one release; its source takes it back."""
_AT = "2026-09-02T08:00:00Z"


def second_day(world: World, at: str = _AT) -> World:
    """Return what `world` is a day later, with what is true then; the index itself shows the same.

    `at` is when its repositories were made and pushed to: a watch asks what has changed lately.
    """
    lures = tuple(_lures(world.repositories, at))
    return replace(
        world,
        advisories=tuple(
            {**record, "withdrawn": _AT, "modified": _AT} if record["id"] == WITHDRAWN else record
            for record in world.advisories
        ),
        repositories=(*(_cleaned(one, at) for one in world.repositories), *lures),
        truth=(*map(_still_true, world.truth), *_of_lures(world)),
    )


def with_lures(world: World, at: str) -> World:
    """Return `world` with the new lures alone, made and pushed to `at`, and with what is true then."""
    lures = tuple(_lures(world.repositories, at))
    return replace(
        world,
        repositories=(*world.repositories, *lures),
        truth=(*world.truth, *_of_lures(world)),
    )


def _cleaned(repository: WorldRepository, at: str) -> WorldRepository:
    if (repository.host, repository.path) not in CLEANED:
        return repository
    branches = {
        name: Commit(files={p: d for p, d in tip.files.items() if p != "uv.lock"}, at=_unix(at))
        for name, tip in repository.branches.items()
    }
    return replace(repository, branches=branches, pushed_at=at)


def _lures(repositories: Iterable[WorldRepository], at: str) -> Iterable[WorldRepository]:
    for one in repositories:
        path = LURES.get((one.host, one.path))
        if path is not None:
            tips = {name: replace(tip, at=_unix(at)) for name, tip in one.branches.items()}
            yield replace(one, path=path, branches=tips, created_at=at, pushed_at=at)


def _unix(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp())


def _still_true(expected: Expectation) -> Expectation:
    if (expected.host, expected.repository) not in CLEANED:
        return expected
    return replace(
        expected, confidence=None, tier=None, why="cleaned on the second day", case_class=None
    )


def _of_lures(world: World) -> Iterable[Expectation]:
    for expected in world.truth:
        path = LURES.get((expected.host, expected.repository))
        if path is not None:
            yield replace(
                expected,
                repository=path,
                why="a lure of the second day",
                case_class=expected.case_class and CaseClass.UNCLEAR,
            )
