"""pdm.lock 3.x to 4.5.

Source: pdm, `src/pdm/models/repositories/lock.py` and the pages "Lock file" and "Lock strategy". A file
has a `url` instead of its name where the strategy is `static_urls`; the index is left to the
configuration.
"""

from __future__ import annotations

import re
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

__all__ = ["PdmParser"]

_NAME = re.compile(r"pdm\.(?:[^/]+\.)?lock")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


class PdmParser:
    """Reads `pdm.lock` and `pdm.<name>.lock`."""

    format: Final = "pdm"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of pdm; what `--lockfile` calls otherwise cannot be told."""
        return _NAME.fullmatch(path.rpartition("/")[2]) is not None

    def parse(self, data: bytes, memo: BlockMemo | None = None) -> ParseResult:
        """Return one pin per artifact, and one per package that lists none."""
        return read_packages(data, _FORMAT, memo)

    def parse_unknown(self, data: bytes, known: KnownTexts) -> LockReading:
        """Return what `parse` does, without the packages that are `known`."""
        return read_unknown(data, _FORMAT, known)


def _check_schema(root: TableReader) -> None:
    _check_version(root)
    check_metadata(root, "pdm.lock")


def _check_version(root: TableReader) -> None:
    """Note what pdm refuses: it takes every version of the format, and none, but it must be one."""
    metadata = root.values.get("metadata", {})
    if not isinstance(metadata, dict):
        root.refuse("metadata", "no table")
        return
    if format_version(metadata.get("lock_version", "4")) is None:
        root.refuse("metadata.lock_version", "not a version")


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
        url = package.origin.location if package.origin.kind is OriginKind.URL else None
        found = package.pins(self._artifacts(url))
        return found or [package.bare_pin(self._lines(), url)]

    def _package(self) -> Package:
        name = self.fields.text("name")
        if name is None:
            if "name" not in self.fields.values:
                self.fields.skip("name", "missing")
            self.fields.refuse("name", "missing, or no text")
        return Package.called(name, self.fields.text("version"), self._origin())

    def _origin(self) -> Origin:
        if (url := self.fields.text("git")) is not None:
            commit = self.fields.text("revision") or self.fields.text("ref")
            location = redact(url) if commit is None else f"{redact(url)}#{commit}"
            return Origin(kind=OriginKind.GIT, location=location)
        if (path := self.fields.text("path")) is not None:
            return Origin(kind=self._kind_of(path), location=redact(path))
        if (url := self.fields.text("url")) is not None:
            return Origin(kind=OriginKind.URL, location=redact(url))
        return Origin(kind=OriginKind.REGISTRY)

    def _kind_of(self, path: str) -> OriginKind:
        if self.fields.flag("editable"):
            return OriginKind.EDITABLE
        return OriginKind.PATH if path.lower().endswith(_ARCHIVES) else OriginKind.DIRECTORY

    def _artifacts(self, url: str | None) -> list[Artifact]:
        """Return the files; a package with a `url` of its own comes from there, not from an index."""
        found = file_artifacts(self.document, self.fields, ("package", self.number))
        found += self.old.of_package(self.fields)
        if url is None:
            return found
        lines = self._lines()
        return [one if one.url is not None else from_source(one, url, lines) for one in found]

    def _lines(self) -> LineSpan:
        return self.document.lines("package", self.number)


_FORMAT = PackageFormat(
    id=PdmParser.format,
    table="package",
    check=_check_schema,
    packages=_packages,
    needs_whole_document=keeps_files_apart,
    tool=Tool(syntax=True, mark=True),
)
