"""pyproject.toml: no lock, but its direct URLs are installed as they stand.

Source: PyPA "pyproject.toml specification" and "Dependency Groups"; the tables of uv, poetry, pdm, hatch
and pixi are in `crawler.lockfiles.manifests`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.document import Document
from crawler.lockfiles.manifests import TOOLS, direct_pins, load, recover
from crawler.lockfiles.positions import ANY, STRINGS, Wanted
from crawler.lockfiles.reading import read
from crawler.model import ParseResult, Pin, Skipped

__all__ = ["PyprojectParser"]

_WANTED: Wanted = {
    "build-system": {"requires": STRINGS},
    "project": {"dependencies": STRINGS, "optional-dependencies": {ANY: STRINGS}},
    "dependency-groups": {ANY: STRINGS},
    "tool": TOOLS,
}


class PyprojectParser:
    """Reads `pyproject.toml`."""

    format: Final = "pyproject"

    def wants(self, path: str) -> bool:
        """Say whether `path` is the manifest of a Python project."""
        return path.rpartition("/")[2] == "pyproject.toml"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL and checkout, flagged `manifest`; often there is none."""
        return read(data, self.format, _load, _pins, recover)


def _load(text: str) -> Document:
    return load(text, _WANTED)


def _pins(document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
    if not _WANTED.keys() & document.table.keys():
        raise Malformed("no pyproject.toml: none of its tables is there")
    return direct_pins(document, _WANTED, skipped)
