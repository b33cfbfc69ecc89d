"""vlt-lock.json of vlt: one node per package, called by its id.

Source: vlt, `src/dep-id` (the parts of an id are percent-encoded, between `·`, of old `;`: kind, registry or place, name and
version) and `src/graph/src/lockfile/types.ts` (a node is an array; where in it integrity and URL stand
differs between versions of vlt, so both are recognised by their form). A node without a URL comes from its registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, file_name, integrity_of
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load
from crawler.lockfiles.documents.json_reading import read_json
from crawler.lockfiles.javascript.npm_sources import npm_package
from crawler.model import Digest, Ecosystem, Origin, OriginKind, ParseResult, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["VltParser"]

_SHAPE: Shape = {"nodes": {}, "options": {}, "registries": {}, "*": None}
_DELIMITER = re.compile("[·;]")
_SLASH = re.compile(r"(@[^/§+]{1,214})[§+](.{1,214})")
"""A scoped name, whose slash vlt writes otherwise."""
_INTEGRITY = re.compile(r"sha(?:1|256|384|512)-[A-Za-z0-9+/=]{8,}")
_RELEASE = re.compile(r"(@?[^@]{1,214})@([^@]{1,200})")
_REGISTRY = frozenset({"", "registry"})
_ELSEWHERE = {
    "git": OriginKind.GIT,
    "remote": OriginKind.URL,
    "file": OriginKind.PATH,
    "workspace": OriginKind.WORKSPACE,
}
_MOST_ITEMS = 16


class VltParser:
    """Reads `vlt-lock.json`."""

    format: Final = "vlt"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of vlt."""
        return path.rpartition("/")[2] == "vlt-lock.json"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per node."""
        return read_json(data, self.format, load(_SHAPE), _pins, Ecosystem.NPM)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not {"nodes"} & root.keys():
        raise Malformed("no vlt-lock.json: no `nodes`")
    registries = _registries(root)
    for entry in root.entries("nodes"):
        yield from _node(entry, registries)


def _registries(root: Entry) -> Mapping[str, str]:
    """Return the URL of each registry by its name; of the default one by an empty name, where it is stated."""
    found: dict[str, str] = {}
    for entry in (*root.entries("registries"), *root.entries("options")):
        inner = entry.value if entry.key == "registries" else {entry.key: entry.value}
        for name, url in inner.items() if isinstance(inner, dict) else ():
            if isinstance(url, str) and "://" in url:
                found["" if name == "registry" else name] = redact(url)
    return found


def _node(entry: Entry, registries: Mapping[str, str]) -> Iterator[Pin]:
    kind, place, named, *_ = [*map(unquote, _DELIMITER.split(entry.key)), "", ""]
    if not isinstance(entry.value, list) or kind not in _REGISTRY | _ELSEWHERE.keys():
        entry.skip("no node of a form that is known")
        return
    texts = [one for one in entry.value[:_MOST_ITEMS] if isinstance(one, str)]
    digests = _digests(entry, texts)
    if kind in _REGISTRY:
        release = _RELEASE.fullmatch(_SLASH.sub(r"\1/\2", named))
        if release is None:
            entry.skip("no name and version in the id of a node")
            return
        name, version = release.groups()
        location = registries.get(place, redact(place))
        origin = Origin(kind=OriginKind.REGISTRY, location=location)
        url = next((redact(one) for one in texts if "://" in one), None)
    else:
        name, version = next((one for one in texts if _INTEGRITY.match(one) is None), None), None
        origin = Origin(kind=_ELSEWHERE[kind], location=redact(place))
        url = origin.location if origin.kind is OriginKind.URL else None
    package = npm_package(name, version, origin)
    if origin.kind not in {OriginKind.REGISTRY, OriginKind.URL}:
        yield package.bare_pin(entry.lines)
        return
    filename = None if url is None else file_name(url)
    yield package.pin(Artifact(lines=entry.lines, url=url, filename=filename, digests=digests))


def _digests(entry: Entry, texts: Sequence[str]) -> tuple[Digest, ...]:
    stated = next((one for one in texts if _INTEGRITY.match(one)), None)
    try:
        return () if stated is None else integrity_of(stated)
    except Malformed as error:
        entry.skip(str(error))
        return ()
