"""A loopback server that sends exactly the bytes a test gives it, as slowly and as wrongly as it says."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer

from crawler.errors import Defer
from crawler.net import Bucket, Budget, Http, HttpLimits, Quota

__all__ = [
    "EmptyBudget",
    "Heard",
    "RawServer",
    "Script",
    "WatchingBudget",
    "client",
    "dripping",
    "hello",
    "raw_server",
    "reply",
]

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 seconds: closing sends RST (socket(7))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The head of one request, as it came over the wire."""

    method: str
    target: str
    """Path and query as sent."""
    headers: Mapping[str, str]
    """Lower-case names; several of one name are joined by a comma."""


@dataclass(slots=True, kw_only=True)
class RawServer:
    port: int
    heard: list[Heard] = field(default_factory=list)
    first_bytes: list[bytes] = field(default_factory=list)
    """What each connection sent first; empty where it sent nothing."""

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, target: str = "/") -> str:
        return f"http://{self.authority}{target}"


Script = Callable[[Heard], Iterable[bytes]]
"""What to send; ConnectionResetError raised in it resets the connection."""


def reply(status: int = 200, body: bytes = b"", /, **headers: str) -> bytes:
    """A whole answer; `retry_after` becomes `retry-after`, a length of its own wins."""
    named = {"content-length": str(len(body)), "connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Reason\r\n{lines}\r\n".encode("latin-1") + body


def hello(_: Heard) -> Iterable[bytes]:
    """The simplest script."""
    return [reply(200, b"hello")]


def client(
    server: RawServer, *, budget: Budget | None = None, limits: HttpLimits | None = None
) -> Http:
    """A client that trusts `server` and nobody else."""
    return Http(
        agent="ghostcrawl/test", budget=budget, limits=limits, trusted_hosts=[server.authority]
    )


def dripping(start: bytes, chunk: bytes, pause: float = 0.05) -> Iterator[bytes]:
    """Send `start`, then `chunk` for ever, with `pause` seconds before each."""
    yield start
    rest = threading.Event()
    while not rest.wait(pause):
        yield chunk


@contextmanager
def raw_server(script: Script) -> Iterator[RawServer]:
    """Answer every request with what `script` yields, then close its connection."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                head = _read_head(self.request)
                state.first_bytes.append(head)
                if head:
                    self._answer(head)

        def _answer(self, head: bytes) -> None:
            heard = _parse(head)
            state.heard.append(heard)
            try:
                for piece in script(heard):
                    self.request.sendall(piece)
            except ConnectionResetError:
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self.request.close()

    class Server(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        state = RawServer(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and (chunk := connection.recv(65_536)):
        head += chunk
    return head


def _parse(head: bytes) -> Heard:
    first, *lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        known = headers.get(name.lower())
        headers[name.lower()] = value.strip() if known is None else f"{known}, {value.strip()}"
    return Heard(method=method, target=target, headers=headers)


class WatchingBudget:
    """Allows everything; remembers how many requests had arrived when it was asked and told."""

    def __init__(self, server: RawServer) -> None:
        self._server = server
        self.spent: list[tuple[int, Bucket]] = []
        self.learned: list[tuple[int, Bucket, Quota]] = []
        self.failures: list[tuple[Bucket, str]] = []

    def spend(self, bucket: Bucket) -> None:
        self.spent.append((len(self._server.heard), bucket))

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        self.learned.append((len(self._server.heard), bucket, quota))

    def failed(self, bucket: Bucket, why: str) -> None:
        self.failures.append((bucket, why))


class EmptyBudget:
    """Has nothing left for another 42 seconds."""

    def spend(self, bucket: Bucket) -> None:
        raise Defer(42.0, f"the budget of {bucket.host} is empty")

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        """Nothing was spent."""

    def failed(self, bucket: Bucket, why: str) -> None:
        """Nothing was sent."""
