"""Real git repositories over HTTP, with the settings and the traffic of one server; git answers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from workers.demo.githttp import backend
from workers.demo.web import Request


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What went over the wire, bodies only."""

    connections: int = 0
    requests: list[str] = field(default_factory=list)
    received: int = 0
    sent: int = 0


class GitHttpServer:
    """Serves all bare repositories under `root`.

    `protocol` 0 hides that the server knows version 2, `filters` and `any_oid` are the settings
    uploadpack.allowFilter and uploadpack.allowAnySHA1InWant.
    """

    def __init__(
        self, root: Path, *, protocol: int = 2, filters: bool = True, any_oid: bool = True
    ) -> None:
        self.root, self.protocol, self.traffic = root, protocol, Traffic()
        self.settings = {
            "uploadpack.allowFilter": str(filters).lower(),
            "uploadpack.allowAnySHA1InWant": str(any_oid).lower(),
            "http.uploadpack": "true",
            "safe.directory": "*",
        }
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def url(self, name: str) -> str:
        return f"http://{self.authority}/{name}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(server: GitHttpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            server.traffic.connections += 1

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", "0"))))

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            server.traffic.requests.append(f"{self.command} {parts.path}")
            server.traffic.received += len(body)
            request = Request(
                method=self.command,
                host=server.authority,
                path=parts.path,
                query={name: tuple(values) for name, values in parse_qs(parts.query).items()},
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
            )
            answer = backend(request, server.root, server.settings, protocol=server.protocol)
            content = b"".join(answer.body) if not isinstance(answer.body, bytes) else answer.body
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            server.traffic.sent += len(content)  # before it leaves: the client may look at once
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler
