"""Groups A22 to A25 and A27: answers of very many small pieces, 64 MiB of them, or very slow ones.

Each piece costs the reader a step and the server next to nothing, so it is pieces that have to be counted.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from tests.hostile.git_modes import SOME_OID, Mode, Serve, Trap, raw, scripted
from tests.servers.packs import header
from tests.servers.raw_http import Heard
from tests.servers.scripted_git import (
    ADVERTISEMENT,
    RESULT,
    Say,
    capabilities,
    forever,
    line,
    sideband,
)

__all__ = ["flood_modes"]

_CPU_SECONDS = 2.0
"""Of the reader's own process and its children: about 1 s, and what a busy machine adds to that."""
_SIZE = 64 * 1024 * 1024
_PIECE = 1024 * 1024
_TYPED = "TooLarge|Malformed|Retry"
_FETCHED = f"{_TYPED}|visited partial"


def flood_modes() -> Iterator[Mode]:
    """Yield all modes of this file."""
    for label, (start, unit) in _FETCHES.items():
        yield _mode(f"A25-flood-{label}", scripted(fetch=_fetching(start, unit)), _FETCHED)
    for label, (start, unit, verdict) in _REFS.items():
        yield _mode(f"A22-flood-{label}", scripted(heads=_saying(start, unit)), verdict)
    for label, (start, unit) in _PROBES.items():
        serve = scripted(probe=_saying(start, unit, ADVERTISEMENT))
        yield _mode(f"A22-flood-probe-{label}", serve, f"{_TYPED}|Unsupported")
    for label, serve in _HTTP.items():
        yield _mode(f"A23-flood-{label}", serve, _TYPED)
    for label, serve in _DRIPS.items():
        yield Mode(id=f"A27-drip-{label}", serve=serve, reader="Retry", program="Retry")


def _mode(label: str, serve: Serve, reader: str) -> Mode:
    return Mode(id=label, serve=serve, reader=reader, program="*", cpu_seconds=_CPU_SECONDS)


def _fetching(start: bytes, unit: bytes) -> Callable[[bytes], Say]:
    return lambda _: Say(body=_flood(start, unit))


def _saying(start: bytes, unit: bytes, kind: str = RESULT) -> Callable[[Trap], Say]:
    return lambda _: Say(body=_flood(start, unit), media_type=kind)


