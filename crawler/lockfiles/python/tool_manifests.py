"""`pixi.toml`, `hatch.toml` and `tox.toml`: what `pyproject.toml` holds below `tool`, in a file of its own.

Source: pixi, "Manifest"; hatch, "Configuration"; tox, "Configuration". They are no locks, but what they state exactly is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.reading import read
from crawler.lockfiles.python.manifest_tables import HATCH, PIXI, TOX
from crawler.lockfiles.python.manifests import Redirects, direct_pins, load, recover
from crawler.model import ParseResult, Pin, Skipped

__all__ = ["HatchManifestParser", "PixiManifestParser", "ToxManifestParser", "index_of_pixi"]

_OF_PIXI = frozenset(
    {
        "project",
        "workspace",
        "package",
        "dependencies",
        "pypi-dependencies",
        "pypi-options",
        "feature",
        "tasks",
    }
)
_OF_HATCH = frozenset({"envs", "env", "build", "metadata", "version", "publish", "project"})
_OF_TOX = frozenset(TOX) | {"env_list", "min_version", "skip_missing_interpreters", "labels"}


class PixiManifestParser:
    """Reads `pixi.toml` and `mojoproject.toml`, which is the same."""

    format: Final = "pixi-manifest"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the manifest of pixi."""
        return path.rpartition("/")[2] in {"pixi.toml", "mojoproject.toml"}

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version of PyPI, flagged `manifest`."""
        return read(data, self.format, lambda text: load(text, PIXI), _pins_of_pixi, recover)


class HatchManifestParser:
    """Reads `hatch.toml`."""

    format: Final = "hatch-manifest"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of hatch for a project."""
        return path.rpartition("/")[2] == "hatch.toml"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version, flagged `manifest`."""
        return read(data, self.format, lambda text: load(text, HATCH), _pins_of_hatch, recover)


class ToxManifestParser:
    """Reads `tox.toml`."""

    format: Final = "tox-manifest"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of tox in TOML."""
        return path.rpartition("/")[2] == "tox.toml"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version, flagged `manifest`."""
        return read(data, self.format, lambda text: load(text, TOX), _pins_of_tox, recover)


def _pins_of_pixi(document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
    if not _OF_PIXI & document.table.keys():
        raise Malformed("no pixi.toml: none of its tables is there")
    root = TableReader(values=document.table, path="", skipped=skipped)
    yield from direct_pins(document, PIXI, skipped, Redirects(default=index_of_pixi(root)))


def index_of_pixi(table: TableReader) -> str:
    """Return the index that the table of pixi names for packages of PyPI, or an empty string."""
    options = table.table("pypi-options")
    return "" if options is None else options.text("index-url") or ""


def _pins_of_hatch(document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
    if not _OF_HATCH & document.table.keys():
        raise Malformed("no hatch.toml: none of its tables is there")
    yield from direct_pins(document, HATCH, skipped)


def _pins_of_tox(document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
    if not _OF_TOX & document.table.keys():
        raise Malformed("no tox.toml: none of its tables is there")
    yield from direct_pins(document, TOX, skipped)
