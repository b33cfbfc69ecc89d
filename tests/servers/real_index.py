"""A real index, pypiserver, whose files lie on a server of their own.

As at the public index: what is removed is taken off the list, and the file host goes on serving it. pypiserver
itself would serve the files as well, from the folder that it lists: the server in front of it leads to the other.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.model import path_of
from tests.servers.git_web import free_port
from tests.servers.waiting import eventually
from workers.demo.loopback import Server
from workers.demo.model import WorldFile
from workers.demo.web import Request, Response, text

__all__ = ["FileRequest", "RealIndex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """What the file server was asked."""

    method: str
    path: str
    agent: str


class RealIndex:
    """Lists what lies in a folder, and serves what ever lay there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder, self._port = folder, free_port()
        self._kept: dict[str, bytes] = {}
        self.asked: list[FileRequest] = []
        """By all who asked the file server, the installer too."""
        self._front, self._files = Server({"*": self._listing}), Server({"*": self._file})

    @property
    def index_url(self) -> str:
        return f"{self._front.base_url}/simple/"

    @property
    def hosts(self) -> tuple[str, str]:
        """Of the index, and of its files."""
        return self._front.authority, self._files.authority

    def publish(self, file: WorldFile) -> None:
        """Upload a file."""
        path = path_of(file.blake2b_256, file.filename)
        place = self._folder / path.removeprefix("/packages/")
        place.parent.mkdir(parents=True)
        place.write_bytes(file.data)
        self._kept[path] = file.data

    def remove(self, file: WorldFile) -> None:
        """Take a file off the index; its URL goes on answering."""
        path = path_of(file.blake2b_256, file.filename)
        (self._folder / path.removeprefix("/packages/")).unlink()

    def _listing(self, request: Request) -> Response:
        status, kind, body = self._ask(request.path)
        elsewhere = f'href="{self._files.base_url}/packages/'.encode()
        body = body.replace(b'href="/packages/', elsewhere)
        return Response(status=status, body=body, media_type=kind)

    def _ask(self, path: str) -> tuple[int, str, bytes]:
        connection = HTTPConnection("127.0.0.1", self._port)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.headers["content-type"], answer.read()
        finally:
            connection.close()

    def _file(self, request: Request) -> Response:
        agent = request.headers.get("user-agent", "")
        self.asked.append(FileRequest(method=request.method, path=request.path, agent=agent))
        data = self._kept.get(request.path)
        return text(404, "not found") if data is None else Response(body=data)

    def _answers(self) -> bool:
        try:
            return self._ask("/simple/")[0] == 200
        except OSError:
            return False

    def __enter__(self) -> Self:
        words = ("--disable-fallback", "--hash-algo", "sha256", "--backend", "simple-dir")
        at = ("-i", "127.0.0.1", "-p", str(self._port), "--server", "wsgiref")
        command = [sys.executable, "-m", "pypiserver", "run", *at, *words, str(self._folder)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        self._front.__enter__()
        self._files.__enter__()
        eventually(self._answers)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.__exit__(kind, error, trace)
        self._front.__exit__(kind, error, trace)
        self._process.terminate()
        self._process.wait()
