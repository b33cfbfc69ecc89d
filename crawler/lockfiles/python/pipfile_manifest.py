"""`Pipfile`: no lock, but what it states exactly is installed as it stands where there is no `Pipfile.lock`.

Source: pipenv, "Pipfile & Pipfile.lock": every table but those of pipenv itself is a category of packages, the
first `[[source]]` is the index of all that name none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.positions import ANY, Wanted
from crawler.lockfiles.documents.reading import read
from crawler.lockfiles.python.manifests import (
    NAMED,
    Redirects,
    direct_pins,
    load,
    normalized,
    recover,
)
from crawler.model import ParseResult, Pin, Skipped

__all__ = ["PipfileManifestParser"]

_OF_PIPENV = frozenset({"source", "requires", "scripts", "pipenv", "pipfile", "build-system"})
_WANTED: Wanted = {ANY: {ANY: NAMED}}


class PipfileManifestParser:
    """Reads `Pipfile`."""

    format: Final = "pipfile-manifest"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is the manifest of pipenv."""
        return path.rpartition("/")[2] == "Pipfile"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version, flagged `manifest`."""
        return read(data, self.format, lambda text: load(text, _WANTED), _pins, recover)


def _pins(document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
    root = TableReader(values=document.table, path="", skipped=skipped)
    categories = [name for name in root.values if name not in _OF_PIPENV]
    if len(categories) == len(root.values) and "packages" not in categories:
        raise Malformed("no Pipfile: neither `packages` nor a table of pipenv")
    redirects = _redirects(root, categories)
    wanted: Wanted = {name: {ANY: NAMED} for name in categories}
    yield from direct_pins(document, wanted, skipped, redirects)


def _redirects(root: TableReader, categories: list[str]) -> Redirects:
    """Return the index of each package that names one, and that of all others."""
    sources = {s.text("name") or "": s.text("url") or "" for _, s in root.tables("source")}
    indexes: dict[str, str] = {}
    for category in categories:
        packages = root.values[category]
        for name, stated in packages.items() if isinstance(packages, dict) else ():
            index = stated.get("index") if isinstance(stated, dict) else None
            if isinstance(index, str):
                indexes[normalized(name)] = sources.get(index, index)
    return Redirects(indexes=indexes, default=next(iter(sources.values()), ""))
