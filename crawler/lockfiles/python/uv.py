"""uv.lock of every revision, and the locks of scripts (`name.py.lock`).

Source: uv, `crates/uv-resolver/src/lock/mod.rs` (sources, artifacts, the aliases `distribution` and
`upload_time`). Keys that uv does not ask for are not asked for here either. What cannot be read of a
lock makes uv refuse all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import (
    Artifact,
    Package,
    digest_of,
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
from crawler.model import (
    Digest,
    LineSpan,
    Origin,
    OriginKind,
    ParseResult,
    Pin,
)
from crawler.model.urls import is_local, redact

__all__ = ["UvParser"]

_TABLES = ("package", "distribution")
_KNOWN_VERSION = 1
_SOURCES = {
    "registry": OriginKind.REGISTRY,
    "git": OriginKind.GIT,
    "url": OriginKind.URL,
    "path": OriginKind.PATH,
    "directory": OriginKind.DIRECTORY,
    "editable": OriginKind.EDITABLE,
    "virtual": OriginKind.VIRTUAL,
}


class UvParser:
    """Reads `uv.lock` and `<script>.py.lock`."""

    format: Final = "uv"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of uv; `UV.LOCK` is none."""
        name = path.rpartition("/")[2]
        return name == "uv.lock" or (name.endswith(".py.lock") and name != ".py.lock")

    def parse(self, data: bytes, memo: BlockMemo | None = None) -> ParseResult:
        """Return one pin per artifact, and one per package that lists none."""
        return read_packages(data, _FORMAT, memo)

    def parse_unknown(self, data: bytes, known: KnownTexts) -> LockReading:
        """Return what `parse` does, without the packages that are `known`."""
        return read_unknown(data, _FORMAT, known)


def _packages(document: Document, root: TableReader) -> Iterator[Pin]:
    for key in _TABLES:
        for number, package in root.tables(key):
            yield from _Reader(document, (key, number), package).pins()


def _check_schema(root: TableReader) -> None:
    if not {"version", *_TABLES} & root.values.keys():
        root.refuse("version", "missing")
        raise Malformed("no uv.lock: neither `version` nor `package`")
    root.integer("revision")
    version = root.integer("version")
    if version is None and "version" not in root.values:
        root.skip("version", "missing")
    elif version is not None and version != _KNOWN_VERSION:
        root.skip("version", "unknown version of the format, read as version 1")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one package."""

    document: Document
    at: tuple[str, int]
    fields: TableReader

    def pins(self) -> list[Pin]:
        """Return the pins of this package."""
        package = self._package()
        found = package.pins(self._artifacts(package.origin))
        if not found:
            url = package.origin.location if package.origin.kind is OriginKind.URL else None
            return [package.bare_pin(self.document.lines(*self.at), url)]
        return found

    def _package(self) -> Package:
        name, version = self.fields.text("name"), self.fields.text("version")
        origin = self._origin()
        if name is None and "name" not in self.fields.values:
            self.fields.skip("name", "missing")
        if version is None and "version" not in self.fields.values and _is_released(origin):
            self.fields.skip("version", "missing")
        return Package.called(name, version, origin)

    def _origin(self) -> Origin:
        source = self.fields.table("source")
        if source is None:
            if "source" not in self.fields.values:
                self.fields.skip("source", "missing")
            return Origin(kind=OriginKind.REGISTRY)
        for key, kind in _SOURCES.items():
            location = source.text(key)
            if location is not None:
                flat = kind is OriginKind.REGISTRY and is_local(location)
                return Origin(
                    kind=OriginKind.FIND_LINKS if flat else kind, location=redact(location)
                )
        source.skip("registry", "no source that is known")
        return Origin(kind=OriginKind.REGISTRY)

    def _artifacts(self, origin: Origin) -> Iterator[Artifact]:
        if (sdist := self.fields.table("sdist")) is not None:
            yield self._artifact(sdist, origin, "sdist")
        for number, wheel in self.fields.tables("wheels"):
            yield self._artifact(wheel, origin, "wheels", number)

    def _artifact(self, table: TableReader, origin: Origin, *steps: str | int) -> Artifact:
        """Read an artifact; with a `url` source the URL may stand in the source alone."""
        url = location_of(table.text("url"))
        place = table.text("path") or table.text("filename")
        table.integer("size")
        lines = self.document.lines(*self.at, *steps)
        if url is None and origin.kind is OriginKind.URL:
            url = origin.location
            lines = _around(self.document.lines(*self.at, "source"), lines)
        if url is None and place is None:
            table.skip("url", "neither url, path nor filename")
        named = url or place
        return Artifact(
            lines=lines,
            url=url,
            filename=None if named is None else file_name(named),
            digests=_digests(table),
            uploaded_at=table.moment("upload-time", "upload_time"),
            path=location_of(table.text("path")) if url is None else None,
        )


def _is_released(origin: Origin) -> bool:
    return origin.kind in {OriginKind.REGISTRY, OriginKind.FIND_LINKS}


def _around(one: LineSpan, other: LineSpan) -> LineSpan:
    return LineSpan(first=min(one.first, other.first), last=max(one.last, other.last))


def _digests(table: TableReader) -> tuple[Digest, ...]:
    stated = table.text("hash")
    if stated is None:
        return ()
    try:
        return (digest_of(stated),)
    except Malformed as error:
        table.skip("hash", str(error))
        return ()


_FORMAT = PackageFormat(
    id=UvParser.format,
    table="package",
    check=_check_schema,
    packages=_packages,
    tool=Tool(syntax=True, entries=True),
)
