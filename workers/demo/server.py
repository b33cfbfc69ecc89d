"""The whole world on one loopback port."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Protocol, Self

from workers.demo.cases.case import FORGE, GIT, GITHUB
from workers.demo.filehost import FileHost
from workers.demo.forgejo import ForgejoApp
from workers.demo.githttp import GitHost, materialise
from workers.demo.github import GithubApp
from workers.demo.graphql import Check
from workers.demo.index import PAGE_LIMIT, DemoIndex
from workers.demo.locks import FILES
from workers.demo.loopback import Server
from workers.demo.model import World
from workers.demo.osv import Osv
from workers.demo.web import App, Request, Response, text

__all__ = ["FILE_HOSTS", "WorldServer"]

FILE_HOSTS = ("files.index.example", "mirror.example")
"""Virtual hosts that hold distributions; nobody may fetch from them."""


class _Published(Protocol):
    """What shows a world, and another one from some day on."""

    def publish(self, world: World) -> None: ...


class WorldServer(Server):
    """Serves a world by the Host header; a context manager."""

    def __init__(  # noqa: PLR0913 - all in which two worlds can differ
        self,
        world: World,
        directory: Path,
        *,
        clock_factor: float = 60.0,
        files_url: str = FILES,
        page_limit: int = PAGE_LIMIT,
        check: Check | None = None,
    ) -> None:
        """Serve `world`; its bare repositories are written into the empty folder `directory`.

        The API limits' windows pass `clock_factor` times as fast as on the real host. `files_url` is
        the base of file URLs that the index states. `page_limit` bounds one answer of the journal.
        `check` judges the GraphQL queries by a schema.
        """
        self._world, self._directory = world, directory
        self.index = DemoIndex(world, files_url=files_url, page_limit=page_limit)
        self.osv = Osv.of(world)
        self.github = GithubApp(world, clock_factor=clock_factor, check=check)
        self.forgejo = ForgejoApp(world, clock_factor=clock_factor)
        self._git = {host: GitHost(world, host, directory) for host in (GITHUB, FORGE, GIT)}
        files = FileHost(world)
        apps: dict[str, App] = {
            "index.example": self.index,
            "osv.example": self.osv,
            "private.example": _private,
            f"api.{GITHUB}": self.github,
            **dict.fromkeys(FILE_HOSTS, files),
            **{host: self._git[host] for host in (GITHUB, GIT)},
            FORGE: _forge(self.forgejo, self._git[FORGE]),
        }
        super().__init__(apps, FILE_HOSTS)

    def publish(self, world: World) -> None:
        """Let time pass: from now on the index, the advisories and all hosts show `world`."""
        before = {(one.host, one.path): one for one in self._world.repositories}
        changed = [r for r in world.repositories if before.get((r.host, r.path)) is not r]
        materialise(changed, self._directory)
        self._world = world
        published: tuple[_Published, ...] = (
            *(self.index, self.osv, self.github, self.forgejo),
            *self._git.values(),
        )
        for app in published:
            app.publish(world)

    def __enter__(self) -> Self:
        """Write the repositories and start to serve."""
        materialise(self._world.repositories, self._directory)
        return super().__enter__()


def _forge(api: App, git: App) -> App:
    """Put the API of a forge and its repositories on one host."""
    return lambda request: (api if request.path.startswith("/api/") else git)(request)


def _private(_: Request) -> Response:
    """Answer as a registry of a company does to strangers."""
    return text(HTTPStatus.UNAUTHORIZED, "private", {"WWW-Authenticate": 'Basic realm="private"'})
