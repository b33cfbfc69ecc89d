"""Ghosts in places where they are easily missed: branches, sub-folders, large locks, forks."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.model import CaseClass
from workers.demo.cases.case import FORGE, GIT, GITHUB, NOTHING, Lock, PlantedRepository
from workers.demo.cases.ghosts import EXACT, LISTED, everything, ghost, innocent
from workers.demo.locks import uv_lock
from workers.demo.packages import WIDE, Shelf

__all__ = ["placed_cases"]


def placed_cases(shelf: Shelf) -> tuple[PlantedRepository, ...]:
    """Return all cases of this module."""
    return (
        *_branches(shelf),
        *_folders(shelf),
        *_large(shelf),
        *_forks(shelf),
        *_archived(shelf),
    )


def _branches(shelf: Shelf) -> Iterator[PlantedRepository]:
    why = "on a branch that is not the default one"
    for number, host in enumerate((FORGE, GIT, GITHUB), start=40):
        data = uv_lock("lure", (ghost(shelf), *innocent(shelf, number - 39)))
        lock = Lock(data, EXACT, f"exact file {why}")
        yield PlantedRepository(
            host=host, path=f"demo-{number}/clean-main", locks=(lock,), branch="task"
        )


def _folders(shelf: Shelf) -> Iterator[PlantedRepository]:
    lock = Lock(
        uv_lock("api", (ghost(shelf), *innocent(shelf, 6))),
        EXACT,
        "exact file in a folder of a monorepo",
        "services/api/uv.lock",
    )
    clean = Lock(uv_lock("root", innocent(shelf, 6, 7)), NOTHING, "innocent lock of the root")
    yield PlantedRepository(host=GITHUB, path="demo-43/monorepo", locks=(clean, lock))
    yield PlantedRepository(host=FORGE, path="demo-44/monorepo", locks=(clean, lock))
    deep = Lock(lock.data, EXACT, "exact file six folders down", "a/b/c/d/e/f/uv.lock")
    yield PlantedRepository(host=GIT, path="demo-45/deep-monorepo", locks=(deep,))


def _large(shelf: Shelf) -> Iterator[PlantedRepository]:
    """384 KB is where code search ends, 512,000 bytes where GraphQL cuts the text of a blob."""
    for number, (host, projects, size) in enumerate(
        ((GITHUB, 60, "384 KB"), (GITHUB, 78, "512,000 bytes"), (GIT, 60, "384 KB")), start=46
    ):
        padding = [everything(shelf, name, "1.0.0") for name in WIDE[:projects]]
        data = uv_lock(f"large-{number}", (*padding, ghost(shelf)))
        lock = Lock(data, EXACT, f"exact file in a lock over {size}")
        yield PlantedRepository(host=host, path=f"demo-{number}/science", locks=(lock,))


def _forks(shelf: Shelf) -> Iterator[PlantedRepository]:
    """One blob in seven repositories of three hosts: it needs to be read once."""
    lock = Lock(
        uv_lock("template", (everything(shelf, "zz-ghost-wallet", "1.0.1"), *innocent(shelf, 8))),
        EXACT,
        "exact file; forks and copies share the blob",
    )
    for host in (GITHUB, FORGE):
        origin = "demo-50/template-bot"
        yield PlantedRepository(host=host, path=origin, locks=(lock,))
        for number in (51, 52):
            path = f"demo-{number}/template-bot"
            yield PlantedRepository(
                host=host,
                path=path,
                locks=(lock,),
                fork_of=origin,
                case_class=CaseClass.BYSTANDER,
            )
    yield PlantedRepository(host=GIT, path="demo-53/template-copy", locks=(lock,))


def _archived(shelf: Shelf) -> Iterator[PlantedRepository]:
    lock = Lock(uv_lock("kept", (ghost(shelf),)), EXACT, "exact file in an archived repository")
    yield PlantedRepository(host=GITHUB, path="demo-54/archived-bot", locks=(lock,), archived=True)
    listed = uv_lock("kept", (everything(shelf, "zz-ghost-graph", "3.4.2"),))
    lock = Lock(listed, LISTED, "listed release in an archived repository")
    yield PlantedRepository(
        host=FORGE,
        path="demo-55/archived-graph",
        locks=(lock,),
        archived=True,
        case_class=CaseClass.UNCLEAR,
    )
