"""`bunfig.toml`: no lock, but it says which registry bun asks.

Source: bun, "bunfig.toml" (`install.registry`, `install.scopes`: a URL or a table with one).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.positions import ANY, Wanted
from crawler.lockfiles.documents.reading import read
from crawler.lockfiles.index_settings import npm_setting
from crawler.lockfiles.python.manifests import load
from crawler.model import ParseResult, Pin, Skipped

__all__ = ["BunfigParser"]

_WANTED: Wanted = {"install": {"registry": {}, "scopes": {ANY: {}}}}
_FORMATS = ("bun", "package-json")


class BunfigParser:
    """Reads `bunfig.toml`."""

    format: Final = "bunfig"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of bun."""
        return path.rpartition("/")[2] == "bunfig.toml"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin of no package per registry, see `crawler.lockfiles.index_settings`."""
        return read(data, self.format, _load, _pins, lambda _: ())


def _load(text: str) -> Document:
    return load(text, _WANTED)


def _pins(document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
    install = TableReader(values=document.table, path="", skipped=skipped).table("install")
    scopes = None if install is None else install.table("scopes")
    for table, key, at in (
        (install, "registry", ("install", "registry")),
        *(
            (scopes, scope, ("install", "scopes", scope))
            for scope in (scopes.values if scopes else ())
        ),
    ):
        url = None if table is None else _url(table, key)
        scope = key if table is scopes and scopes is not None else ""
        pin = None if url is None else npm_setting(url, document.lines(*at), _FORMATS, scope)
        if pin is not None:
            yield pin


def _url(table: TableReader, key: str) -> str | None:
    if isinstance(table.values.get(key), dict):
        inner = table.table(key)
        return None if inner is None else inner.text("url")
    return table.text(key)
