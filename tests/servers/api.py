"""A loopback API that answers what a test scripts, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from crawler.net import Bucket, Quota

__all__ = ["ApiServer", "Asked", "RecordingBudget", "Reply", "json_reply", "serving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    method: str
    target: str
    """Path and query, as sent."""
    path: str
    """Without the query."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes

    def variables(self) -> dict[str, object]:
        """The variables of a GraphQL request."""
        found: dict[str, object] = json.loads(self.body)["variables"]
        return found


class RecordingBudget:
    """Allows everything and remembers it."""

    def __init__(self) -> None:
        self.spent: list[Bucket] = []
        self.learned: list[tuple[Bucket, Quota]] = []
        self.faults: list[tuple[Bucket, str]] = []

    def spend(self, bucket: Bucket) -> None:
        self.spent.append(bucket)

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        self.learned.append((bucket, quota))

    def failed(self, bucket: Bucket, why: str) -> None:
        self.faults.append((bucket, why))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names; a content-length that is none of the body ends the connection."""
    media_type: str | None = None
    body: bytes = b""


def json_reply(content: object, *, status: int = 200, **headers: str) -> Reply:
    """A JSON reply; `x_ratelimit_reset` becomes `x-ratelimit-reset`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(content).encode()
    return Reply(status=status, headers={"content-type": "application/json"} | named, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServer:
    base_url: str
    asked: list[Asked]

    @property
    def netloc(self) -> str:
        return urlsplit(self.base_url).netloc


@contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[ApiServer]:
    """Serve `answer` on a free loopback port until the block ends."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client need not read to the end
                super().handle()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            request = Asked(
                method=self.command,
                target=self.path,
                path=parts.path,
                query={name: values[0] for name, values in parse_qs(parts.query).items()},
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length),
            )
            asked.append(request)
            reply = answer(request)
            self.send_response(reply.status)
            if reply.media_type is not None:
                self.send_header("content-type", reply.media_type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "content-length" not in reply.headers:
                self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = self.close_connection or "content-length" in reply.headers

        do_POST = do_GET  # noqa: N815 - the name is http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield ApiServer(base_url=f"http://127.0.0.1:{server.server_port}", asked=asked)
        finally:
            server.shutdown()
            thread.join()
