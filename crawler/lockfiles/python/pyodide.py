"""pyodide-lock.json: the wheels that Pyodide loads into a browser, by name.

Source: pyodide-lock, `pyodide_lock/spec.py`: `file_name` is a URL, or lies beside the lock or on the server of the
distribution; `sha256` is that of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, file_name, sha256_of
from crawler.lockfiles.documents.json_document import JsonDocument, Shape, load
from crawler.lockfiles.documents.json_reading import read_json
from crawler.model import Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["PyodideLockParser"]

_SHAPE: Shape = {"packages": {}, "*": None}


class PyodideLockParser:
    """Reads `pyodide-lock.json`."""

    format: Final = "pyodide"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of Pyodide."""
        return path.rpartition("/")[2] == "pyodide-lock.json"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package."""
        return read_json(data, self.format, load(_SHAPE), _pins, Ecosystem.PYPI)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {"packages"} & root.keys():
        raise Malformed("no pyodide-lock.json: no `packages`")
    for entry in root.entries("packages"):
        for table in entry.tables():
            stated = redact(table.text("file_name") or "")
            url = stated if "://" in stated else None
            kind = OriginKind.PATH if url is None else OriginKind.URL
            origin = Origin(kind=kind, location=stated)
            package = Package.called(table.text("name"), table.text("version"), origin)
            artifact = Artifact(
                lines=entry.lines, url=url, filename=file_name(stated), digests=sha256_of(table)
            )
            yield package.pin(artifact)
