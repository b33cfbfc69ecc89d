"""Package.resolved of the Swift package manager, versions 1 to 3.

Source: swift-package-manager, `Sources/PackageGraph/ResolvedPackagesStore.swift`. Version 1 has its pins
inside `object` and calls them by `package`, later ones by `identity`. What a package is, its URL says: advisories name
it so (`github.com/owner/name`), and so do pins where they have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Package
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load
from crawler.lockfiles.documents.json_reading import read_json
from crawler.model import Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["SpmParser"]

_SHAPE: Shape = {"pins": {}, "object": {"pins": {}}}
_LOCATION = re.compile(
    r"(?:https?|ssh)://(?:[^/@]{1,200}@)?([^/]{1,200}/.{1,400}?)(?:\.git)?/?", re.IGNORECASE
)
_KNOWN_VERSIONS = frozenset({1, 2, 3})


class SpmParser:
    """Reads `Package.resolved`."""

    format: Final = "spm"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of the Swift package manager."""
        return path.rpartition("/")[2] == "Package.resolved"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package."""
        return read_json(data, self.format, load(_SHAPE), _pins, Ecosystem.SWIFT)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {"pins", "object"} & root.keys():
        raise Malformed("no Package.resolved: neither `pins` nor `object`")
    for table in root.tables():
        version = table.integer("version")
        if version is not None and version not in _KNOWN_VERSIONS:
            root.skip("unknown version of the format, read as version 3", "version")
    for holder in (root, *root.named("object")):
        for entry in holder.entries("pins", array=True):
            for table in entry.tables():
                yield _pin(entry, table)


def _pin(entry: Entry, table: TableReader) -> Pin:
    state = table.table("state")
    version = None if state is None else state.text("version")
    location = _LOCATION.fullmatch(table.text("location") or table.text("repositoryURL") or "")
    stated = table.text("identity") or table.text("package")
    if not stated:
        table.skip("identity", "missing")
    name = stated if location is None else location[1]
    package = Package.called(name, version, _origin(table, state), Ecosystem.SWIFT)
    return package.bare_pin(entry.lines)


def _origin(table: TableReader, state: TableReader | None) -> Origin:
    """Return the repository and its revision; a registry or a folder where `kind` says so."""
    location = redact(table.text("location") or table.text("repositoryURL") or "")
    match table.text("kind"):
        case "registry":
            return Origin(kind=OriginKind.REGISTRY, location=location)
        case "localSourceControl" | "fileSystem" | "root":
            return Origin(kind=OriginKind.DIRECTORY, location=location)
        case _:
            revision = None if state is None else state.text("revision")
            return Origin(
                kind=OriginKind.GIT, location=f"{location}#{revision}" if revision else location
            )
