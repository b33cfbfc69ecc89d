"""Nothing to accuse: innocent repositories, and those where there is something to say, not to find."""

from __future__ import annotations

from collections.abc import Iterator

from workers.demo.cases.case import FORGE, GIT, GITHUB, NOTHING, UNREADABLE, Lock, PlantedRepository
from workers.demo.cases.ghosts import innocent
from workers.demo.locks import MIRROR, pin, pylock, uv_lock
from workers.demo.model import Expectation, WorldRepository
from workers.demo.packages import WIDE, Shelf

__all__ = ["GONE", "empty_repository", "gone", "innocent_cases", "without_locks"]

GONE = ("git.example", "demo-gone/trading-bot")
"""Host and path of a repository that only a list still knows: the host answers 404."""

_LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
    b"size 123456\n"
)


def innocent_cases(shelf: Shelf) -> tuple[PlantedRepository, ...]:
    """Return all cases of this module that have a lock."""
    return (*_ordinary(shelf), *_unreadable(shelf))


def _ordinary(shelf: Shelf) -> Iterator[PlantedRepository]:
    hosts = (GITHUB, FORGE, GIT)
    for number in range(1, 10):
        entries = innocent(shelf, number, number + 1, number + 2)
        lock = Lock(uv_lock(f"tool-{number}", entries), NOTHING, "innocent")
        path = f"demo-innocent-{number}/tool"
        yield PlantedRepository(host=hosts[number % 3], path=path, locks=(lock,))
    files = shelf.files["zz-ghost-plain-03"]["1.0.0"]
    data = pylock((pin("zz-ghost-plain-03", "1.0.0", files, MIRROR), *innocent(shelf, 4)))
    lock = Lock(data, NOTHING, "innocent, behind a mirror", "pylock.toml")
    yield PlantedRepository(host=GITHUB, path="demo-innocent-10/mirrored", locks=(lock,))
    wide = [pin(name, "1.0.0", shelf.files[name]["1.0.0"]) for name in WIDE[:8]]
    lock = Lock(uv_lock("wide", wide), NOTHING, "innocent, many wheels")
    yield PlantedRepository(host=FORGE, path="demo-innocent-11/wide", locks=(lock,))


def _unreadable(shelf: Shelf) -> Iterator[PlantedRepository]:
    why = f"{UNREADABLE}a pointer of git-LFS instead of the lock"
    yield PlantedRepository(
        host=GITHUB, path="demo-unread-1/large-files", locks=(Lock(_LFS_POINTER, NOTHING, why),)
    )
    whole = uv_lock("torn", innocent(shelf, 1, 2))
    torn = whole[: whole.index(b"sha256:") + 20]
    lock = Lock(torn, NOTHING, f"{UNREADABLE}broken off in the middle of an innocent pin")
    yield PlantedRepository(host=FORGE, path="demo-unread-2/torn-lock", locks=(lock,))
    garbage = b"\x00\xff this was a lock once\n" * 20
    lock = Lock(garbage, NOTHING, f"{UNREADABLE}no text at all")
    yield PlantedRepository(host=GIT, path="demo-unread-3/garbage", locks=(lock,))


def empty_repository() -> tuple[WorldRepository, Expectation]:
    """Return a repository without any commit."""
    repository = WorldRepository(host=GIT, path="demo-empty/nothing-yet", branches={})
    return repository, _nothing(GIT, repository.path, "empty repository")


def without_locks() -> tuple[PlantedRepository, Expectation]:
    """Return a repository that has commits and no lock."""
    case = PlantedRepository(host=GITHUB, path="demo-nolock/notes", description="Notes.")
    return case, _nothing(GITHUB, case.path, "repository without locks")


def gone() -> Expectation:
    """Return what is true of the repository that is no more."""
    return _nothing(*GONE, "gone: known only from a list, the host answers 404")


def _nothing(host: str, repository: str, why: str) -> Expectation:
    return Expectation(
        host=host, repository=repository, path="", confidence=None, tier=None, why=why
    )
