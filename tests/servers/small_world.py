"""Worlds of a few repositories, and fakes of hosts on a loopback port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from workers.demo.loopback import Server
from workers.demo.model import Commit, World, WorldRepository
from workers.demo.web import App, Request, Response

__all__ = ["Clock", "repository", "serving", "world"]


class Clock:
    """Unix time that stands still until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def repository(
    path: str,
    files: Mapping[str, bytes],
    *,
    host: str = "github.example",
    branches: Mapping[str, Mapping[str, bytes]] | None = None,
    fork_of: str | None = None,
    created_at: str = "2026-06-01T00:00:00Z",
    pushed_at: str = "2026-06-02T00:00:00Z",
) -> WorldRepository:
    """Make a repository with `files` on `main`, and other `branches`; without any it is empty."""
    contents = {**({"main": files} if files else {}), **(branches or {})}
    return WorldRepository(
        host=host,
        path=path,
        branches={name: Commit(files=held) for name, held in contents.items()},
        fork_of=fork_of,
        created_at=created_at,
        pushed_at=pushed_at,
    )


def world(*repositories: WorldRepository) -> World:
    """Make a world of repositories alone."""
    return World(projects=(), journal=(), advisories=(), repositories=repositories, truth=())


@contextmanager
def serving(application: Callable[[str], App]) -> Iterator[str]:
    """Serve `application(base URL)` by the address of the loopback; yields the base URL."""
    made: list[App] = []

    def answer(request: Request) -> Response:
        return made[0](request)

    with Server({"127.0.0.1": answer}) as server:
        made.append(application(server.base_url))
        yield server.base_url
