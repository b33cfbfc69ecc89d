"""A vulnerability service on loopback that knows of nothing: for peers that must ask one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

__all__ = ["serving"]


class _Nothing(BaseHTTPRequestHandler):
    """Answers each query with an empty list."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a query (OSV API, POST /v1/query)."""
        self.rfile.read(int(self.headers.get("content-length", "0")))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - signature of http.server
        """Say nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Give the URL of the service while it runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Nothing)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
