"""Every source of the network on one loopback port: what they tell, and how they may be made to lie."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.servers.api import Asked
from tests.servers.feed_data import answers_at
from tests.servers.github_advisories import Advisory, AdvisoryApi
from tests.servers.osv_dumps import dump
from workers.demo.githttp import GitHost, materialise
from workers.demo.index import DemoIndex
from workers.demo.loopback import Server
from workers.demo.model import Commit, World, WorldRepository
from workers.demo.web import App, Request, Response, text

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
            "osv.example": _osv(chapter),
            "api.github.example": _github(chapter),
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


def _osv(chapter: Chapter) -> App:
    documents = dict[str, bytes]()
    for ecosystem, records in chapter.osv.items():
        rows = sorted(((str(one["modified"]), str(one["id"])) for one in records), reverse=True)
        documents |= {
            f"/osv/{ecosystem}/all.zip": dump(*records),
            f"/osv/{ecosystem}/modified_id.csv": "".join(f"{m},{i}\n" for m, i in rows).encode(),
        }
        documents |= {f"/osv/{ecosystem}/{r['id']}.json": _body(r) for r in records}
    return lambda request: _document(documents, request)


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
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    return Response(headers={"ETag": etag}, body=body)


def _github(chapter: Chapter) -> App:
    api = AdvisoryApi(advisories=list(chapter.advisories))

    def answer(request: Request) -> Response:
        query = {name: values[0] for name, values in request.query.items()}
        reply = api(
            Asked(
                method=request.method,
                target=request.path,  # the API looks at the parts only
                path=request.path,
                query=query,
                headers=request.headers,
                body=request.body,
            )
        )
        return Response(status=reply.status, headers=reply.headers, body=reply.body)

    return answer


def _npm(chapter: Chapter) -> App:
    def answer(request: Request) -> Response:
        if request.path == "/registry":
            return Response(body=_body({"update_seq": len(chapter.changes)}))
        if request.path == "/registry/_changes":
            since = int(request.query["since"][0])
            rows = chapter.changes[since : since + int(request.query["limit"][0])]
            return Response(body=_body({"results": rows, "last_seq": since + len(rows)}))
        packument = chapter.packuments.get(request.path)
        if packument is None:
            return text(HTTPStatus.NOT_FOUND, "not found")
        return Response(body=_body(packument))

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


def _body(document: object) -> bytes:
    return json.dumps(document).encode()
