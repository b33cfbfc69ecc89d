"""Cargo.lock without version, 3 and 4.

Source: Cargo, `src/cargo/core/resolver/encode.rs`. The lock names no files, it states the sha256 of the
crate: in the package, or (without version) below `metadata`. A package without source lies in the
repository itself. `[[patch.unused]]` is never built and not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of
from crawler.lockfiles.documents.document import Document, load
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.reading import read
from crawler.lockfiles.documents.recovery import recover
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["CargoParser"]

_KNOWN_VERSIONS = frozenset({1, 2, 3, 4})
_KINDS = {
    "registry": OriginKind.REGISTRY,
    "sparse": OriginKind.REGISTRY,
    "local-registry": OriginKind.FIND_LINKS,
    "directory": OriginKind.DIRECTORY,
    "git": OriginKind.GIT,
    "path": OriginKind.PATH,
}
"""What stands before the plus sign of a source."""
_NO_CHECKSUM = "<none>"
"""Stands below `metadata` for what comes out of git."""


class CargoParser:
    """Reads `Cargo.lock`."""

    format: Final = "cargo"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of Cargo."""
        return path.rpartition("/")[2] == "Cargo.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package."""
        return read(data, self.format, load, _pins, partial(recover, ecosystem=Ecosystem.CARGO))


def _pins(document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
    root = TableReader(values=document.table, path="", skipped=skipped)
    if not {"version", "package", "root"} & root.values.keys():
        raise Malformed("no Cargo.lock: neither `version` nor `package`")
    version = root.integer("version")
    if version is not None and version not in _KNOWN_VERSIONS:
        root.skip("version", "unknown version of the format, read as version 4")
    checksums = root.table("metadata")
    first = root.table("root")
    if first is not None:
        yield _Reader(document, ("root",), first, checksums).pin()
    for number, package in root.tables("package"):
        yield _Reader(document, ("package", number), package, checksums).pin()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one package."""

    document: Document
    at: tuple[str | int, ...]
    fields: TableReader
    checksums: TableReader | None
    """What old locks keep below `metadata`: `checksum NAME VERSION (SOURCE)` -> sha256."""

    def pin(self) -> Pin:
        """Return the pin of this package."""
        name, version = self._required("name"), self._required("version")
        source = self.fields.text("source")
        package = Package.called(name, version, _origin(self.fields, source), Ecosystem.CARGO)
        digests = self._digests(f"checksum {name} {version} ({source})")
        return package.pin(Artifact(lines=self.document.lines(*self.at), digests=digests))

    def _required(self, key: str) -> str | None:
        value = self.fields.text(key)
        if value is None and key not in self.fields.values:
            self.fields.skip(key, "missing")
        return value

    def _digests(self, old_key: str) -> tuple[Digest, ...]:
        for fields, key in ((self.fields, "checksum"), (self.checksums, old_key)):
            stated = None if fields is None else fields.text(key)
            if fields is not None and stated is not None and stated != _NO_CHECKSUM:
                return _digest(fields, key, stated)
        return ()


def _origin(fields: TableReader, source: str | None) -> Origin:
    """Return what `source` says: `registry+URL`, `git+URL#commit`; without one, this repository."""
    if source is None:
        return Origin(kind=OriginKind.PATH)
    word, _, location = source.partition("+")
    kind = _KINDS.get(word)
    if kind is None:
        fields.skip("source", "no source that is known")
        return Origin(kind=OriginKind.REGISTRY, location=redact(source))
    return Origin(kind=kind, location=redact(location))


def _digest(fields: TableReader, key: str, stated: str) -> tuple[Digest, ...]:
    try:
        return (digest_of(f"sha256:{stated}"),)
    except Malformed as error:
        fields.skip(key[:200], str(error))
        return ()
