"""Real git repositories over HTTP, with the settings and the traffic of one server; git answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from workers.demo.githttp import backend
from workers.demo.loopback import Server
from workers.demo.web import Request, Response


@dataclass(slots=True, kw_only=True)
class GitTraffic:
    """What went over the wire; whoever looks may set it back."""

    requests: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    """Of each request, by lower-case name."""
    sent: int = 0
    """Bytes of bodies."""


class GitHttpServer:
    """Serves all bare repositories under `root`.

    `protocol` 0 hides that the server knows version 2, `filters` and `any_oid` are the settings
    uploadpack.allowFilter and uploadpack.allowAnySHA1InWant.
    """

    def __init__(
        self, root: Path, *, protocol: int = 2, filters: bool = True, any_oid: bool = True
    ) -> None:
        self.root, self.protocol, self.traffic = root, protocol, GitTraffic()
        self.settings = {
            "uploadpack.allowFilter": str(filters).lower(),
            "uploadpack.allowAnySHA1InWant": str(any_oid).lower(),
            "http.uploadpack": "true",
            "safe.directory": "*",
        }
        self._server = Server({"*": self._answer})

    @property
    def authority(self) -> str:
        return self._server.authority

    @property
    def connections(self) -> int:
        return self._server.connections

    def url(self, name: str) -> str:
        return f"http://{self.authority}/{name}"

    def _answer(self, request: Request) -> Response:
        self.traffic.requests.append(f"{request.method} {request.path}")
        self.traffic.headers.append(request.headers)
        response = self.answer(request)
        self.traffic.sent += len(response.body)
        return response

    def answer(self, request: Request) -> Response:
        """Let git answer."""
        return backend(request, self.root, self.settings, protocol=self.protocol)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, tb)
