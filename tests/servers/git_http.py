"""Real git repositories over HTTP: `git http-backend` behind a small front that counts."""

from __future__ import annotations

import os
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


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
            process = subprocess.run(
                ["git", "http-backend"],
                input=body,
                env=_environment(server, self, parts.path, parts.query, len(body)),
                capture_output=True,
                check=False,
            )
            head, _, content = process.stdout.partition(b"\r\n\r\n")
            headers = dict(
                line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line
            )
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            server.traffic.sent += len(content)  # before it leaves: the client may look at once
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler


def _environment(
    server: GitHttpServer, request: BaseHTTPRequestHandler, path: str, query: str, length: int
) -> dict[str, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(server.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": str(len(server.settings)),
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": request.command,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(length),
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
    }
    for number, (key, value) in enumerate(server.settings.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    if server.protocol == 2:
        environment["GIT_PROTOCOL"] = request.headers.get("git-protocol", "")
    return environment
