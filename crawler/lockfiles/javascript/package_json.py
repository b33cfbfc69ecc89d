"""`package.json`: no lock, but what it states exactly is installed as it stands.

Source: npm, "package.json" (`dependencies` and its kinds, `overrides`); yarn, "Manifest" (`resolutions`); pnpm,
"package.json" (`pnpm.overrides`, `pnpm.packageExtensions`); bun, "Catalogs"; corepack (`packageManager`). npm, pnpm,
yarn, bun and deno read it. Where an override takes another version of a package everywhere, what is required of it is
not installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.documents.json_document import Entry, JsonDocument, Repeated, Shape, load
from crawler.lockfiles.documents.json_entries import Node
from crawler.lockfiles.documents.json_reading import read_json
from crawler.lockfiles.javascript.npm_specifiers import chosen, override_target, stated_pin
from crawler.model import Ecosystem, ParseResult, Pin, Skipped

__all__ = ["PackageJsonParser"]

_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies")
_PEERS, _PEERS_META = "peerDependencies", "peerDependenciesMeta"
_WORKSPACES = "workspaces"
_ALL: Shape = {"*": {}}
_NESTED: Shape = {"*": {"*": {"*": {"*": {}}}}}
_DEEPEST = 8
_CATALOGS: Shape = {"catalog": _ALL, "catalogs": {"*": _ALL}}
_EXTENSIONS: Shape = {"*": dict.fromkeys((*_DEPENDENCIES, _PEERS), _ALL)}
_SHAPE: Shape = {
    **dict.fromkeys(_DEPENDENCIES, _ALL),
    _PEERS: _ALL,
    _PEERS_META: None,
    "overrides": _NESTED,
    "resolutions": _ALL,
    "pnpm": {"overrides": _ALL, "packageExtensions": _EXTENSIONS, "configDependencies": _ALL},
    "packageManager": None,
    _WORKSPACES: _CATALOGS,
    **_CATALOGS,
}
_INSTALLED = "node_modules/"
_MANAGERS = frozenset({"npm", "pnpm", "yarn"})
"""What corepack takes in `packageManager`."""


class PackageJsonParser:
    """Reads `package.json`."""

    format: Final = "package-json"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the manifest of a package, but of none that is installed already."""
        return path.rpartition("/")[2] == "package.json" and _INSTALLED not in path

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per tarball, checkout and exact version, flagged `manifest`; often there is none."""
        return read_json(
            data, self.format, load(_SHAPE, repeated=Repeated.LAST), _pins, Ecosystem.NPM
        )


def _pins(document: JsonDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    root = document.root(skipped)
    if not isinstance(root.value, Node) or root.value.is_array:
        raise Malformed("no package.json: expected an object")
    instead: dict[str, str] = {}
    overrides = list(_overrides(root, instead))
    yield from overrides
    yield from chosen(_required(root), instead)


def _required(root: Entry) -> Iterator[Pin]:
    """Yield the pins of what is required, where no other table of the same name comes first.

    Seen of npm 11, pnpm 9, yarn 1 and 4, and bun 1.4: an optional dependency takes the place of a plain one, and
    a peer counts only where nothing else names it. Of plain and `dev` ones some take this and some that.
    """
    optional = _named(root, "optionalDependencies")
    plain = [
        entry
        for holder in root.named("dependencies")
        for entry in _members(holder)
        if entry.key not in optional
    ]
    holders = [entry for key in _DEPENDENCIES[1:] for entry in root.named(key)]
    for around in (root, *_objects(root, _WORKSPACES)):
        holders += around.named("catalog")
        holders += [inner for one in around.named("catalogs") for inner in _members(one)]
    for around in _objects(root, "pnpm"):
        holders += around.named("configDependencies")
        extended = (one for all_of in around.named("packageExtensions") for one in _members(all_of))
        holders += [one for extension in extended for one in _members(extension)]
    asked = [entry for holder in holders for entry in _members(holder)]
    installed = {name for key in _DEPENDENCIES for name in _named(root, key)}
    peers = (entry for entry in _peers(root) if entry.key not in installed)
    for entry in (*plain, *asked, *peers):
        if isinstance(entry.value, str):
            pin = stated_pin(entry.key, entry.value, entry.lines)
            yield from () if pin is None else (pin,)
    for entry in root.named("packageManager"):
        name, at, stated = str(entry.value).rpartition("@")
        pin = stated_pin(name, stated, entry.lines) if at and name in _MANAGERS else None
        yield from () if pin is None else (pin,)


def _named(root: Entry, key: str) -> set[str]:
    return {entry.key for holder in root.named(key) for entry in _members(holder)}


def _peers(root: Entry) -> Iterator[Entry]:
    """Yield the packages that npm installs beside this one: not those that are optional."""
    meta = {one.key: one.value for all_of in root.named(_PEERS_META) for one in _members(all_of)}
    for entry in (entry for peers in root.named(_PEERS) for entry in _members(peers)):
        about = meta.get(entry.key)
        if not (isinstance(about, dict) and about.get("optional") is True):
            yield entry


def _overrides(root: Entry, instead: dict[str, str]) -> Iterator[Pin]:
    """Yield the pins of overrides; what is taken everywhere is noted in `instead`."""
    flat = list(root.named("resolutions"))
    flat += [one for around in _objects(root, "pnpm") for one in around.named("overrides")]
    for entry in (entry for holder in flat for entry in _members(holder)):
        yield from _override(entry, entry.key, instead)
    for holder in root.named("overrides"):
        yield from _nested(holder, instead, "", _DEEPEST)


def _nested(holder: Entry, instead: dict[str, str], around: str, depth: int) -> Iterator[Pin]:
    """Yield those of npm, where what lies in the object of a package counts below it; `.` is itself."""
    for entry in _members(holder) if depth else ():
        own = entry.key == "."
        if isinstance(entry.value, (Node, dict)):
            yield from _nested(entry, instead, entry.key, depth - 1)
        elif not around or own:
            yield from _override(entry, around if own else entry.key, instead)
        else:
            yield from _override(entry, f"{around}>{entry.key}", instead)


def _override(entry: Entry, key: str, instead: dict[str, str]) -> Iterator[Pin]:
    target = override_target(key)
    if target is None or not isinstance(entry.value, str) or entry.value.startswith("$"):
        return
    name, everywhere = target
    pin = stated_pin(name, entry.value, entry.lines)
    if everywhere:
        instead[name] = entry.value if pin is None or pin.version is None else pin.version
    if pin is not None:
        yield pin


def _objects(root: Entry, key: str) -> Iterator[Entry]:
    """Yield the object at `key`; an array there (`workspaces`) is nothing to read."""
    for entry in root.named(key):
        if isinstance(entry.value, Node) and not entry.value.is_array:
            yield entry


def _members(holder: Entry) -> Iterator[Entry]:
    """Yield the members of an object, walked or not; of anything else none, which tools pass over too."""
    value = holder.value
    if isinstance(value, Node):
        yield from () if value.is_array else holder.entries()
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield Entry(key, inner, holder.path, holder.skipped, holder.first, holder.last)