def _flood(start: bytes, unit: bytes) -> Iterator[bytes]:
    yield start
    piece = unit * (_PIECE // len(unit))
    for _ in range(_SIZE // len(piece)):
        yield piece


_PACKFILE = line(b"packfile\n")
_BLOB = struct.pack(">4sII", b"PACK", 2, 1) + header(3, 1_000_000)
_IN_PACK = _PACKFILE + b"".join(sideband(_BLOB))
_IN_STORED = _PACKFILE + b"".join(sideband(_BLOB + b"\x78\x01\x00\xff\xff\x00\x00"))
"""Within a block of 65,535 bytes that are stored as they are."""
_FETCHES: dict[str, tuple[bytes, bytes]] = {
    "empty-lines": (b"", b"0004"),
    "delimiters": (b"", b"0001"),
    "flushes": (b"", b"0000"),
    "response-ends": (b"", b"0002"),
    "lines-of-one-byte": (b"", b"0005x"),
    "acknowledgments": (line(b"acknowledgments\n"), line(b"ACK " + SOME_OID.encode() + b"\n")),
    "naks": (line(b"acknowledgments\n"), line(b"NAK\n")),
    "shallow-info": (line(b"shallow-info\n"), line(b"shallow " + SOME_OID.encode() + b"\n")),
    "wanted-refs": (line(b"wanted-refs\n"), line(SOME_OID.encode() + b" refs/heads/x\n")),
    "packfile-uris": (line(b"packfile-uris\n"), line(SOME_OID.encode() + b" http://127.0.0.1:1/\n")),
    "empty-bands": (_PACKFILE, b"0005\x01"),
    "empty-bands-in-the-pack": (_IN_PACK, b"0005\x01"),
    "bands-of-one-byte": (_IN_STORED, b"0006\x01x"),
    "bands-of-no-zlib": (_IN_PACK, b"0006\x01x"),
    "empty-progress": (_PACKFILE, b"0005\x02"),
    "progress-of-one-byte": (_PACKFILE, b"0006\x02."),
    "empty-errors": (_PACKFILE, b"0005\x03"),
    "empty-lines-in-the-pack": (_IN_PACK, b"0004"),
    "empty-objects": (
        _PACKFILE + b"".join(sideband(struct.pack(">4sII", b"PACK", 2, 100_000))),
        b"".join(sideband(b"\x30\x78\x9c\x03\x00\x00\x00\x00\x01" * 6_000)),
    ),
}  # fmt: skip
_REFS: dict[str, tuple[bytes, bytes, str]] = {
    "empty-lines": (b"", b"0004", "Malformed"),
    "delimiters": (b"", b"0001", "Malformed"),
    "response-ends": (b"", b"0002", "Malformed"),
    "lines-of-one-byte": (b"", b"0005x", "Malformed"),
    "short-refs": (b"", line(SOME_OID.encode() + b" r"), "empty partial|TooLarge|Retry"),
    "branches": (b"", line(f"{SOME_OID} refs/heads/b\n".encode()), "empty partial|TooLarge|Retry"),
    "attributes": (b"", line(f"{SOME_OID} r symref-target:x peeled:{SOME_OID}".encode()), "empty partial|TooLarge|Retry"),
}  # fmt: skip
_PROBES: dict[str, tuple[bytes, bytes]] = {
    "empty-lines": (b"", b"0004"),
    "flushes": (b"", b"0000"),
    "version-0": (
        line(b"# service=git-upload-pack\n") + b"0000" + line(f"{SOME_OID} HEAD\0x\n".encode()),
        line(f"{SOME_OID} refs/heads/x\n".encode()),
    ),
    "version-1": (
        line(b"# service=git-upload-pack\n") + b"0000" + line(b"version 1\n"),
        line(f"{SOME_OID} refs/heads/x\n".encode()),
    ),
    "service-lines": (b"", line(b"# service=git-upload-pack\n")),
    "capabilities": (line(b"version 2\n"), line(b"x\n")),
}


def _drip(start: bytes, chunk: bytes) -> Iterator[bytes]:
    """Send 2,000 bytes a second: twice what is called slow."""
    return chain([start], forever(chunk * (200 // len(chunk)), 0.1))


_DRIPS: dict[str, Serve] = {
    "of-capabilities": scripted(probe=lambda _: Say(body=_drip(b"ffff", b"x"), media_type=ADVERTISEMENT)),
    "of-refs": scripted(heads=lambda _: Say(body=_drip(b"", line(SOME_OID.encode() + b" refs/pull/1/head\n")))),
    "of-a-packet": scripted(fetch=lambda _: Say(body=_drip(b"ffff", b"x"))),
    "of-shallow-info": scripted(fetch=lambda _: Say(body=_drip(b"", line(b"shallow " + SOME_OID.encode())))),
    "of-a-pack": scripted(fetch=lambda _: Say(body=_drip(_IN_PACK, b"0005\x01"))),
    "of-an-object": scripted(fetch=lambda _: Say(body=_drip(_IN_STORED, b"0014\x01" + b"x" * 15))),
}  # fmt: skip


def _head(kind: str, *lines: str) -> bytes:
    head = ("HTTP/1.1 200 OK", f"content-type: {kind}", "connection: close", *lines, "", "")
    return "\r\n".join(head).encode()


def _http(refs: Callable[[], Iterable[bytes]]) -> Serve:
    """Serve as a git server does until the refs are asked for."""

    def script(heard: Heard) -> Iterable[bytes]:
        if heard.method == "GET":
            said = capabilities()
            return [_head(said.media_type), *said.body]
        return refs()

    return raw(lambda _: script)


def _chunked(data: bytes) -> bytes:
    return b"".join(b"1\r\n%c\r\n" % byte for byte in data)


_CHUNKED = _head(RESULT, "transfer-encoding: chunked")
_HTTP: dict[str, Serve] = {
    "chunks-of-one-byte": _http(lambda: _flood(_CHUNKED, _chunked(line(SOME_OID.encode() + b" r")))),
    "interim-answers": _http(lambda: _flood(b"", b"HTTP/1.1 102 Processing\r\n\r\n")),
    "interim-answers-with-headers": _http(lambda: _flood(b"", b"HTTP/1.1 103 Early\r\na: b\r\n\r\n")),
    "headers": _http(lambda: _flood(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n")),
    "one-header": _http(lambda: _flood(b"HTTP/1.1 200 OK\r\na: ", b"b")),
    "status-line": _http(lambda: _flood(b"HTTP/1.1 200 ", b"O")),
    "empty-lines": _http(lambda: _flood(b"", b"\r\n")),
    "trailers": _http(lambda: _flood(_CHUNKED + b"0\r\n", b"a: b\r\n")),
    "chunk-extension": _http(lambda: _flood(_CHUNKED + b"1;", b"a")),
}  # fmt: skip
