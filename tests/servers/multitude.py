"""A GitHub of some hundred repositories, most without a lock, some with a ghost that is shared or their own."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from tests.servers.excerpt import excerpt
from workers.demo.model import Commit, World, WorldRepository

__all__ = ["FOLDER", "LURE", "multitude", "of_the_same_lock", "with_a_lock_of_its_own"]

LURE = "demo-01/trading-bot"
FOLDER = "demo-43/monorepo"
"""Has a ghost in a folder, which a code search finds and a sweep does not."""
_HOST = "github.example"


def with_a_lock_of_its_own(count: int) -> list[str]:
    """Return the repositories out of `count` whose lock nobody else has; it pins a ghost."""
    return [_path(number) for number in range(count) if number % 20 == 3]


def of_the_same_lock(count: int) -> list[str]:
    """Return the repositories out of `count` that have copied the lock of `LURE`."""
    return [_path(number) for number in range(count) if number % 20 == 7]


def multitude(count: int) -> World:
    """Return `count` repositories beside `LURE` and `FOLDER`, and what is said of their ghosts."""
    small = excerpt([LURE, FOLDER])
    (lure,) = (one for one in small.repositories if one.path == LURE)
    own, same = with_a_lock_of_its_own(count), of_the_same_lock(count)
    ghostly = (_own(lure, path) for path in own)
    copied = (replace(lure, path=path) for path in same)
    plain = (_plain(path) for path in map(_path, range(count)) if path not in {*own, *same})
    return replace(small, repositories=(*small.repositories, *chain(ghostly, copied, plain)))


def _path(number: int) -> str:
    return f"owner-{number % 7}/project-{number:03}"


def _plain(path: str) -> WorldRepository:
    files = {"README.md": f"{path}\n".encode(), "main.py": b"print()\n"}
    return WorldRepository(host=_HOST, path=path, branches={"main": Commit(files=files)})


def _own(lure: WorldRepository, path: str) -> WorldRepository:
    files = lure.branches["main"].files
    changed = {**files, "uv.lock": files["uv.lock"] + f"\n# {path}\n".encode()}
    return replace(lure, path=path, branches={"main": Commit(files=changed)})
