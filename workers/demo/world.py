"""Builds the demo world: the same world, to the byte, each time."""

from __future__ import annotations

from functools import cache

from workers.demo.advisories import advisories
from workers.demo.cases.innocent import GONE
from workers.demo.history import journal
from workers.demo.model import World
from workers.demo.packages import Shelf, histories
from workers.demo.repositories import cast

__all__ = ["build", "clone_urls"]


@cache
def build() -> World:
    """Return the world; it is built once per process (about a second) and never changes."""
    lives = histories()
    shelf = Shelf({life.name: life.files() for life in lives})
    stage = cast(shelf)
    return World(
        projects=tuple(life.project() for life in lives),
        journal=journal(lives),
        advisories=advisories(shelf),
        repositories=stage.repositories,
        truth=stage.truth,
    )


def clone_urls(world: World, host: str) -> tuple[str, ...]:
    """Return the list of clone URLs that an operator has for `host`, the repository that is gone included."""
    paths = [repository.path for repository in world.repositories if repository.host == host]
    if host == GONE[0]:
        paths.append(GONE[1])
    return tuple(f"https://{host}/{path}.git" for path in paths)
