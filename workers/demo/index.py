"""The package index of the demo: Simple API as JSON (PEP 691, 700, 792) and the XML-RPC journal.

What it does is what the real index does (warehouse `api/simple.py`, `legacy/api/xmlrpc/views.py`): a
quarantined project answers 200 with nothing listed, a removed one 404, the journal stays.
"""

from __future__ import annotations

import json
import xmlrpc.client
from bisect import bisect_right
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote
from xml.parsers.expat import ExpatError

from packaging.utils import canonicalize_name

from crawler.model import path_of
from workers.demo.locks import FILES
from workers.demo.model import World, WorldFile, WorldProject
from workers.demo.web import Request, Response, tagged, text

__all__ = ["PAGE_LIMIT", "DemoIndex"]

PAGE_LIMIT = 50_000
"""Journal entries per answer at most."""

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPTED = (_JSON, "application/vnd.pypi.simple.latest+json", "*/*")
_RPC_PATHS = ("/pypi", "/pypi/", "/RPC2")
_UNKNOWN_METHOD = -32601


class DemoIndex:
    """An application for `index.example`; safe to call from many threads."""

    def __init__(
        self, world: World, *, files_url: str = FILES, page_limit: int = PAGE_LIMIT
    ) -> None:
        """Serve `world`; `files_url` is the base of file URLs, without a trailing slash."""
        self._files_url, self._page_limit = files_url, page_limit
        self.publish(world)

    def publish(self, world: World) -> None:
        """Show another world from now on: time has passed at the index."""
        self._projects = {project.name: project for project in world.projects}
        self._journal = world.journal
        self._serials = [entry.serial for entry in world.journal]

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.method == "POST" and request.path in _RPC_PATHS:
            return self._call(request.body)
        if request.method not in {"GET", "HEAD"}:
            return text(HTTPStatus.METHOD_NOT_ALLOWED, "method not allowed")
        if request.path == "/simple/":
            return self._page(request, self._list())
        parts = request.path.split("/")
        if len(parts) == 4 and parts[1] == "simple" and parts[3] == "":  # noqa: PLR2004 - /simple/NAME/
            return self._detail(request, unquote(parts[2]))
        return text(HTTPStatus.NOT_FOUND, "not found")

    def _detail(self, request: Request, name: str) -> Response:
        canonical = canonicalize_name(name)
        if canonical != name:
            moved = {"Location": f"/simple/{canonical}/"}
            return text(HTTPStatus.MOVED_PERMANENTLY, "moved", moved)
        project = self._projects.get(name)
        if project is None or project.status == "removed":
            return text(HTTPStatus.NOT_FOUND, "not found", {"Cache-Control": "max-age=600, public"})
        return self._page(request, self._shown(project))

    def _shown(self, project: WorldProject) -> dict[str, object]:
        files = [self._file(file) for files in project.listed.values() for file in files]
        return {
            "meta": self._meta(),
            "name": project.name,
            "project-status": {"status": project.status},
            "versions": list(project.listed),
            "files": files,
        }

    def _file(self, file: WorldFile) -> dict[str, object]:
        return {
            "filename": file.filename,
            "url": f"{self._files_url}{path_of(file.blake2b_256, file.filename)}",
            "hashes": {"sha256": file.sha256},
            "requires-python": None,
            "size": len(file.data),
            "upload-time": file.uploaded_at,
            "yanked": file.yanked,
        }

    def _list(self) -> dict[str, object]:
        names = [project.name for project in self._projects.values() if project.status == "active"]
        return {"meta": self._meta(), "projects": [{"name": name} for name in sorted(names)]}

    def _meta(self) -> dict[str, object]:
        return {"api-version": "1.4", "_last-serial": self._last_serial()}

    def _last_serial(self) -> int:
        return self._serials[-1] if self._serials else 0

    def _page(self, request: Request, page: dict[str, object]) -> Response:
        accept = request.headers.get("accept", "*/*")
        if not any(wanted in accept for wanted in _ACCEPTED):
            return text(HTTPStatus.NOT_ACCEPTABLE, "this index speaks JSON only")
        body = json.dumps(page).encode()
        headers = {
            "Content-Type": _JSON,
            "Cache-Control": "max-age=600, public",
            "Vary": "Accept",
            "X-PyPI-Last-Serial": str(self._last_serial()),
        }
        return tagged(request, body, headers)

    def _call(self, body: bytes) -> Response:
        try:
            params, method = xmlrpc.client.loads(body)
        except (ExpatError, xmlrpc.client.Error, ValueError):
            return text(HTTPStatus.BAD_REQUEST, "this is no XML-RPC call")
        answer = xmlrpc.client.dumps(
            self._result(method, params), methodresponse=True, allow_none=True
        )
        return Response(headers={"Content-Type": "text/xml"}, body=answer.encode())

    def _result(
        self, method: str | None, params: tuple[object, ...]
    ) -> tuple[Any] | xmlrpc.client.Fault:
        match method, params:
            case "changelog_last_serial", ():
                return (self._last_serial(),)
            case "changelog_since_serial", (int(serial),):
                return (self._since(serial),)
            case "list_packages_with_serial", ():
                return (self._with_serials(),)
            case _:
                return xmlrpc.client.Fault(_UNKNOWN_METHOD, f"server error; {method} not found")

    def _since(self, serial: int) -> list[tuple[object, ...]]:
        begin = bisect_right(self._serials, serial)
        entries = self._journal[begin : begin + self._page_limit]
        return [(e.name, e.version, e.timestamp, e.action, e.serial) for e in entries]

    def _with_serials(self) -> dict[str, int]:
        """Every project that was not removed, quarantined ones included, with its last serial."""
        alive = {name for name, project in self._projects.items() if project.status != "removed"}
        return {entry.name: entry.serial for entry in self._journal if entry.name in alive}
