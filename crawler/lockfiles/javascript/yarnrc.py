"""`.yarnrc` of yarn 1 and `.yarnrc.yml` of later ones: no locks, but they say which registry is asked, and more.

Source: yarn, `src/rc.js` (a key and a value on a line, both may be quoted; read in every folder above);
berry, "yarnrc" (`npmRegistryServer`, `npmScopes`, `lockfileFilename`). Catalogs and `packageExtensions` are read as those of
a manifest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import members, read_yaml
from crawler.lockfiles.index_settings import npm_setting
from crawler.lockfiles.javascript.pnpm_workspace import stated_pins
from crawler.model import Ecosystem, LineSpan, ParseResult, Pin

__all__ = ["YarnrcParser", "YarnrcYamlParser"]

_LINE = re.compile(r"\"?([@A-Za-z0-9_./:*-]{1,300})\"?[ \t:]{1,20}(.{1,2000}+)")
_REGISTRY = re.compile(r"(?:(@[^:/]{1,214}):)?registry")
_LOCKFILE = "yarn.lock"
_SERVER = "npmRegistryServer"
_FORMATS = ("yarn", "package-json", "yarnrc-yml")


class YarnrcParser:
    """Reads `.yarnrc`."""

    format: Final = "yarnrc"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of yarn 1."""
        return path.rpartition("/")[2] == ".yarnrc"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin of no package per registry, see `crawler.lockfiles.index_settings`."""
        return read_lines(data, self.format, _pins)


class YarnrcYamlParser:
    """Reads `.yarnrc.yml`."""

    format: Final = "yarnrc-yml"
    version: Final = 3

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of yarn 2 and later."""
        return path.rpartition("/")[2] == ".yarnrc.yml"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin of no package per registry, see `crawler.lockfiles.index_settings`, and those of a manifest."""
        return read_yaml(data, self.format, Ecosystem.NPM, _yaml_pins)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    for number, line in enumerate(text.split("\n"), start=1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        found = _LINE.fullmatch(said)
        if found is None:
            notes.skip(number, "not a setting")
            continue
        notes.understood = True
        key = _REGISTRY.fullmatch(found[1])
        lines = LineSpan(first=number, last=number)
        pin = key and npm_setting(found[2].strip(" \t\"'"), lines, _FORMATS, key[1] or "")
        if pin is not None:
            yield pin
    notes.check(".yarnrc")


def _yaml_pins(root: TableReader, places: Places) -> Iterator[Pin]:
    yield from stated_pins(root, places, flat=("catalog",))
    lockfile = root.text("lockfileFilename") or _LOCKFILE
    if lockfile.rpartition("/")[2] != _LOCKFILE:
        root.skip("lockfileFilename", f"a yarn.lock of another name: {lockfile[:200]}", lockfile)
    around = root.values
    whole = places.lines(around) if isinstance(around, dict) else LineSpan(first=1, last=1)
    server = root.text(_SERVER)
    pin = None if server is None else npm_setting(server, whole, _FORMATS)
    if pin is not None:
        yield pin
    for scope, entry, lines in members(root, "npmScopes", places):
        server = entry.text(_SERVER)
        pin = None if server is None else npm_setting(server, lines, _FORMATS, scope)
        if pin is not None:
            yield pin
