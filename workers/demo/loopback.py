"""One loopback server for many virtual hosts: it routes by the Host header, and counts.

Every fake that speaks whole HTTP stands on it, those of the tests too. It also answers requests in absolute form (`GET http://index.example/simple/ HTTP/1.1`), so a tool that
knows nothing of the demo reaches the world with `HTTP_PROXY`.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from workers.demo.traffic import Traffic, TrafficMeter
from workers.demo.web import App, Request, Response, text

__all__ = ["Server"]

_LARGEST_BODY = 16 * 1024 * 1024
_ANY = "*"
_IDLE_SECONDS = 30.0
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class Server:
    """Serves applications by virtual host on a free port of 127.0.0.1; a context manager."""

    def __init__(self, apps: Mapping[str, App], file_hosts: Iterable[str] = ()) -> None:
        """Serve `apps` (lower-case host name -> application); count GETs to `file_hosts` apart.

        The application of `*` answers for every name that has none of its own.
        """
        self._apps = dict(apps)
        self._meter = TrafficMeter(frozenset(file_hosts))
        self._httpd = _Httpd(("127.0.0.1", 0), _Handler)
        self._httpd.owner = self
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.02,))

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://{self.authority}"

    @property
    def authority(self) -> str:
        """`127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._httpd.server_port}"

    @property
    def connect_to(self) -> Mapping[str, str]:
        """Every virtual host -> base URL, as `crawler.net.Http` takes it."""
        return dict.fromkeys(self._apps, self.base_url)

    @property
    def connections(self) -> int:
        """How many were opened so far."""
        return self._httpd.connections

    def traffic(self) -> Traffic:
        """Return what was asked so far."""
        return self._meter.traffic()

    def answer(self, request: Request) -> Response:
        """Route one request to its application."""
        app = self._apps.get(request.host, self._apps.get(_ANY))
        if app is None:
            self._meter.unknown(request.host)
            return text(HTTPStatus.MISDIRECTED_REQUEST, f"there is no {request.host} here")
        return app(request)

    def count(self, request: Request, status: int, sent: int) -> None:
        """Note one answered request; `sent` is the bytes of the answer's body."""
        self._meter.count(request.host, request.method, status, len(request.body), sent)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and close every connection."""
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.close_connections()
        self._httpd.server_close()


class _Httpd(ThreadingHTTPServer):
    owner: Server
    request_queue_size = 128
    daemon_threads = False
    connections = 0

    def __init__(self, *args: Any) -> None:  # noqa: ANN401 - the standard library's own signature
        super().__init__(*args)
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        with self._open_lock:
            self.connections += 1
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Print what went wrong, unless the guest hung up: the guest knows."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        """Wake the threads that wait for a next request on a connection kept alive."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the guest was faster


class _Handler(BaseHTTPRequestHandler):
    server: _Httpd
    protocol_version = "HTTP/1.1"
    server_version = "ghostcrawl-demo"
    sys_version = ""
    timeout = _IDLE_SECONDS
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Say nothing: the traffic is counted."""

    def _serve(self) -> None:
        request = self._read()
        if request is None:
            self.close_connection = True
            response = text(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
            self._send(response, b"too large", with_body=True)
            return
        response = self.server.owner.answer(request)
        with_body = request.method != "HEAD" and response.status not in _WITHOUT_BODY
        if response.pieces is not None:
            self._stream(request, response, response.pieces)
            return
        # Counted before it leaves: who asked may look at once.
        sent = len(response.body) if with_body else 0
        self.server.owner.count(request, response.status, sent)
        self._send(response, response.body, with_body=with_body)

    def _stream(self, request: Request, response: Response, pieces: Iterable[bytes]) -> None:
        self.close_connection, sent = True, 0
        self._head(response, None)
        try:
            for piece in pieces:
                self.wfile.write(piece)
                self.wfile.flush()
                sent += len(piece)
        finally:
            self.server.owner.count(request, response.status, sent)

    def _read(self) -> Request | None:
        body = self._body()
        if body is None:
            return None
        target = urlsplit(self.path)
        host = target.netloc or self.headers.get("Host", "")
        return Request(
            method=self.command,
            host=host.partition(":")[0].lower(),
            path=target.path or "/",
            query={name: values[0] for name, values in parse_qs(target.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            target=self.path,
        )

    def _body(self) -> bytes | None:
        """Read the body of a request; None where it is larger than allowed."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunked()
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY:
            return None
        return self.rfile.read(int(length))

    def _chunked(self) -> bytes | None:
        body = b""
        while size := int(self.rfile.readline(64).split(b";")[0], 16):
            if len(body) + size > _LARGEST_BODY:
                return None
            body += self.rfile.read(size)
            self.rfile.readline(64)
        self.rfile.readline(64)
        return body

    def _send(self, response: Response, body: bytes, *, with_body: bool) -> None:
        self._head(response, len(body))
        if with_body:
            self.wfile.write(body)
        self.wfile.flush()

    def _head(self, response: Response, length: int | None) -> None:
        """Send the status and the headers; `length` is that of the body, None where nobody knows it."""
        self.send_response(response.status)
        if response.media_type is not None:
            self.send_header("Content-Type", response.media_type)
        stated = {name.lower(): value for name, value in response.headers.items()}
        for name, value in response.headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        elif response.status not in _WITHOUT_BODY:
            if "content-length" not in stated:
                self.send_header("Content-Length", str(length))
            elif stated["content-length"] != str(length):
                self.close_connection = True
        self.end_headers()
