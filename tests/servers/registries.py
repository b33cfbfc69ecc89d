"""A Python index, its file host and an npm registry on one loopback port, for tools that know nothing of it.

A Python tool reaches the reserved names through `HTTP_PROXY`, a Node tool the registry at the loopback
address; everything else leads to a port where nobody listens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import TracebackType
from typing import Self

from crawler.model import path_of
from tests.servers.npm_registry import NpmPackage, NpmRegistry
from workers.demo.distributions import sdist, wheel
from workers.demo.filehost import FileHost
from workers.demo.index import DemoIndex
from workers.demo.loopback import Server
from workers.demo.model import World, WorldFile, WorldProject
from workers.demo.traffic import Traffic
from workers.demo.web import App, Request, Response

__all__ = ["FILES", "INDEX_URL", "Registries", "Served", "proxies_to"]

INDEX_URL = "http://index.example/simple/"
FILES = "http://files.index.example"
_UPLOADED_AT = "2026-01-05T08:00:00Z"
_LOOPBACK = "127.0.0.1"
_NOWHERE = "http://127.0.0.1:9"
_PYTHON = {
    "zz-ghost-lib": ("1.0.0", "1.1.0"),
    "zz-ghost-other": ("2.0.0",),
    "zz-ghost-user": ("1.0.0",),
}
_REQUIRED = {"zz-ghost-user": ("zz-ghost-lib>=1",)}
_NPM = (
    NpmPackage(name="zz-ghost-lib", version="1.0.0"),
    NpmPackage(name="zz-ghost-lib", version="1.1.0"),
    NpmPackage(name="@zz-ghost/other", version="2.0.0", dependencies={"zz-ghost-deep": "^3.0.0"}),
    NpmPackage(name="zz-ghost-deep", version="3.0.0"),
    NpmPackage(name="zz-ghost-user", version="1.0.0", dependencies={"zz-ghost-lib": "*"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One file of the Python index."""

    file: WorldFile

    @property
    def filename(self) -> str:
        return self.file.filename

    @property
    def sha256(self) -> str:
        return self.file.sha256

    @property
    def url(self) -> str:
        return f"{FILES}{path_of(self.file.blake2b_256, self.file.filename)}"


class Registries:
    """Serves three Python projects and four npm packages; a context manager."""

    def __init__(self) -> None:
        """Make the packages; nothing is served yet."""
        self._world = World(
            projects=tuple(
                WorldProject(
                    name=name,
                    status="active",
                    listed={version: _files(name, version) for version in versions},
                )
                for name, versions in _PYTHON.items()
            ),
            journal=(),
            advisories=(),
            repositories=(),
            truth=(),
        )
        self._index = DemoIndex(self._world, files_url=FILES)
        self._npm = NpmRegistry(_NPM)
        self.taken: list[str] = []
        """File names of the packages whose bytes were sent, in order."""
        files = self._noting(FileHost(self._world))
        npm = self._noting(self._npm)
        apps: dict[str, App] = {
            "index.example": self._old_and_new,
            "private.example": self._old_and_new,
            "files.index.example": files,
            _LOOPBACK: npm,
            "localhost": npm,
        }
        self._server = Server(apps, ("files.index.example",))

    def _noting(self, app: App) -> App:
        def answer(request: Request) -> Response:
            response = app(request)
            packed = response.headers.get("Content-Type") == "application/octet-stream"
            if packed and request.method == "GET":
                self.taken.append(request.path.rpartition("/")[2])
            return response

        return answer

    def _old_and_new(self, request: Request) -> Response:
        """Answer JSON, and HTML (PEP 503) to those who know nothing else: pex ships an old pip."""
        if "json" in request.headers.get("accept", "*/*") or request.method != "GET":
            return self._index(request)
        asked = replace(request, headers={**request.headers, "accept": "*/*"})
        answer = self._index(asked)
        if answer.status != HTTPStatus.OK:
            return answer
        links = "".join(
            f'<a href="{file["url"]}#sha256={file["hashes"]["sha256"]}">{file["filename"]}</a>\n'
            for file in json.loads(answer.body)["files"]
        )
        headers = {"Content-Type": "text/html; charset=utf-8"}
        return Response(headers=headers, body=f"<!DOCTYPE html>\n{links}".encode())

    def wheel(self, name: str, version: str) -> Served:
        """Return the wheel of a release; its sdist is the second file."""
        return self.files(name, version)[0]

    def sdist(self, name: str, version: str) -> Served:
        """Return the source distribution of a release."""
        return self.files(name, version)[1]

    def files(self, name: str, version: str) -> tuple[Served, ...]:
        """Return the files of a release: its wheel and its source distribution."""
        project = next(p for p in self._world.projects if p.name == name)
        return tuple(Served(file=file) for file in project.listed[version])

    def npm(self, name: str, version: str) -> NpmPackage:
        """Return a package of the npm registry."""
        return next(p for p in _NPM if (p.name, p.version) == (name, version))

    def remove(self, name: str) -> None:
        """Remove the project or package `name` as the registries do: its files stay."""
        projects = tuple(
            replace(project, status="removed", listed={}, unlisted=project.listed)
            if project.name == name
            else project
            for project in self._world.projects
        )
        self._index.publish(replace(self._world, projects=projects))
        self._npm.remove(name)

    def withhold(self, name: str, *versions: str) -> None:
        """From now on the registries list all releases of `name` but `versions`, whose files stay."""
        projects = tuple(
            replace(
                project,
                listed={v: f for v, f in project.listed.items() if v not in versions},
                unlisted={v: f for v, f in project.listed.items() if v in versions},
            )
            if project.name == name
            else project
            for project in self._world.projects
        )
        self._index.publish(replace(self._world, projects=projects))
        self._npm.withhold(name, versions)

    def traffic(self) -> Traffic:
        """Return what was asked so far."""
        return self._server.traffic()

    def index_hits(self) -> int:
        """Return how often what packages there are was asked for: a page of the index, a packument."""
        pages = (row.requests for row in self.traffic().rows if row.host == "index.example")
        return sum(pages) + len(self._npm.asked)

    @property
    def npm_url(self) -> str:
        """`http://127.0.0.1:PORT`, without a trailing slash."""
        return self._server.base_url

    @property
    def proxies(self) -> Mapping[str, str]:
        """Variables that lead a child to these registries, and nowhere else."""
        return proxies_to(self._server.base_url)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to serve."""
        self._server.__exit__(kind, error, trace)


def proxies_to(base_url: str) -> Mapping[str, str]:
    """Return the variables that lead a child to the server at `base_url`, and nowhere else."""
    ways = {"http_proxy": base_url, "https_proxy": _NOWHERE, "no_proxy": _LOOPBACK}
    return ways | {name.upper(): url for name, url in ways.items()}


def _files(name: str, version: str) -> tuple[WorldFile, ...]:
    made = wheel(name, version, _UPLOADED_AT, requires=_REQUIRED.get(name, ()))
    return (made, sdist(name, version, _UPLOADED_AT))
