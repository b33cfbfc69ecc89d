"""One connection for many requests: a handshake less for the host, and two ways over the wire for us."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from crawler.net import Http

CONTENT = b"content"


class _Counting(ThreadingHTTPServer):
    """Sends CONTENT and as many bytes behind it as the path says."""

    daemon_threads = True
    connections = 0
    sent = 0

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Counting

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        behind = int(self.path.removeprefix("/"))
        self.send_response(200)
        self.send_header("content-length", str(len(CONTENT) + behind))
        self.end_headers()
        try:
            self.wfile.write(CONTENT)
            for _ in range(behind // 1_000):
                self.wfile.write(b"x" * 1_000)
                self.server.sent += 1_000
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _serving() -> Iterator[_Counting]:
    with _Counting(("127.0.0.1", 0), _Handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def _first_chunk(http: Http, server: _Counting, path: str) -> bytes:
    with http.stream("GET", f"http://{server.authority}{path}") as (_, _, chunks):
        return next(chunks)


def _first_chunks(http: Http, server: _Counting, path: str) -> Generator[bytes, None, None]:
    with http.stream("GET", f"http://{server.authority}{path}") as (_, _, chunks):
        yield from (chunk[: len(CONTENT)] for chunk in chunks)


def test_many_requests_to_a_host_share_a_connection() -> None:
    with _serving() as server:
        http = Http(agent="test", trusted_hosts=[server.authority])

        for _ in range(5):
            http.request("GET", f"http://{server.authority}/0")
        http.close()

        assert server.connections == 1


def test_a_stream_that_is_left_before_its_end_gives_its_connection_back() -> None:
    with _serving() as server:
        http = Http(agent="test", trusted_hosts=[server.authority])

        found = [_first_chunk(http, server, "/4000")[: len(CONTENT)] for _ in range(3)]
        http.close()

        assert found == [CONTENT, CONTENT, CONTENT]
        assert server.connections == 1


def test_a_generator_that_is_closed_early_gives_its_connection_back() -> None:
    with _serving() as server:
        http = Http(agent="test", trusted_hosts=[server.authority])

        for _ in range(3):
            reading = _first_chunks(http, server, "/4000")
            next(reading)
            reading.close()
        http.close()

        assert server.connections == 1


def test_much_that_is_left_behind_the_content_is_not_read_for_a_connection() -> None:
    with _serving() as server:
        http = Http(agent="test", trusted_hosts=[server.authority])

        for _ in range(2):
            _first_chunk(http, server, "/500000000")
        http.close()

        assert server.connections == 2
    assert server.sent < 100_000_000
