"""composer.lock of PHP.

Source: Composer, `src/Composer/Package/Locker.php` and `Downloader/FileDownloader.php`: the archive is
fetched from `dist.url` as the lock states it; `source` is the checkout it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name, location_of
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load
from crawler.lockfiles.documents.json_reading import read_json
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["ComposerParser"]

_SECTIONS = ("packages", "packages-dev")
_SHAPE: Shape = {"packages": {}, "packages-dev": {}}


class ComposerParser:
    """Reads `composer.lock`."""

    format: Final = "composer"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of Composer."""
        return path.rpartition("/")[2] == "composer.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package: its archive, or its checkout where it has none."""
        return read_json(data, self.format, load(_SHAPE), _pins, Ecosystem.COMPOSER)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {*_SECTIONS} & root.keys():
        raise Malformed("no composer.lock: neither `packages` nor `packages-dev`")
    for section in _SECTIONS:
        for entry in root.entries(section, array=True):
            for table in entry.tables():
                yield _pin(entry, table)


def _pin(entry: Entry, table: TableReader) -> Pin:
    dist = table.table("dist")
    origin = _origin(table, dist)
    name = table.text("name")
    if name is None:
        entry.skip("missing", "name")
    package = Package.called(name, table.text("version"), origin, Ecosystem.COMPOSER)
    if dist is None or origin.kind is not OriginKind.REGISTRY:
        return package.bare_pin(entry.lines)
    url = location_of(dist.text("url"))
    filename = None if url is None else file_name(url)
    return package.pin(
        Artifact(lines=entry.lines, url=url, filename=filename, digests=_digests(dist))
    )


def _origin(table: TableReader, dist: TableReader | None) -> Origin:
    if dist is not None:
        if dist.text("type") == "path":
            return Origin(kind=OriginKind.DIRECTORY, location=redact(dist.text("url") or ""))
        return Origin(kind=OriginKind.REGISTRY)
    source = table.table("source")
    if source is None:
        return Origin(kind=OriginKind.REGISTRY)
    location = redact(source.text("url") or "")
    reference = source.text("reference")
    return Origin(
        kind=OriginKind.GIT, location=f"{location}#{reference}" if reference else location
    )


def _digests(dist: TableReader) -> tuple[Digest, ...]:
    """Return the SHA-1 of the archive; most locks leave it empty."""
    stated = dist.text("shasum")
    if not stated:
        return ()
    try:
        return (digest_of(f"sha1:{stated}"),)
    except Malformed as error:
        dist.skip("shasum", str(error))
        return ()
