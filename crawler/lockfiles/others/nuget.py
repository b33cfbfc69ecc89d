"""packages.lock.json of NuGet, versions 1 and 2, and its twins per project.

Source: NuGet.Client, `NuGet.ProjectModel/ProjectLockFile/PackagesLockFileFormat.cs`. `contentHash` is
the SHA-512 of the package in base64; the feed is left to the configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, integrity_of
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load
from crawler.lockfiles.documents.json_reading import read_json
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped

__all__ = ["NugetParser"]

_NAME = re.compile(r"packages(?:\.[^/]+)?\.lock\.json")
_SHAPE: Shape = {"dependencies": {"*": {}}}
_KNOWN_VERSIONS = frozenset({1, 2})


class NugetParser:
    """Reads `packages.lock.json` and `packages.<project>.lock.json`."""

    format: Final = "nuget"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of NuGet."""
        return _NAME.fullmatch(path.rpartition("/")[2]) is not None

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package and target framework."""
        return read_json(data, self.format, load(_SHAPE), _pins, Ecosystem.NUGET)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if "dependencies" not in root.keys():  # noqa: SIM118 - no mapping
        raise Malformed("no packages.lock.json: no `dependencies`")
    for table in root.tables():
        version = table.integer("version")
        if version is not None and version not in _KNOWN_VERSIONS:
            root.skip("unknown version of the format, read as version 2", "version")
    for framework in root.entries("dependencies"):
        for entry in framework.entries():
            for table in entry.tables():
                yield _pin(entry, table)


def _pin(entry: Entry, table: TableReader) -> Pin:
    is_project = (table.text("type") or "").lower() == "project"
    origin = Origin(kind=OriginKind.WORKSPACE if is_project else OriginKind.REGISTRY)
    package = Package.called(entry.key, table.text("resolved"), origin, Ecosystem.NUGET)
    return package.pin(Artifact(lines=entry.lines, digests=_digests(table)))


def _digests(table: TableReader) -> tuple[Digest, ...]:
    stated = table.text("contentHash")
    if not stated:
        return ()
    try:
        return integrity_of(f"sha512-{stated}")
    except Malformed as error:
        table.skip("contentHash", str(error))
        return ()
