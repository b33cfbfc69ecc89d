"""The smallest agreement between the loopback server and the applications behind it, every fake among them.

An application is a callable from `Request` to `Response`; `workers.demo.loopback` routes to it by the
Host header. No framework: what is served here must stay readable on one page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

__all__ = ["App", "Request", "Response", "as_json", "tagged", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, already read to its end."""

    method: str
    """Upper case: `GET`, `HEAD`, `POST`."""
    host: str
    """The virtual host: the Host header in lower case, without the port."""
    path: str
    """As sent, still percent-encoded, without the query."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Decoded, by name; of several with one name the first, and none that is empty."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = field(default=b"", repr=False)
    target: str = ""
    """Path and query as sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """Where they state a Content-Length that is not that of the body, the connection ends behind it."""
    body: bytes = field(default=b"", repr=False)
    pieces: Iterable[bytes] | None = field(default=None, repr=False)
    """Sent in the stead of a body, as they come, without a length; the connection ends behind the last."""
    media_type: str | None = None
    """Becomes the header Content-Type."""


App = Callable[[Request], Response]
"""May be called from many threads at once."""


def text(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """A short plain-text answer, as servers give for errors."""
    plain, body = "text/plain; charset=utf-8", f"{message}\n".encode()
    return Response(status=status, headers=headers or {}, body=body, media_type=plain)


def as_json(
    content: object, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """An answer of JSON."""
    shown = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Response(status=status, headers=shown, body=json.dumps(content).encode())


def tagged(request: Request, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """A document with its ETag; who has it already is answered 304."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    shown = {**(headers or {}), "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=shown)
    return Response(headers=shown, body=body)
