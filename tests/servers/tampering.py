"""What can happen to the answer of a feed on its way; to which, see `tests.servers.feed_data`."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.servers.torn_archives import TORN
from workers.demo.osv import archive
from workers.demo.web import Request, Response

__all__ = ["ATTACKS", "BYTES", "DUMPS", "FOR_EVER", "Attack", "cut", "huge"]

Attack = Callable[[Request, Response], Response]


def _body(change: Callable[[bytes], bytes]) -> Attack:
    """Return the attack that sends another body; a server would give it another ETag."""
    return lambda _, response: Response(headers=_without_etag(response), body=change(response.body))


def _without_etag(response: Response) -> Mapping[str, str]:
    return {name: value for name, value in response.headers.items() if name.lower() != "etag"}


def cut(share: float) -> Attack:
    """Keep this share of the body, and claim that it is all."""
    return _body(lambda body: body[: int(len(body) * share)])


def huge(size: int) -> Attack:
    """Send `size` blanks."""
    return _body(lambda _: b" " * size)


def _says(content: bytes) -> Attack:
    return _body(lambda _: content)


def _status(status: int, **headers: str) -> Attack:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _, __: Response(status=status, headers=named, body=b"no")


def _broken_off(_: Request, response: Response) -> Response:
    body = response.body
    headers = {"Content-Length": str(len(body)), "Connection": "close"}
    return replace(response, headers={**response.headers, **headers}, body=body[: len(body) // 2])


def _compressed(_: Request, response: Response) -> Response:
    headers = {**_without_etag(response), "Content-Encoding": "gzip"}
    return Response(headers=headers, body=gzip.compress(response.body))


def _old_etag(request: Request, response: Response) -> Response:
    """Send the new content under the ETag of the old one."""
    etag = request.headers.get("if-none-match", '"always-the-same"')
    return replace(response, headers={**_without_etag(response), "ETag": etag})


def _new_etag(_: Request, response: Response) -> Response:
    return replace(response, headers={**_without_etag(response), "ETag": '"of this moment"'})


ATTACKS: Mapping[str, Attack] = {
    "a quarter of it": cut(0.25),
    "three quarters of it": cut(0.75),
    "all but a byte": _body(lambda body: body[:-1]),
    "broken off": _broken_off,
    "an object": _says(b"{}"),
    "a list": _says(b"[]"),
    "a number": _says(b"7"),
    "null": _says(b"null"),
    "a list of nothing": _says(b"[{}]"),
    "a web page": _says(b"<!DOCTYPE html><html><title>maintenance</title></html>"),
    "nothing": _says(b""),
    "gzip": _compressed,
    "redirect to plain http": _status(302, location="http://plain.example/"),
    "redirect to another host": _status(301, location="https://other.example/"),
    "304": _status(304),
    "204": _status(204),
    "403": _status(403),
    "404": _status(404),
    "451": _status(451),
    "429 with a negative wait": _status(429, retry_after="-1"),
    "429 with words": _status(429, retry_after="soon"),
    "500": _status(500),
    "ten years ahead": _body(lambda body: body.replace(b"2026-", b"2036-")),
    "ten years behind": _body(lambda body: body.replace(b"2026-", b"2016-")),
    "the old ETag": _old_etag,
    "a new ETag": _new_etag,
}


BYTES = _says(b"\x00\xff\x00")
FOR_EVER = _status(429, retry_after="1000000000")


def _claiming(size: int) -> bytes:
    """Return an archive whose directory claims that an entry holds `size` bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("MAL-2026-1.json", b"{}")
        file.infolist()[0].file_size = size
    return buffer.getvalue()


DUMPS: Mapping[str, Attack] = {
    "a path that leads out": _says(archive(("../MAL-2026-1.json", b"{}"))),
    "an absolute path": _says(archive(("/MAL-2026-1.json", b"{}"))),
    "5 GB by its header": _says(_claiming(5 * 1024**3)),
    "a bomb": _says(archive(("MAL-2026-1.json", b" " * 7_000_000))),
    "no entries": _says(archive()),
    "no records": _says(archive(("MAL-2026-1.json", b"{}"))),
    **{what: _says(body) for what, body in TORN.items()},
}
"""What a dump may be instead of one. Python warns when it writes a name twice: see `test_osv.py`."""
