"""`uv.toml`: no lock, but it says which indexes `uv pip` asks, and has the tables of `tool.uv`.

Source: uv, "Settings" and "Package indexes": an index with `default` takes the place of the public one, one
that is `explicit` is asked only for what names it, any other is asked besides. What a uv.lock pins is
independent of it: the lock names the index of each package.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.positions import Wanted
from crawler.lockfiles.documents.reading import read
from crawler.lockfiles.index_settings import python_setting
from crawler.lockfiles.python.manifest_tables import UV
from crawler.lockfiles.python.manifests import direct_pins, load
from crawler.model import LineSpan, ParseResult, Pin, Skipped

__all__ = ["UvSettingsParser", "indexes_of_uv"]

_FORMATS = ("requirements", "requirements-input", "pyproject")
_WANTED: Wanted = {**UV, "index": {}, "index-url": {}}


class UvSettingsParser:
    """Reads `uv.toml`."""

    format: Final = "uv-toml"
    version: Final = 3

    def wants(self, path: str) -> bool:
        """Say whether `path` is a configuration of uv."""
        return path.rpartition("/")[2] == "uv.toml"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin of no package for the indexes, see `crawler.lockfiles.index_settings`, and those of a manifest."""
        return read(data, self.format, _load, _pins, lambda _: ())


def _load(text: str) -> tuple[Document, int]:
    return load(text, _WANTED), text.count("\n") + 1


def _pins(loaded: tuple[Document, int], skipped: list[Skipped]) -> Iterator[Pin]:
    document, last = loaded
    root = TableReader(values=document.table, path="", skipped=skipped)
    yield from indexes_of_uv(root, LineSpan(first=1, last=last))
    yield from direct_pins(document, UV, skipped)


def indexes_of_uv(table: TableReader, lines: LineSpan) -> Iterator[Pin]:
    """Yield the setting that the table `table` of uv states: of uv.toml, or `tool.uv` of a manifest."""
    default, besides = "", list[str]()
    for _, index in table.tables("index"):
        url = index.text("url") or ""
        if index.flag("default"):
            default = default or url
        elif not index.flag("explicit"):
            besides.append(url)
    for around in (table, table.table("pip")):
        if around is not None:
            default = default or around.text("index-url") or ""
            besides += [url for url in around.entries("extra-index-url") if isinstance(url, str)]
    pin = python_setting([default, *besides], lines, _FORMATS)
    if pin is not None:
        yield pin
