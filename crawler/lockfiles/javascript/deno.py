"""deno.lock, versions 1 to 5: packages of npm and JSR, and modules that are fetched by URL.

Source: deno_lockfile, `src/lib.rs` and `src/transforms.rs`: version 1 is one table URL -> SHA-256, 2 has
`npm.packages`, 3 has all packages inside `packages`, 4 and 5 have them on the top level.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name, location_of
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load
from crawler.lockfiles.documents.json_reading import read_json
from crawler.lockfiles.javascript.npm_sources import npm_package, sri_of
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["DenoParser"]

_SHAPE: Shape = {
    "npm": {"packages": {}, "*": None},
    "jsr": {},
    "remote": {},
    "packages": {"npm": {}, "jsr": {}},
    "*": None,
}
_SECTIONS = frozenset({"version", "npm", "jsr", "remote", "packages"})
_KNOWN_VERSIONS = frozenset({"1", "2", "3", "4", "5"})
_LINKS = ("https:", "http:")


class DenoParser:
    """Reads `deno.lock`."""

    format: Final = "deno"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of Deno."""
        return path.rpartition("/")[2] == "deno.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package and per module."""
        return read_json(data, self.format, load(_SHAPE), _pins, Ecosystem.DENO)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    _check_schema(root)
    for holder in (root, *root.named("packages")):
        for entry in holder.entries("npm"):
            yield from _packages(entry)
        for entry in holder.entries("jsr"):
            yield from _jsr(entry)
    for entry in root.entries("remote"):
        yield _module(entry)
    for entry in root.entries():
        if entry.key.startswith(_LINKS):
            yield _module(entry)


def _check_schema(root: Entry) -> None:
    keys = root.keys()
    if not _SECTIONS & keys and not any(key.startswith(_LINKS) for key in keys):
        raise Malformed("no deno.lock: neither `version` nor `remote`")
    for table in root.tables():
        version = table.text("version")
        if version is not None and version not in _KNOWN_VERSIONS:
            root.skip("unknown version of the format, read as version 5", "version")


def _packages(entry: Entry) -> Iterator[Pin]:
    """Yield the pins of a member of `npm`: in version 2 the packages are one level deeper."""
    if entry.key == "specifiers":
        return
    if entry.key == "packages":
        for inner in entry.entries():
            yield from _npm(inner)
    else:
        yield from _npm(entry)


def _npm(entry: Entry) -> Iterator[Pin]:
    """Yield the pin of `name@version`; behind `_` follow the peers, which do not matter here."""
    name, version = _split(entry.key)
    package = npm_package(name, version, Origin(kind=OriginKind.REGISTRY))
    for table in entry.tables():
        url = location_of(table.text("tarball"))
        filename = None if url is None else file_name(url)
        digests = sri_of(table, "integrity")
        yield package.pin(Artifact(lines=entry.lines, url=url, filename=filename, digests=digests))


def _split(key: str) -> tuple[str, str | None]:
    name, _, version = key[1:].partition("@")
    return key[:1] + name, version.partition("_")[0] or None


def _jsr(entry: Entry) -> Iterator[Pin]:
    name, version = _split(entry.key)
    origin = Origin(kind=OriginKind.REGISTRY)
    package = Package.called(name, version, origin, Ecosystem.DENO)
    for table in entry.tables():
        yield package.pin(Artifact(lines=entry.lines, digests=_sha256(table, "integrity")))


def _module(entry: Entry) -> Pin:
    """Return the pin of a module: its key is the URL, its value the digest of its text."""
    url = redact(entry.key)
    table = TableReader(values={"sha256": entry.value}, path=entry.path, skipped=entry.skipped)
    origin = Origin(kind=OriginKind.URL, location=url)
    package = Package.called(None, None, origin, Ecosystem.DENO)
    digests = _sha256(table, "sha256")
    return package.pin(
        Artifact(lines=entry.lines, url=url, filename=file_name(url), digests=digests)
    )


def _sha256(table: TableReader, key: str) -> tuple[Digest, ...]:
    stated = table.text(key)
    if not stated:
        return ()
    try:
        return (digest_of(f"sha256:{stated}"),)
    except Malformed as error:
        table.skip(key, str(error))
        return ()
