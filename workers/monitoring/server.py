"""`/metrics` for Prometheus and `/healthz` for whoever starts processes, over plain HTTP on one address.

Off unless an address is set, and on loopback unless it says otherwise: there is no password, since nothing is
shown that is secret. Nothing can be changed here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from crawler.errors import ConfigurationError

if TYPE_CHECKING:
    from workers.monitoring.health import Health

__all__ = ["serving"]

_SECONDS = 10
"""Who asks has so long to say what."""
_TEXT = "text/plain; charset=utf-8"


@contextmanager
def serving(address: tuple[str, int], registry: CollectorRegistry, health: Health) -> Iterator[int]:
    """Answer at `address` while the block runs; yield the port (port 0: any that is free).

    Raises ConfigurationError where the address cannot be taken.
    """
    try:
        server = ThreadingHTTPServer(address, _handler(registry, health))
    except OSError as error:
        msg = f"cannot serve metrics at {address[0]}:{address[1]}: {error.strerror}; choose another address with --metrics"
        raise ConfigurationError(msg) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _handler(registry: CollectorRegistry, health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_GET(self) -> None:
            """Answer."""
            match self.path.partition("?")[0]:
                case "/metrics":
                    body = generate_latest(registry)
                    self._answer(HTTPStatus.OK, body, CONTENT_TYPE_PLAIN_0_0_4)
                case "/healthz":
                    problem = health.problem()
                    status = HTTPStatus.SERVICE_UNAVAILABLE if problem else HTTPStatus.OK
                    self._answer(status, f"{problem or 'ok'}\n".encode(), _TEXT)
                case _:
                    self._answer(HTTPStatus.NOT_FOUND, b"/metrics or /healthz\n", _TEXT)

        def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet: who looks every few seconds is no event."""

    return Handler
