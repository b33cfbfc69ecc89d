"""Locks of pex and Pants: any file name, JSON with the URL and digest of every artifact.

Source: pex, `pex/resolve/lockfile/json_codec.py`; Pants, `pants/backend/python/util_rules/lockfile_metadata.py`
(its header of `//` lines before the JSON).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load
from crawler.lockfiles.documents.json_reading import read_json
from crawler.lockfiles.documents.json_syntax import without_header
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["PexParser"]

_SHAPE: Shape = {"locked_resolves": {"*": {"locked_requirements": {"*": {"artifacts": {}}}}}}
_NAME = re.compile(r"(?:[^/]*\.)?pex\.lock|(?:[^/]*\.)?pex-lock\.json")
_KEYS = (b'"locked_resolves"', b'"locked_requirements"')
_ESCAPED = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_LINKS = ("http:", "https:")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


class PexParser:
    """Reads locks of pex and Pants, by their content where the name says no more than `.lock`."""

    format: Final = "pex"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` calls itself a lock of pex: `pex.lock`, `tools.pex.lock`."""
        return _NAME.fullmatch(path.rpartition("/")[2]) is not None

    def recognises(self, data: bytes) -> bool:
        """Say whether `data` is a lock of pex whatever its name; escapes in keys are seen through."""
        if b"\\u00" in data:
            data = _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), data)
        return any(key in data for key in _KEYS)

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per artifact."""
        return read_json(data, self.format, _load, _pins, Ecosystem.PYPI)


def _load(text: str) -> JsonDocument:
    return load(_SHAPE)(without_header(text))


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if "locked_resolves" not in root.keys():  # noqa: SIM118 - no mapping
        raise Malformed("no lock of pex: no `locked_resolves`")
    for resolve in root.entries("locked_resolves", array=True):
        for requirement in resolve.entries("locked_requirements", array=True):
            for table in requirement.tables():
                yield from _requirement(requirement, table)


def _requirement(requirement: Entry, table: TableReader) -> Iterator[Pin]:
    name, version = table.text("project_name"), table.text("version")
    if name is None:
        requirement.skip("missing", "project_name")
    found = False
    for entry in requirement.entries("artifacts", array=True):
        for artifact in entry.tables():
            found = True
            yield _pin(entry, artifact, name, version)
    if not found:
        origin = Origin(kind=OriginKind.REGISTRY)
        yield Package.called(name, version, origin).bare_pin(requirement.lines)


def _pin(entry: Entry, table: TableReader, name: str | None, version: str | None) -> Pin:
    stated = table.text("url")
    location = redact(stated or "")
    if not location:
        entry.skip("missing", "url")
    origin = _origin(location)
    is_file = origin.kind in {OriginKind.REGISTRY, OriginKind.PATH} and bool(location)
    artifact = Artifact(
        lines=entry.lines,
        url=location if location.lower().startswith(_LINKS) else None,
        filename=file_name(location) if is_file else None,
        digests=_digests(table),
    )
    return Package.called(name, version, origin).pin(artifact)


def _origin(location: str) -> Origin:
    """Return what kind of place an artifact comes from; the index itself is not stated."""
    lower = location.lower()
    if not location or lower.startswith(_LINKS):
        return Origin(kind=OriginKind.REGISTRY)
    if lower.startswith(("git+", "hg+", "svn+", "bzr+")):
        return Origin(kind=OriginKind.GIT, location=location)
    kind = OriginKind.PATH if lower.endswith(_ARCHIVES) else OriginKind.DIRECTORY
    return Origin(kind=kind, location=location)


def _digests(table: TableReader) -> tuple[Digest, ...]:
    algorithm, value = table.text("algorithm"), table.text("hash")
    if not value:
        return ()
    try:
        return (digest_of(f"{algorithm or 'sha256'}:{value}"),)
    except Malformed as error:
        table.skip("hash", str(error))
        return ()
