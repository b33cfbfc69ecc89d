"""Every source of the network on one loopback port: what they tell, and how they may be made to lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.feed_data import answers_at
from tests.servers.github_advisories import Advisory, AdvisoryApi
from workers.demo.githttp import GitHost, materialise
from workers.demo.index import DemoIndex
from workers.demo.loopback import Server
from workers.demo.model import Commit, World, WorldRepository
from workers.demo.osv import Osv
from workers.demo.web import App, Request, Response, as_json, tagged, text

__all__ = ["Chapter", "FeedsWorld", "Tamper"]

_GIT = "git.example"
_MADE = (
    "index.example",
    "osv.example",
    "api.github.example",
    "registry.npm.example",
    "replicate.npm.example",
    _GIT,
)
"""Hosts of which the answers are made by code."""
_LAST = 99

Json = dict[str, Any]
Tamper = Callable[[Request, Response], Response]
"""What happens to an answer on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """All that the feeds tell at one time."""

    index: World
    """Its projects and its journal."""
    osv: Mapping[str, Sequence[Json]]
    """Ecosystem (`PyPI`, `npm`) -> records."""
    advisories: Sequence[Advisory]
    files: Mapping[str, bytes]
    """`<host>/<path>` -> document; below `git.example/<owner>/<name>` the files of a repository."""
    changes: Sequence[Json]
    """Of the npm registry, in order."""
    packuments: Mapping[str, Json]
    """By path: `/@zz%2fghost`."""

    def repositories(self) -> World:
        """Return the repositories as a world that can be materialised."""
        contents = dict[str, dict[str, bytes]]()
        for place, body in self.files.items():
            host, *parts = place.split("/")
            if host == _GIT:
                contents.setdefault("/".join(parts[:2]), {})["/".join(parts[2:])] = body
        return World(
            projects=(),
            journal=(),
            advisories=(),
            repositories=tuple(
                WorldRepository(host=_GIT, path=path, branches={"main": Commit(files=files)})
                for path, files in contents.items()
            ),
            truth=(),
        )


@dataclass
class FeedsWorld:
    """Serves a chapter after the other; a context manager."""

    directory: Path
    """Where the repositories are written."""
    asked: list[Request] = field(default_factory=list)
    tamper: Tamper | None = None
    _apps: dict[str, App] = field(default_factory=dict)
    _shown: int = 0

    def __post_init__(self) -> None:
        hosts = {*_MADE, *(place.partition("/")[0] for place in answers_at(_LAST))}
        self._server = Server(dict.fromkeys(sorted(hosts), self._answer))

    @property
    def connect_to(self) -> Mapping[str, str]:
        """Every name -> base URL, as `crawler.net.Http` takes it."""
        return self._server.connect_to

    def show(self, chapter: Chapter) -> None:
        """Tell `chapter` from now on."""
        self._shown += 1
        folder = self.directory / str(self._shown)
        repositories = chapter.repositories()
        materialise(repositories.repositories, folder)
        npm = _npm(chapter)
        documents = {place.partition("/")[0] for place in chapter.files}
        self._apps = {host: _documents(chapter, host) for host in documents} | {
            "index.example": DemoIndex(chapter.index),
            "osv.example": Osv(chapter.osv),
            "api.github.example": AdvisoryApi(advisories=list(chapter.advisories)),
            "registry.npm.example": npm,
            "replicate.npm.example": npm,
            _GIT: _remembering(GitHost(repositories, _GIT, folder)),
        }

    def _answer(self, request: Request) -> Response:
        self.asked.append(request)
        response = self._apps[request.host](request)
        return response if self.tamper is None else self.tamper(request, response)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)


def _documents(chapter: Chapter, host: str) -> App:
    documents = {
        place.removeprefix(host): body
        for place, body in chapter.files.items()
        if place.startswith(f"{host}/")
    }
    return lambda request: _document(documents, request)


def _document(documents: Mapping[str, bytes], request: Request) -> Response:
    body = documents.get(request.path)
    if body is None:
        return text(HTTPStatus.NOT_FOUND, "not found")
    return tagged(request, body)


def _npm(chapter: Chapter) -> App:
    def answer(request: Request) -> Response:
        if request.path == "/registry":
            return as_json({"update_seq": len(chapter.changes)})
        if request.path == "/registry/_changes":
            since = int(request.query["since"])
            rows = chapter.changes[since : since + int(request.query["limit"])]
            return as_json({"results": rows, "last_seq": since + len(rows)})
        packument = chapter.packuments.get(request.path)
        if packument is None:
            return text(HTTPStatus.NOT_FOUND, "not found")
        return as_json(packument)

    return answer


def _remembering(app: App) -> App:
    """Git's program is run once for each question: it always answers the same."""
    known = dict[object, Response]()

    def answer(request: Request) -> Response:
        key = (request.method, request.path, str(request.query), request.body)
        if key not in known:
            known[key] = app(request)
        return known[key]

    return answer
