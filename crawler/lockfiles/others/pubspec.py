"""pubspec.lock of Dart and Flutter.

Source: pub, `lib/src/lock_file.dart`, and the descriptions of `lib/src/source/{hosted,git,path,sdk}.dart`.
The archive of a hosted package has no URL in the lock; its SHA-256 is there since Dart 2.19.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, sha256_of
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import members, read_yaml
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import redact

__all__ = ["PubspecParser"]


class PubspecParser:
    """Reads `pubspec.lock`."""

    format: Final = "pubspec"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of pub."""
        return path.rpartition("/")[2] == "pubspec.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package."""
        return read_yaml(data, self.format, Ecosystem.PUB, _pins)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    if not {"packages", "sdks"} & root.values.keys():
        raise Malformed("no pubspec.lock: neither `packages` nor `sdks`")
    for key, entry, lines in members(root, "packages", places):
        yield _pin(key, entry, lines)


def _pin(key: str, entry: TableReader, lines: LineSpan) -> Pin:
    description = entry.values.get("description")
    table = entry.inner(
        entry.at("description"), description if isinstance(description, dict) else {}
    )
    source = entry.text("source")
    name = table.text("name") if source == "hosted" else None
    place = description if isinstance(description, str) else None
    origin = _origin(entry, source, table, place)
    package = Package.called(name or key, entry.text("version"), origin, Ecosystem.PUB)
    digests = sha256_of(table) if source == "hosted" else ()
    return (
        package.pin(Artifact(lines=lines, digests=digests)) if digests else package.bare_pin(lines)
    )


def _origin(
    entry: TableReader, source: str | None, table: TableReader, place: str | None
) -> Origin:
    """Return the origin; `place` is a description that is a string, as of an SDK."""
    match source:
        case "hosted":
            return Origin(kind=OriginKind.REGISTRY, location=redact(table.text("url") or ""))
        case "git":
            commit = table.text("resolved-ref")
            location = redact(table.text("url") or place or "")
            stated = f"{location}#{commit}" if commit else location
            return Origin(kind=OriginKind.GIT, location=stated)
        case "path":
            location = table.text("path") or place or ""
            return Origin(kind=OriginKind.DIRECTORY, location=redact(location))
        case "sdk":
            return Origin(kind=OriginKind.VIRTUAL, location=redact(place or ""))
        case _:
            entry.skip("source", "no source that is known")
            return Origin(kind=OriginKind.REGISTRY)
