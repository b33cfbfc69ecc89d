"""The smallest agreement between the loopback server and the applications behind it.

An application is a callable from `Request` to `Response`; `workers.demo.server` routes to it by the
Host header. No framework: what is served here must stay readable on one page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["App", "Request", "Response", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, already read to its end."""

    method: str
    """Upper case: `GET`, `HEAD`, `POST`."""
    host: str
    """The virtual host: the Host header in lower case, without the port."""
    path: str
    """As sent, still percent-encoded, without the query."""
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Decoded values by name, in the order sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer; the server adds `Content-Length` to a body of bytes."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] = field(default=b"", repr=False)


App = Callable[[Request], Response]
"""May be called from many threads at once."""


def text(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """A short plain-text answer, as servers give for errors."""
    shown = {"Content-Type": "text/plain; charset=utf-8", **(headers or {})}
    return Response(status=status, headers=shown, body=f"{message}\n".encode())
