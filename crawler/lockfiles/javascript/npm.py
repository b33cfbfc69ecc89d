"""package-lock.json, npm-shrinkwrap.json and the hidden lock in `node_modules`.

Source: npm, "package-lock.json" (docs, lockfileVersion 1 to 3) and `@npmcli/arborist`, `lib/shrinkwrap.js`.
Version 2 states everything twice, and npm 6 and 7 read different halves: the union of both is read. npm 11
takes whatever is JSON, also with the markers of a merge conflict: any version, keys that are written twice
(the last one counts), bytes that are not UTF-8. bun 1.4 installs from versions 2 and 3 too, and reads no further
than to the end of the document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import GiveUp, Malformed
from crawler.lockfiles.artifacts import Artifact, file_name
from crawler.lockfiles.documents.document import InvalidSyntax
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_document import (
    Entry,
    JsonDocument,
    Repeated,
    Shape,
    load,
    load_bun,
)
from crawler.lockfiles.documents.json_entries import Node
from crawler.lockfiles.documents.json_reading import read_json
from crawler.lockfiles.documents.reading import Tool
from crawler.lockfiles.javascript.npm_bundles import bundlers
from crawler.lockfiles.javascript.npm_conflicts import merged
from crawler.lockfiles.javascript.npm_sources import (
    REGISTRY,
    is_link,
    is_tarball,
    npm_package,
    origin_of,
    sri_of,
)
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["NpmParser"]

_NAMES = frozenset({"package-lock.json", "npm-shrinkwrap.json", ".package-lock.json"})
_ALIAS = "npm:"
_FOLDER = "node_modules/"
_TOOL = Tool(syntax=True, replaces=True)
_Stated = tuple[object, ...]
"""All that decides what the pin of an entry is; equal ones make equal pins."""

_DEPENDENCIES: dict[str, Shape | None] = {}
_DEPENDENCIES["*"] = {"dependencies": _DEPENDENCIES}
_SHAPE: Shape = {"packages": {}, "dependencies": _DEPENDENCIES}


class NpmParser:
    """Reads the locks of npm."""

    format: Final = "npm"
    version: Final = 3

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of npm."""
        return path.rpartition("/")[2] in _NAMES

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per installed package of `packages`, and what only `dependencies` states."""
        return read_json(data, self.format, _load, _pins, Ecosystem.NPM, _TOOL)


def _load(text: str) -> JsonDocument:
    try:
        return merged(text, load(_SHAPE, repeated=Repeated.LAST, constants=False))
    except InvalidSyntax as error:
        if _is_taken_by_bun(text):
            raise Malformed(str(error)) from error
        raise


def _is_taken_by_bun(text: str) -> bool:
    """Say whether bun, which installs from this lock where it has none of its own, may take `text`."""
    try:
        load_bun(_SHAPE)(text)
    except InvalidSyntax:
        return False
    except GiveUp:
        return True
    return True


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {"lockfileVersion", "packages", "dependencies"} & root.keys():
        root.refuse("no object with packages")
        raise Malformed("no package-lock.json: neither `lockfileVersion` nor `packages`")
    stated: set[_Stated] = set()
    for around in root.named("packages"):
        tables = [(entry, table) for entry in around.entries() for table in entry.tables()]
        inside = bundlers((entry.key, table.values) for entry, table in tables)
        for entry, table in tables:
            yield from _package(entry, table, stated, inside.get(entry.key))
    yield from _dependencies(root, stated)


def _version(table: TableReader) -> str | None:
    """Return the version where it is text; that it is not is said when the pin is made."""
    version = table.values.get("version")
    return version if isinstance(version, str) else None


def _stated(name: str, version: str | None, table: TableReader, *, bundled: bool) -> _Stated:
    """Return all that decides what the pin of an entry is; equal ones make equal pins."""
    values = table.values
    return name, version, str(values.get("resolved")), str(values.get("integrity")), bundled


def _package(
    entry: Entry, table: TableReader, stated: set[_Stated], bundler: str | None
) -> Iterator[Pin]:
    """Yield the pin of a member of `packages`; the projects themselves are none.

    What is flagged as bundled, by whichever package, and has no place of its own is inside another too.
    """
    location = table.text("resolved") if table.values.get("resolved") is not False else None
    folder, _, name = entry.key.rpartition(_FOLDER)
    if _FOLDER not in entry.key and location is None:
        return
    name = table.text("name") or name or folder
    version = table.text("version")
    if table.flag("link"):
        origin = Origin(kind=OriginKind.WORKSPACE, location=redact(location or ""))
        yield npm_package(name, version, origin).bare_pin(entry.lines)
        return
    if bundler is None and location is None and _FOLDER in folder and table.flag("inBundle"):
        bundler = folder.rstrip("/")
    inside = None if bundler is None else Origin(kind=OriginKind.BUNDLED, location=bundler)
    stated.add(_stated(name, _version(table), table, bundled=inside is not None))
    yield _pin(name, version, location, entry.lines, table, inside)


def _dependencies(outer: Entry, stated: set[_Stated]) -> Iterator[Pin]:
    """Yield the pins of `dependencies`, and of those inside each of its members.

    What a member has inside as `bundled` comes in its archive; what the project itself has so does not.
    """
    for around in outer.named("dependencies"):
        for entry in around.entries():
            for table in entry.tables():
                bundled = bool(outer.key) and table.flag("bundled")
                release = _unaliased(entry.key, _version(table))
                if _stated(*release, table, bundled=bundled) not in stated:
                    yield _dependency(entry, table, outer.key if bundled else None)
            if isinstance(entry.value, Node):
                yield from _dependencies(entry, stated)


def _unaliased(key: str, version: str | None) -> tuple[str, str | None]:
    """Return name and version of what is installed as `key`: `npm:NAME@VERSION` states both."""
    if version is None or not version.startswith(_ALIAS):
        return key, version
    name, _, installed = version.removeprefix(_ALIAS).rpartition("@")
    return name, installed


def _dependency(entry: Entry, table: TableReader, bundler: str | None) -> Pin:
    """Return the pin of a member of `dependencies`: what is no version there is a location."""
    name, version = _unaliased(entry.key, table.text("version"))
    location = table.text("resolved") if table.values.get("resolved") is not False else None
    if bundler is not None:
        inside = Origin(kind=OriginKind.BUNDLED, location=f"{_FOLDER}{bundler}")
        return _pin(name, version, location, entry.lines, table, inside)
    if version is not None and (origin := origin_of(version)) is not None:
        if location is not None and is_link(location):
            return _pin(name, None, location, entry.lines, table, origin)
        return _pin(name, None, version, entry.lines, table, origin)
    return _pin(name, version, location, entry.lines, table)


def _pin(  # noqa: PLR0913, PLR0917 - all that one entry states
    name: str,
    version: str | None,
    location: str | None,
    lines: LineSpan,
    table: TableReader,
    origin: Origin | None = None,
) -> Pin:
    """Return the pin of what lies at `location`; `origin` where it says more than `location`."""
    digests = sri_of(table, "integrity")
    if location is not None and is_link(location):
        url = redact(location)
        filename = file_name(url)
        package = npm_package(name, version, origin or REGISTRY)
        return package.pin(Artifact(lines=lines, url=url, filename=filename, digests=digests))
    package = npm_package(name, version, origin or _origin(location))
    is_file = location is not None and package.origin.kind is OriginKind.PATH
    if not digests and not is_file:
        return package.bare_pin(lines)
    filename = file_name(location) if is_file and location is not None else None
    return package.pin(Artifact(lines=lines, filename=filename, digests=digests))


def _origin(location: str | None) -> Origin:
    """Return the origin at `location`, which is no URL of a file: a checkout, an archive, a folder."""
    if not location:  # npm asks the registry for an empty one, too
        return REGISTRY
    kind = OriginKind.PATH if is_tarball(location) else OriginKind.DIRECTORY
    return origin_of(location) or Origin(kind=kind, location=redact(location))
