"""The file hosts of the demo: the index's own, and a mirror; both keep what the index removed.

Seen at the real file host: files of a removed project are still served, with
`Cache-Control: max-age=365000000, immutable`.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote

from crawler.model import path_of
from workers.demo.model import World, WorldFile
from workers.demo.web import Request, Response, text

__all__ = ["FileHost"]


class FileHost:
    """An application that serves every file ever uploaded, by its digest path."""

    def __init__(self, world: World) -> None:
        """Serve the files of `world`, listed or not."""
        self._files = {path_of(file.blake2b_256, file.filename): file for file in _all(world)}

    def __call__(self, request: Request) -> Response:
        """Answer HEAD and GET; that nobody should GET is counted by the server."""
        if request.method not in {"GET", "HEAD"}:
            return text(HTTPStatus.METHOD_NOT_ALLOWED, "method not allowed")
        file = self._files.get(unquote(request.path))
        if file is None:
            return text(HTTPStatus.NOT_FOUND, "not found")
        headers = {
            "Content-Type": "application/octet-stream",
            "Cache-Control": "max-age=365000000, immutable, public",
            "ETag": f'"{file.blake2b_256[:32]}"',
        }
        return Response(headers=headers, body=file.data)


def _all(world: World) -> Iterable[WorldFile]:
    for project in world.projects:
        for versions in (project.listed, project.unlisted):
            for files in versions.values():
                yield from files
