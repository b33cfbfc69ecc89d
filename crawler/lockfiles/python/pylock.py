"""pylock.toml and its named twins.

Source: PEP 751 and the "pylock.toml" page of the PyPA specifications: `path` wins over `url`, and
`name` over both where the file name is asked for. pip 26.3 and uv 0.13.9 do not fall back to the URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import (
    Artifact,
    Package,
    digests_of,
    file_name,
    location_of,
)
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
from crawler.model import LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import redact

__all__ = ["PylockParser"]

_NAME = re.compile(r"pylock\.(?:[^./]+\.)?toml")
_KNOWN_MAJOR = "1."


class PylockParser:
    """Reads `pylock.toml` and `pylock.<name>.toml`."""

    format: Final = "pylock"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether PEP 751 calls a file at `path` a lock."""
        return _NAME.fullmatch(path.rpartition("/")[2]) is not None

    def parse(self, data: bytes, memo: BlockMemo | None = None) -> ParseResult:
        """Return one pin per artifact, and one per package that lists none."""
        return read_packages(data, _FORMAT, memo)

    def parse_unknown(self, data: bytes, known: KnownTexts) -> LockReading:
        """Return what `parse` does, without the packages that are `known`."""
        return read_unknown(data, _FORMAT, known)


def _packages(document: Document, root: TableReader) -> Iterator[Pin]:
    for number, package in root.tables("packages"):
        yield from _Reader(document, number, package).pins()


def _check_schema(root: TableReader) -> None:
    if not {"lock-version", "packages"} & root.values.keys():
        raise Malformed("no pylock.toml: neither `lock-version` nor `packages`")
    version = root.text("lock-version")
    if version is not None and not version.startswith(_KNOWN_MAJOR):
        root.skip("lock-version", "unknown version of the format, read as version 1.0")
    for key in ("lock-version", "packages"):
        if key not in root.values:
            root.skip(key, "missing")
    if "lock-version" not in root.values:
        root.refuse("lock-version", "missing")
    if not isinstance(root.values.get("packages", []), list):
        root.refuse("packages", "expected array")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one package."""

    document: Document
    number: int
    fields: TableReader

    def pins(self) -> Iterator[Pin]:
        """Yield the pins of this package."""
        package = self._package()
        found = False
        for origin, artifact in self._artifacts(package.origin):
            found = True
            of = package if origin is package.origin else replace(package, origin=origin)
            yield of.pin(artifact)
        if not found:
            yield package.bare_pin(self._lines())

    def _package(self) -> Package:
        name = self.fields.text("name")
        if name is None:
            if "name" not in self.fields.values:
                self.fields.skip("name", "missing")
            self.fields.refuse("name", "missing, or no text")
        index = redact(self.fields.text("index") or "")
        origin = Origin(kind=OriginKind.REGISTRY, location=index)
        return Package.called(name, self.fields.text("version"), origin)

    def _artifacts(self, registry: Origin) -> Iterator[tuple[Origin, Artifact]]:
        for artifact in self._files():
            yield registry, artifact
        archive = self.fields.table("archive")
        if archive is not None:
            yield _archive(archive), self._file(archive, "archive")
        for key, origin_of in (("vcs", _vcs), ("directory", _directory)):
            place = self.fields.table(key)
            if place is not None:
                yield origin_of(place), Artifact(lines=self._lines(key))

    def _files(self) -> Iterator[Artifact]:
        if (sdist := self.fields.table("sdist")) is not None:
            yield self._file(sdist, "sdist")
        for number, wheel in self.fields.tables("wheels"):
            yield self._file(wheel, "wheels", number)

    def _lines(self, *steps: str | int) -> LineSpan:
        return self.document.lines("packages", self.number, *steps)

    def _file(self, table: TableReader, *steps: str | int) -> Artifact:
        path = location_of(table.text("path"))
        url = location_of(table.text("url")) if path is None else None
        place = table.text("name") or path or url
        table.integer("size")
        if place is None:
            table.skip("url", "neither url, path nor name")
        hashes = table.table("hashes")
        return Artifact(
            lines=self._lines(*steps),
            url=url,
            filename=None if place is None else file_name(place),
            digests=() if hashes is None else digests_of(hashes),
            uploaded_at=table.moment("upload-time"),
            path=path,
        )


def _archive(table: TableReader) -> Origin:
    path = table.text("path")
    if path is not None:
        return Origin(kind=OriginKind.PATH, location=redact(path))
    return Origin(kind=OriginKind.URL, location=redact(table.text("url") or ""))


def _vcs(table: TableReader) -> Origin:
    location = redact(table.text("path") or table.text("url") or "")
    commit = table.text("commit-id")
    return Origin(
        kind=OriginKind.GIT, location=location if commit is None else f"{location}#{commit}"
    )


def _directory(table: TableReader) -> Origin:
    kind = OriginKind.EDITABLE if table.flag("editable") else OriginKind.DIRECTORY
    return Origin(kind=kind, location=redact(table.text("path") or ""))


_FORMAT = PackageFormat(
    id=PylockParser.format,
    table="packages",
    check=_check_schema,
    packages=_packages,
    tool=Tool(syntax=True),
)
