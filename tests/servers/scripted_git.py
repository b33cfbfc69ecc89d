"""A server that speaks as much git as a test wants it to, and lies as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
RESULT = "application/x-git-upload-pack-result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """An answer; `body` may be endless."""

    body: Iterable[bytes]
    status: int = 200
    media_type: str = RESULT
    headers: Mapping[str, str] = field(default_factory=dict)


def line(payload: bytes) -> bytes:
    return b"%04x%b" % (len(payload) + 4, payload)


def capabilities() -> Say:
    lines = (b"version 2\n", b"ls-refs\n", b"fetch=shallow filter\n", b"object-format=sha1\n")
    return Say(body=[*map(line, lines), b"0000"], media_type=ADVERTISEMENT)


def refs(commit: str) -> Say:
    return Say(body=[line(f"{commit} HEAD symref-target:refs/heads/main\n".encode()), b"0000"])


def sideband(data: bytes, band: int = 1) -> Iterator[bytes]:
    for start in range(0, len(data), 60_000):
        yield line(bytes([band]) + data[start : start + 60_000])


def packfile(data: bytes) -> Say:
    return Say(body=[line(b"packfile\n"), *sideband(data), b"0000"])


def forever(chunk: bytes, pause: float = 0.0) -> Iterator[bytes]:
    while True:
        yield chunk
        time.sleep(pause)


class ScriptedGitServer:
    """Answers the capability probe, `ls-refs` and `fetch` with what the three callables return."""

    def __init__(
        self,
        *,
        refs: Callable[[], Say],
        fetch: Callable[[bytes], Say],
        probe: Callable[[], Say] = capabilities,
    ) -> None:
        self.refs, self.fetch, self.probe = refs, fetch, probe
        self.requests: list[str] = []
        self.heard: list[str] = []
        """Request lines and headers, as they came."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}/r.git"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._server.block_on_close = False
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(server: ScriptedGitServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._listen()
            server.requests.append("probe")
            self._say(server.probe())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            command = "ls-refs" if b"command=ls-refs" in body else "fetch"
            self._listen()
            server.requests.append(command)
            self._say(server.refs() if command == "ls-refs" else server.fetch(body))

        def _listen(self) -> None:
            server.heard.append(f"{self.requestline}\n{self.headers}")

        def _say(self, answer: Say) -> None:
            try:
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.media_type)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for chunk in answer.body:
                    self.wfile.write(chunk)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    return Handler
