"""Pipfile.lock of pipenv: the categories `default`, `develop` and any other.

Source: pipenv, `pipenv/utils/locking.py` and `plette`, `models/packages.py`. The hashes of a release are
listed without file names: a package of an index makes one pin with all of them. Locks before version 6
have one `hash`, and the place of a package in its key (pypa/pipfile, issue 66). pipenv 2026.10 reads with
Python's JSON (the last value of a key that is written twice counts), takes every `pipfile-spec`, and makes a
lock anew that is no JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Repeated, Shape, load
from crawler.lockfiles.documents.json_entries import Node
from crawler.lockfiles.documents.json_reading import read_json
from crawler.lockfiles.documents.reading import Tool
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["PipfileParser"]

_META = "_meta"
_FROM = " from "
_TOOL = Tool(syntax=True, mark=True)
_CHECKOUTS = ("git", "hg", "svn", "bzr")
_PLACES = ("file", "path")
"""Keys of a package that is taken from there."""
_SHAPE: Shape = {_META: None, "*": {}}
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".egg")


class PipfileParser:
    """Reads `Pipfile.lock`."""

    format: Final = "pipfile"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of pipenv."""
        return path.rpartition("/")[2] == "Pipfile.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per package and category."""
        return read_json(
            data, self.format, load(_SHAPE, repeated=Repeated.LAST), _pins, Ecosystem.PYPI, _TOOL
        )


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {_META, "default", "develop"} & root.keys():
        root.refuse("no object with packages")
        raise Malformed("no Pipfile.lock: neither `_meta` nor `default`")
    sources = _sources(root)
    for category in root.entries():
        if category.key == _META:
            continue
        if not isinstance(category.value, Node) or category.value.is_array:
            category.refuse("expected table")
        for entry in category.entries():
            for table in entry.tables():
                yield _pin(entry, table, sources)


def _sources(root: Entry) -> Mapping[str, str]:
    """Return the URL of each index by its name; that of the first one, the default, also by ``."""
    found: dict[str, str] = {}
    for meta in (table for entry in root.named(_META) for table in entry.tables()):
        for _, source in meta.tables("sources"):
            url = redact(source.text("url") or "")
            found.setdefault("", url)
            found.setdefault(source.text("name") or "", url)
    return found


def _pin(entry: Entry, table: TableReader, sources: Mapping[str, str]) -> Pin:
    version = _version(table.text("version"))
    name, _, place_in_key = entry.key.partition(_FROM)
    origin = _origin_in_key(place_in_key) or _origin(table, sources)
    package = Package.called(name, version, origin)
    digests = _digests(table)
    url = origin.location if origin.kind is OriginKind.URL else None
    place = origin.location if origin.kind in {OriginKind.URL, OriginKind.PATH} else None
    if place is None and (not digests and origin.kind is not OriginKind.REGISTRY):
        return package.bare_pin(entry.lines)
    return package.pin(_artifact(entry.lines, url, place, digests))


def _artifact(
    lines: LineSpan, url: str | None, place: str | None, digests: tuple[Digest, ...]
) -> Artifact:
    filename = None if place is None else file_name(place)
    return Artifact(lines=lines, url=url, filename=filename, digests=digests)


def _origin(table: TableReader, sources: Mapping[str, str]) -> Origin:
    """Return where pipenv takes the package from: a checkout, a file, a folder, else an index."""
    for key in _CHECKOUTS:
        if (repository := table.text(key)) is not None:
            ref = table.text("ref")
            location = redact(repository) + (f"#{ref}" if ref else "")
            return Origin(kind=OriginKind.GIT, location=location)
    for key in _PLACES:
        if (place := table.text(key)) is not None:
            return _place(redact(place), editable=table.flag("editable"))
    name = table.text("index")
    return Origin(kind=OriginKind.REGISTRY, location=sources.get(name or "", redact(name or "")))


def _origin_in_key(place: str) -> Origin | None:
    """Return the place that a key of old states: `zz from git+https://git.example/zz.git@v1#egg=zz`."""
    if not place:
        return None
    location = redact(place)
    if place.partition("+")[0].strip().lower() in _CHECKOUTS:
        return Origin(kind=OriginKind.GIT, location=location)
    return _place(location, editable=False)


def _place(location: str, *, editable: bool) -> Origin:
    scheme = location.partition(":")[0].strip().lower()
    if scheme in {"http", "https", "ftp"}:
        return Origin(kind=OriginKind.URL, location=location)
    if editable:
        return Origin(kind=OriginKind.EDITABLE, location=location)
    archive = location.lower().partition("#")[0].endswith(_ARCHIVES)
    return Origin(kind=OriginKind.PATH if archive else OriginKind.DIRECTORY, location=location)


def _version(stated: str | None) -> str | None:
    """Return the version that `==` pins."""
    if stated is None or not stated.strip().startswith("=="):
        return None
    return stated.strip().lstrip("=").strip() or None


def _only_hash(table: TableReader) -> tuple[str, ...]:
    """Return what locks of old state in the place of `hashes`."""
    stated = table.text("hash")
    return () if stated is None else (stated,)


def _digests(table: TableReader) -> tuple[Digest, ...]:
    found: set[Digest] = set()
    for number, stated in enumerate((*_only_hash(table), *table.entries("hashes"))):
        try:
            found.add(digest_of(stated if isinstance(stated, str) else ""))
        except Malformed as error:
            table.skip(f"hashes[{number}]", str(error))
    return tuple(sorted(found))
