"""bun.lock: JSON with comments and trailing commas, one array per package.

Source: bun, `src/install/lockfile/bun.lock.zig`: `["name@version", registry or URL, info, integrity]` for
a package of a registry; `["name@location", info, ...]` for every other source. Seen of bun 1.4.5: what has
`"bundled": true` below another package is never asked for, though its URL is stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, file_name, integrity_of
from crawler.lockfiles.json_document import Entry, JsonDocument, Shape, load_dialect
from crawler.lockfiles.json_reading import read_json
from crawler.lockfiles.npm_sources import is_link, is_tarball, npm_package, origin_of
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["BunParser"]

_SHAPE: Shape = {"packages": {}}
_KNOWN_VERSIONS = frozenset({0, 1, 2})
_MOST_ITEMS = 4
_INTEGRITY = re.compile(r"(?:sha1|sha256|sha384|sha512|md5)-[A-Za-z0-9+/]+={0,2}")


class BunParser:
    """Reads `bun.lock`."""

    format: Final = "bun"

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of bun as text."""
        return path.rpartition("/")[2] == "bun.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package."""
        return read_json(data, self.format, load_dialect(_SHAPE), _pins, Ecosystem.NPM)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {"lockfileVersion", "packages"} & root.keys():
        raise Malformed("no bun.lock: neither `lockfileVersion` nor `packages`")
    for table in root.tables():
        version = table.integer("lockfileVersion")
        if version is not None and version not in _KNOWN_VERSIONS:
            root.skip("unknown version of the format, read as version 2", "lockfileVersion")
    for around in root.named("packages"):
        for entry in around.entries():
            pin = _pin(entry)
            if pin is not None:
                yield pin


def _pin(entry: Entry) -> Pin | None:
    value = entry.value
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        entry.skip("expected array that begins with name@version")
        return None
    if len(value) > _MOST_ITEMS:
        entry.skip(f"more than {_MOST_ITEMS} elements")
    name, _, resolution = value[0][1:].partition("@")
    name = value[0][:1] + name
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
    if not isinstance(stated, str) or not stated or len(value) < _MOST_ITEMS - 1:
        return ()
    if len(value) < _MOST_ITEMS and _INTEGRITY.fullmatch(stated) is None:
        return ()
    try:
        return integrity_of(stated)
    except Malformed as error:
        entry.skip(str(error), f"[{len(value) - 1}]")
        return ()
