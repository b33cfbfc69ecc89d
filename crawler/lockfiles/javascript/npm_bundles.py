"""Which packages of a package-lock.json come inside the archive of another one, and are never asked for.

Source: npm, `@npmcli/arborist`, `lib/node.js` (`getBundler`): what an entry lists in `bundleDependencies`,
all that lies below it, and what those need as far as it lies beside them. Seen of npm 11.19: the flag
`inBundle` alone keeps it from nothing, and what the project itself lists is fetched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["bundlers"]

_FOLDER = "/node_modules/"
_DEEPEST = 50
"""Packages inside of packages; the deepest of 120 real locks has 6."""
_NEEDS = ("dependencies", "optionalDependencies", "peerDependencies")
_Entry = Mapping[str, object]


def bundlers(entries: Iterable[tuple[str, _Entry]]) -> Mapping[str, str]:
    """Return the location of the package inside whose archive each of `entries` comes.

    `entries` are locations (`node_modules/a/node_modules/b`) and what `packages` states there; what comes
    in an archive of its own has no bundler.
    """
    tree = _Tree(entries)
    found: dict[str, str] = {}
    for location in tree.entries:
        if location.startswith(_FOLDER[1:]) and location not in found:
            for inside in tree.bundle(location):
                found.setdefault(inside, location)
    return found


class _Tree:
    """The entries of `packages`, by their location."""

    def __init__(self, entries: Iterable[tuple[str, _Entry]]) -> None:
        self.entries: defaultdict[str, list[_Entry]] = defaultdict(list)
        self._below: defaultdict[str, set[str]] = defaultdict(set)
        for location, entry in entries:
            if location.count(_FOLDER) < _DEEPEST:
                self.entries[location].append(entry)
                self._below[location.rpartition(_FOLDER)[0]].add(location)

    def bundle(self, location: str) -> Iterator[str]:
        """Yield the locations of all that comes in the archive of the package at `location`."""
        ready = [f"{location}{_FOLDER}{name}" for name in self._listed(location)]
        seen: set[str] = set()
        while ready:
            inside = ready.pop()
            if inside in seen or inside not in self.entries:
                continue
            seen.add(inside)
            yield inside
            ready += self._below.get(inside, ())
            ready += self._needed(inside, location)

    def _listed(self, location: str) -> Iterator[str]:
        """Yield the names in `bundleDependencies`; `true` stands for all dependencies."""
        for entry in self.entries[location]:
            stated = entry.get("bundleDependencies", entry.get("bundledDependencies"))
            if stated is True:
                stated = _names(entry.get("dependencies"))
            if isinstance(stated, list):
                yield from (name for name in stated if isinstance(name, str))

    def _needed(self, location: str, bundler: str) -> Iterator[str]:
        """Yield where the dependencies of `location` lie, if that is below `bundler`."""
        names = {
            n for entry in self.entries[location] for key in _NEEDS for n in _names(entry.get(key))
        }
        above = location
        while names and len(above) >= len(bundler):
            here = {name for name in names if f"{above}{_FOLDER}{name}" in self.entries}
            yield from (f"{above}{_FOLDER}{name}" for name in here)
            names -= here
            above = above.rpartition(_FOLDER)[0]


def _names(table: object) -> list[str]:
    return list(table) if isinstance(table, dict) else []
