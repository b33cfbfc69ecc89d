"""bun.lock: JSON with comments and trailing commas, one array per package.

Source: bun, `src/install/lockfile/bun.lock.zig`: `["name@version", registry or URL, info, integrity]` for
a package of a registry; `["name@location", info, ...]` for every other source. Seen of bun 1.4.5: what has
`"bundled": true` below another package is never asked for, though its URL is stated. It reads to the end of
the document and no further, replaces bytes that are not UTF-8, takes the first of two members of the root,
and refuses a lock of which it cannot read an entry or in which one stands twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, file_name, integrity_of
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load_bun
from crawler.lockfiles.documents.json_entries import Node
from crawler.lockfiles.documents.json_reading import read_json
from crawler.lockfiles.documents.reading import Tool
from crawler.lockfiles.javascript.npm_sources import is_link, is_tarball, npm_package, origin_of
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["BunParser"]

_SHAPE: Shape = {"packages": {}}
_NEWEST = 3
_TOOL = Tool(syntax=True, replaces=True)
_MOST_ITEMS = 4
_TAKEN = re.compile(r"sha(?:1|256|384|512)-[A-Za-z0-9+/]+={0,2}")
_INTEGRITY = re.compile(r"(?:sha1|sha256|sha384|sha512|md5)-[A-Za-z0-9+/]+={0,2}")


class BunParser:
    """Reads `bun.lock`."""

    format: Final = "bun"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of bun as text."""
        return path.rpartition("/")[2] == "bun.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package."""
        return read_json(data, self.format, load_bun(_SHAPE), _pins, Ecosystem.NPM, _TOOL)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {"lockfileVersion", "packages"} & root.keys():
        root.refuse("no object with packages")
        raise Malformed("no bun.lock: neither `lockfileVersion` nor `packages`")
    _check_version(next(root.named("lockfileVersion"), None), root)
    known = set[str]()
    for around in islice(root.named("packages"), 1):
        if isinstance(around.value, Node) and around.value.is_array:
            around.refuse("expected table, got array")
        for entry in around.entries():
            if entry.key in known:
                entry.refuse("stands twice")
            known.add(entry.key)
            pin = _pin(entry)
            if pin is not None:
                yield pin


def _check_version(version: Entry | None, root: Entry) -> None:
    stated = None if version is None else version.value
    odd = isinstance(stated, float) and not stated.is_integer()
    if odd or isinstance(stated, bool) or not isinstance(stated, int | float):
        root.refuse("`lockfileVersion` is missing, or no whole number")
    elif not 0 <= stated <= _NEWEST:
        root.refuse(f"`lockfileVersion` is not from 0 to {_NEWEST}")
        root.skip("unknown version of the format, read as version 2", "lockfileVersion")


def _pin(entry: Entry) -> Pin | None:
    value = entry.value
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        entry.skip("expected array that begins with name@version")
        entry.refuse("expected array that begins with name@version")
        return None
    value = value[:_MOST_ITEMS]
    name, _, resolution = value[0][1:].partition("@")
    name = value[0][:1] + name
    if not resolution:
        entry.refuse("no version")
    digests = _digests(entry, value)
    origin = origin_of(resolution) or _archive(resolution, value)
    if origin is None:
        return _registered(entry, value, name, resolution or None, digests)
    package = npm_package(name, None, origin)
    place = resolution if origin.kind in {OriginKind.URL, OriginKind.PATH} else None
    if place is None and not digests:
        return package.bare_pin(entry.lines)
    url = origin.location if origin.kind is OriginKind.URL else None
    filename = None if place is None else file_name(place)
    return package.pin(Artifact(lines=entry.lines, url=url, filename=filename, digests=digests))


def _archive(resolution: str, value: Sequence[object]) -> Origin | None:
    """Return the path that `resolution` is: a file beside the lock has no scheme and no registry."""
    registry = value[1] if len(value) > 1 else None
    if isinstance(registry, str) or not is_tarball(resolution):
        return None
    return Origin(kind=OriginKind.PATH, location=redact(resolution))


def _registered(
    entry: Entry,
    value: Sequence[object],
    name: str,
    version: str | None,
    digests: tuple[Digest, ...],
) -> Pin:
    """Return the pin of a package of a registry; without URL it is the one that is configured."""
    stated = value[1] if len(value) > 1 else ""
    if not isinstance(stated, str):
        if not isinstance(stated, dict):
            entry.skip("expected registry or URL", "[1]")
        stated = ""
    location = redact(stated)
    url = location if is_link(location) and not location.endswith("/") else None
    origin = _bundled(entry.key, value) or Origin(kind=OriginKind.REGISTRY, location=location)
    package = npm_package(name, version, origin)
    filename = None if url is None else file_name(url)
    return package.pin(Artifact(lines=entry.lines, url=url, filename=filename, digests=digests))


def _bundled(key: str, value: Sequence[object]) -> Origin | None:
    """Return the package inside whose archive this one comes, if it does: `a/@s/b` is `@s/b` below `a`."""
    outer, _, _ = key.rpartition("/")
    rest, _, scope = outer.rpartition("/")
    outer = rest if scope.startswith("@") else outer
    flagged = any(isinstance(info, dict) and info.get("bundled") is True for info in value[1:])
    return Origin(kind=OriginKind.BUNDLED, location=outer) if flagged and outer else None


def _digests(entry: Entry, value: Sequence[object]) -> tuple[Digest, ...]:
    """Return the digests of the last element; a repository has the name of a folder there."""
    stated = value[-1] if len(value) > 1 else None
    if len(value) == _MOST_ITEMS and stated != "" and not _is_integrity(stated):
        entry.refuse("malformed integrity")
    if not isinstance(stated, str) or not stated or len(value) < _MOST_ITEMS - 1:
        return ()
    if len(value) < _MOST_ITEMS and _INTEGRITY.fullmatch(stated) is None:
        return ()
    try:
        return integrity_of(stated)
    except Malformed as error:
        entry.skip(str(error), f"[{len(value) - 1}]")
        return ()


def _is_integrity(stated: object) -> bool:
    """Say whether bun takes `stated`, as far as its letters tell."""
    return isinstance(stated, str) and _TAKEN.match(stated) is not None
