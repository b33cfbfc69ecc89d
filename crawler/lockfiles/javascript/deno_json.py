"""`deno.json` and import maps: no locks, but the packages of npm that they name exactly are installed as they stand.

Source: Deno, "deno.json and package.json" (`imports`, `scopes`, `lock`, `importMap`) and "Node and npm Compatibility":
`npm:name@1.0.0/path`. Both may be JSON with comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Shape, load_bun
from crawler.lockfiles.documents.json_entries import Node
from crawler.lockfiles.documents.json_reading import read_json
from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.javascript.npm_specifiers import stated_pin
from crawler.model import Ecosystem, ParseResult, Pin, Skipped

__all__ = ["DenoJsonParser"]

_IMPORTS: Shape = {"*": {}}
_SHAPE: Shape = {"imports": _IMPORTS, "scopes": {"*": _IMPORTS}, "lock": None, "importMap": None}
_NAME = re.compile(r"(?:deno|jsr)\.jsonc?|import[_-]?map\.json")
_SPECIFIER = re.compile(r"npm:/?((?:@[^/@]{1,214}/)?[^/@]{1,214})@([^/]{1,300})(?:/.*)?")
_LOCK = "deno.lock"


class DenoJsonParser:
    """Reads `deno.json`, `deno.jsonc`, `jsr.json` and `import_map.json`."""

    format: Final = "deno-json"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a configuration or an import map of Deno."""
        return _NAME.fullmatch(path.rpartition("/")[2]) is not None

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per exact version of a package of npm, flagged `manifest`; often there is none."""
        return read_json(data, self.format, load_bun(_SHAPE), _pins, Ecosystem.NPM)


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not isinstance(root.value, Node) or root.value.is_array:
        raise Malformed("no deno.json: expected an object")
    scopes = [entry for scope in root.entries("scopes") for entry in scope.entries()]
    for entry in (*root.entries("imports"), *scopes):
        found = _SPECIFIER.fullmatch(entry.value) if isinstance(entry.value, str) else None
        pin = None if found is None else stated_pin(found[1], found[2], entry.lines)
        yield from () if pin is None else (pin,)
    _say_elsewhere(root)


def _say_elsewhere(root: Entry) -> None:
    """Say which other files count, where their names do not tell what they are."""
    notes = Notes(skipped=root.skipped)
    for entry in root.named("lock"):
        lock = entry.value.get("path") if isinstance(entry.value, dict) else entry.value
        if isinstance(lock, str) and lock.rpartition("/")[2] != _LOCK:
            notes.say("lock", f"a {_LOCK} of another name: {lock[:200]}", lock)
    for entry in root.named("importMap"):
        if isinstance(entry.value, str) and not _NAME.fullmatch(entry.value.rpartition("/")[2]):
            notes.say("importMap", f"an import map, not read: {entry.value[:200]}")
