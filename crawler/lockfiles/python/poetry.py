"""poetry.lock 1.0 to 2.1, and the unnumbered ones before.

Source: poetry, `src/poetry/packages/locker.py`. Files stand in the package (2.x), in `metadata.files`
by name (1.x) or, without their names, as bare sha256 in `metadata.hashes` (before 1.0). The index is left
to the configuration unless the source says `legacy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crawler.lockfiles.artifacts import Artifact, Package
from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.packages import (
    BlockMemo,
    KnownTexts,
    LockReading,
    PackageFormat,
    read_packages,
    read_unknown,
)
from crawler.lockfiles.documents.reading import Tool
from crawler.lockfiles.python.file_lists import (
    OldFiles,
    check_metadata,
    file_artifacts,
    format_version,
    from_source,
    keeps_files_apart,
)
from crawler.model import LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import redact

__all__ = ["PoetryParser"]

_MAJORS = (1, 2)
_REQUIRED = frozenset({"name", "version"})
_SOURCES = {
    "legacy": OriginKind.REGISTRY,
    "url": OriginKind.URL,
    "git": OriginKind.GIT,
    "file": OriginKind.PATH,
    "directory": OriginKind.DIRECTORY,
}


class PoetryParser:
    """Reads `poetry.lock`."""

    format: Final = "poetry"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of poetry."""
        return path.rpartition("/")[2] == "poetry.lock"

    def parse(self, data: bytes, memo: BlockMemo | None = None) -> ParseResult:
        """Return one pin per artifact, and one per package that lists none."""
        return read_packages(data, _FORMAT, memo)

    def parse_unknown(self, data: bytes, known: KnownTexts) -> LockReading:
        """Return what `parse` does, without the packages that are `known`."""
        return read_unknown(data, _FORMAT, known)


def _check_schema(root: TableReader) -> None:
    _check_version(root)
    check_metadata(root, "poetry.lock")


def _check_version(root: TableReader) -> None:
    """Note what poetry 2 refuses: it wants to know the version, and takes it from 1 to below 3."""
    metadata = root.values.get("metadata")
    if not isinstance(metadata, dict):
        root.refuse("metadata", "missing, or no table")
        return
    version = format_version(metadata.get("lock-version"))
    if version is None:
        root.refuse("metadata.lock-version", "missing, or no version")
    elif version.major not in _MAJORS:
        root.skip(
            "metadata.lock-version", "unknown version of the format, read as the newest known"
        )
        root.refuse("metadata.lock-version", "not from 1 to below 3")


def _packages(document: Document, root: TableReader) -> Iterator[Pin]:
    old = OldFiles.of_lock(document, root)
    for number, fields in root.tables("package"):
        yield from _Reader(document, number, fields, old).pins()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one package."""

    document: Document
    number: int
    fields: TableReader
    old: OldFiles

    def pins(self) -> list[Pin]:
        """Return the pins of this package."""
        package = self._package()
        found = package.pins(self._artifacts(package.origin))
        if not found:
            url = package.origin.location if package.origin.kind is OriginKind.URL else None
            return [package.bare_pin(self._lines(), url)]
        return found

    def _package(self) -> Package:
        name = self.fields.text("name")
        if name is None and "name" not in self.fields.values:
            self.fields.skip("name", "missing")
        for key in sorted(_REQUIRED - self.fields.values.keys()):
            self.fields.refuse(key, "missing")
        return Package.called(name, self.fields.text("version"), self._origin())

    def _origin(self) -> Origin:
        source = self.fields.table("source")
        if source is None:
            return Origin(kind=OriginKind.REGISTRY)
        kind = _SOURCES.get(source.text("type") or "")
        location = redact(source.text("url") or "")
        if kind is None:
            source.skip("type", "no source that is known")
            return Origin(kind=OriginKind.REGISTRY, location=location)
        if kind is OriginKind.DIRECTORY and self.fields.flag("develop"):
            kind = OriginKind.EDITABLE
        if kind is OriginKind.GIT:
            commit = source.text("resolved_reference") or source.text("reference")
            location = location if commit is None else f"{location}#{commit}"
        return Origin(kind=kind, location=location)

    def _artifacts(self, origin: Origin) -> list[Artifact]:
        """Return the files; with a `url` source they come from there, whatever they are called."""
        found = file_artifacts(self.document, self.fields, ("package", self.number))
        found += self.old.of_package(self.fields)
        if origin.kind is not OriginKind.URL:
            return found
        source = self._lines("source")
        return [from_source(artifact, origin.location, source) for artifact in found]

    def _lines(self, *steps: str | int) -> LineSpan:
        return self.document.lines("package", self.number, *steps)


_FORMAT = PackageFormat(
    id=PoetryParser.format,
    table="package",
    check=_check_schema,
    packages=_packages,
    needs_whole_document=keeps_files_apart,
    tool=Tool(syntax=True, mark=True),
)
