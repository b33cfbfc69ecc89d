"""A loopback server that answers each path with what a test put there, and remembers what was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from crawler.net import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    body: bytes = b""
    status: int = 200
    media_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = Reply | Callable[[Asked], Reply]


class FeedServer:
    """Paths are answered from `replies`; one that is not in it gets 404."""

    def __init__(self) -> None:
        self.replies = dict[str, Answer]()
        self.asked = list[Asked]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                headers = {k.lower(): v for k, v in self.headers.items()}
                asked = Asked(path=self.path, headers=headers, body=self.rfile.read(length))
                outer.asked.append(asked)
                found = outer.replies.get(self.path, Reply(status=404))
                reply = found if isinstance(found, Reply) else found(asked)
                self.send_response(reply.status)
                self.send_header("content-type", reply.media_type)
                if "content-length" not in reply.headers:
                    self.send_header("content-length", str(len(reply.body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)
                self.close_connection = "content-length" in reply.headers

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *args: object) -> None:
                """A client that hangs up early is part of some tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def http(self) -> Http:
        return Http(agent="ghostcrawl/test", trusted_hosts=[self.url.removeprefix("http://")])

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
