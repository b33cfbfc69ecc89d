"""bun.lockb, the binary lock of bun before 1.2: only its URLs are read.

Source: bun, `src/install/lockfile/bun.lockb.zig`. All strings of more than eight bytes lie in one buffer,
one behind the other without a separator; digests and versions lie in columns that are not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from crawler.errors import GiveUp, TooLarge, Unsupported
from crawler.lockfiles.artifacts import Artifact, file_name
from crawler.lockfiles.documents.document import LARGEST
from crawler.lockfiles.documents.recovery import MOST_PINS
from crawler.lockfiles.javascript.npm_sources import npm_package
from crawler.model import LineSpan, Origin, OriginKind, ParseResult, Pin, Readable, Skipped
from crawler.model.urls import redact

__all__ = ["BunBinaryParser"]

_HEADER = b"#!/usr/bin/env bun\nbun-lockfile-format-v"
_LFS_POINTER = b"version https://git-lfs."
_START = re.compile(rb"https?://")
_LONGEST = 2000
_URL = re.compile(rb"https?://[\x21-\x7e]++")
_END = re.compile(rb"\.(?:tgz|tar\.gz)")
_LONGEST_FILE_NAME = 255
_VERSION = re.compile(r"-([0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*)\.(?:tgz|tar\.gz)\Z")


class BunBinaryParser:
    """Reads the URLs of `bun.lockb`; never more than partly."""

    format: Final = "bunb"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a binary lock of bun."""
        return path.rpartition("/")[2] == "bun.lockb"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin, flagged `recovered`, per URL of an archive."""
        try:
            _check(data)
        except GiveUp as error:
            return _result((), str(error))
        return _result(tuple(_pins(data)), "binary format; only the URLs of archives were read")


def _check(data: bytes) -> None:
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes; at most {LARGEST} are read")
    if not data.strip():
        raise Unsupported("empty file")
    if data.startswith(_LFS_POINTER):
        raise Unsupported("git-LFS pointer; the lock itself lies in LFS storage")
    if not data.startswith(_HEADER):
        raise Unsupported("no bun.lockb: the first lines are not those of the format")


def _result(pins: tuple[Pin, ...], reason: str) -> ParseResult:
    skipped: tuple[Skipped, ...] = (Skipped(context="document", reason=reason),)
    if len(pins) >= MOST_PINS:
        skipped += (Skipped(context="document", reason=f"only the first {MOST_PINS} pins read"),)
    readable = Readable.PARTLY if pins else Readable.NOT
    return ParseResult(format="bunb", readable=readable, pins=pins, skipped=skipped)


def _pins(data: bytes) -> Iterator[Pin]:
    """Yield a pin per URL; one ends where its archive does, or where the next one begins."""
    line, counted, made = 1, 0, 0
    starts = [found.start() for found in _START.finditer(data)]
    for start, following in pairwise([*starts, len(data)]):
        url = _url(data[start : min(following, start + _LONGEST)])
        if url is None:
            continue
        line, counted = line + data.count(b"\n", counted, start), start
        yield _pin(redact(url), line)
        made += 1
        if made >= MOST_PINS:
            return


def _url(piece: bytes) -> str | None:
    found = _URL.match(piece)
    end = None if found is None else _END.search(found[0])
    return None if found is None or end is None else found[0][: end.end()].decode("ascii")


def _pin(url: str, line: int) -> Pin:
    name, version = _release(url)
    kind = OriginKind.REGISTRY if name else OriginKind.URL
    package = npm_package(name, version, Origin(kind=kind, location="" if name else url))
    lines = LineSpan(first=line, last=line)
    pin = package.pin(Artifact(lines=lines, url=url, filename=file_name(url)))
    return Pin(
        ecosystem=pin.ecosystem,
        name=pin.name,
        version=pin.version,
        origin=pin.origin,
        lines=pin.lines,
        url=pin.url,
        filename=pin.filename,
        flags=("recovered",),
    )


def _release(url: str) -> tuple[str | None, str | None]:
    """Return name and version as the path of a registry states them: `/name/-/name-1.0.0.tgz`."""
    path, dashes, filename = url.rpartition("/-/")
    version = _VERSION.search(filename) if len(filename) <= _LONGEST_FILE_NAME else None
    if not dashes:
        return None, None
    parts = path.replace("%2f", "/").replace("%2F", "/").replace("%40", "@").rsplit("/", 2)
    scoped = len(parts) > 1 and parts[-2].startswith("@")
    name = "/".join(parts[-2:]) if scoped else parts[-1]
    return name, None if version is None else version[1]
