"""conda-lock.yml: one entry per package and platform; also the layout of pixi.lock before version 4.

Sources: conda-lock, `conda_lock/lockfile/v1/models.py` (`manager`, `hash`, `source`) and
`conda_lock/conda_lock.py` (pip entries are installed as `name @ url#sha256=`, without an index).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digests_of, file_name, location_of
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import entries, read_yaml
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import redact

__all__ = ["CondaLockParser", "pins_of_packages"]

_NAMES = ("conda-lock.yml", "conda-lock.yaml")
_KNOWN_VERSIONS = frozenset({"1", "2", "3"})
"""conda-lock writes 1; rattler wrote the same entries as 2 and 3."""


class CondaLockParser:
    """Reads `conda-lock.yml`, `conda-lock.yaml` and `<name>.conda-lock.yml`."""

    format: Final = "condalock"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of conda-lock."""
        name = path.rpartition("/")[2]
        return name in _NAMES or name.endswith((".conda-lock.yml", ".conda-lock.yaml"))

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per entry: a package of several platforms has one for each."""
        return read_yaml(data, self.format, Ecosystem.PYPI, _pins)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    if "package" not in root.values:
        raise Malformed("no conda-lock.yml: no `package`")
    version = root.text("version")
    if version is not None and version not in _KNOWN_VERSIONS:
        root.skip("version", "unknown version of the format, read as version 1")
    yield from pins_of_packages(root, places)


def pins_of_packages(root: TableReader, places: Places) -> Iterator[Pin]:
    """Yield the pin of each entry of `package`."""
    for entry, lines in entries(root, "package", places):
        yield _pin(entry, lines)


def _pin(entry: TableReader, lines: LineSpan) -> Pin:
    ecosystem = _ecosystem(entry)
    url = location_of(entry.text("url"))
    name = entry.text("name")
    for key, value in (("name", name), ("url", url)):
        if value is None and key not in entry.values:
            entry.skip(key, "missing")
    package = Package.called(name, entry.text("version"), _origin(entry, url), ecosystem)
    if package.origin.kind is OriginKind.GIT:
        return package.bare_pin(lines)
    hashes = entry.table("hash")
    return package.pin(
        Artifact(
            lines=lines,
            url=url,
            filename=None if url is None else file_name(url),
            digests=() if hashes is None else digests_of(hashes),
        )
    )


def _ecosystem(entry: TableReader) -> Ecosystem:
    match entry.text("manager"):
        case "conda":
            return Ecosystem.CONDA
        case "pip" | "pypi":
            return Ecosystem.PYPI
        case _:
            entry.skip("manager", "neither conda nor pip; read as pip")
            return Ecosystem.PYPI


def _origin(entry: TableReader, url: str | None) -> Origin:
    if url is not None and url.startswith("git+"):
        return Origin(kind=OriginKind.GIT, location=url)
    source = entry.table("source")
    if source is None:
        return Origin(kind=OriginKind.REGISTRY)
    return Origin(kind=OriginKind.URL, location=redact(source.text("url") or url or ""))
