"""Finding wanted files in trees, without checking anything out and without believing any of it.

Every distinct tree is read once, near the root first, before a tree that was seen already is entered
again under another path: a bomb of repeated trees can cost other paths of known files, which is then
said, but never hide a file. Branches share what they have in common.
"""

from __future__ import annotations

import stat
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from typing import Protocol, TypeAlias

from crawler.errors import Malformed
from crawler.git.interface import Limits, ListedFile, Listing
from crawler.git.objects import GITLINK, Kind, RawObject, TreeEntry, parse_tree, tree_of
from crawler.git.skips import Skips

__all__ = ["ObjectSource", "list_files"]

_REGULAR = frozenset({0o100644, 0o100755})
_NEVER_A_FILE = frozenset({b"", b".", b"..", b".git"})


class ObjectSource(Protocol):
    """Where objects come from: a pack in memory, or a child that is asked."""

    def read(self, oids: Collection[str]) -> Iterable[RawObject]:
        """Return those of `oids` that exist, in any order."""
        ...


def list_files(
    source: ObjectSource,
    commits: Collection[str],
    wanted: Callable[[str], bool],
    limits: Limits,
    *,
    root_only: bool = False,
) -> Listing:
    """Return all regular files under `commits` whose path is wanted; never raises for a bad tree.

    With `root_only` no folder is entered, and the listing says so where there is one.
    """
    walk = _Walk(source, wanted, limits, root_only=root_only)
    roots = walk.roots(commits)
    walk.explore({(tree, b"") for tree in roots.values()})
    files = tuple(walk.files(roots))
    if walk.closed:
        # It hides nothing at the root; that it hides the rest is said by `root_only`.
        walk.skips.add("/", "only the root was looked at, no folder below it", at="/")
    return Listing(files=files, skipped=walk.skips.take(), root_only=walk.closed)


_Place: TypeAlias = tuple[str, bytes]
"""A tree and the path it is at: the same tree can be wanted at one path and not at another."""


class _Walk:
    def __init__(
        self,
        source: ObjectSource,
        wanted: Callable[[str], bool],
        limits: Limits,
        *,
        root_only: bool,
    ) -> None:
        self._source, self._wanted, self._limits = source, wanted, limits
        self._root_only, self.closed = root_only, False
        self._trees: dict[str, tuple[TreeEntry, ...]] = {}
        self._children: dict[_Place, list[_Place]] = {}
        self._hits: dict[_Place, list[tuple[str, str]]] = {}
        self._room, self._repeats = limits.entries, limits.entries
        self._path_room = limits.paths_bytes
        self._again: deque[_Place] = deque()
        self.skips = Skips("trees")

    def roots(self, commits: Collection[str]) -> dict[str, str]:
        """Return the root tree of every commit."""
        found = {raw.oid: raw for raw in self._source.read(commits) if raw.kind is Kind.COMMIT}
        roots = {}
        for commit in commits:
            try:
                roots[commit] = tree_of(found[commit].data)
            except (KeyError, Malformed):
                self.skips.add(commit, "the commit is missing, damaged, or not a commit")
        return roots

    def explore(self, places: set[_Place]) -> None:
        """Read all trees below `places`: distinct ones level by level, then the repeated ones."""
        level = sorted(places)
        while level:
            below: dict[str, _Place] = {}
            self._read({tree for tree, _ in level} - self._trees.keys())
            for place in level:
                for child in self._expand(place):
                    if child[0] in self._trees or below.setdefault(child[0], child) != child:
                        self._again.append(child)
            level = list(below.values())
        self._revisit()

    def _revisit(self) -> None:
        """Enter trees again that were read before, at their other paths, as far as that is cheap."""
        while self._again:
            place = self._again.popleft()
            if place in self._children:
                continue
            self._repeats -= 1 + len(self._trees.get(place[0], ()))
            if self._repeats < 0:
                reason = f"at least {len(self._again) + 1} more places of trees that were read"
                self.skips.add("trees", reason)
                return
            self._again.extend(self._expand(place))

    def _read(self, oids: set[str]) -> None:
        room = self._limits.trees - len(self._trees)
        if len(oids) > room:
            self.skips.add("trees", f"more than {self._limits.trees} trees, not all were read")
            oids = set(sorted(oids)[:room])
        for raw in self._source.read(oids) if oids else ():
            if raw.kind is Kind.TREE and raw.oid in oids:
                self._trees[raw.oid] = tuple(self._parsed(raw))

    def _parsed(self, raw: RawObject) -> Iterator[TreeEntry]:
        try:
            for entry in parse_tree(raw.data):
                if self._room <= 0:
                    self.skips.add(raw.oid, f"more than {self._limits.entries} tree entries")
                    return
                self._room -= 1
                # What is too long for a path is not held whole until that is said.
                long = len(entry.name) > self._limits.path_bytes
                yield replace(entry, name=entry.name[: self._limits.path_bytes]) if long else entry
        except Malformed as error:
            self.skips.add(raw.oid, str(error))

    def _expand(self, place: _Place) -> list[_Place]:
        """Note the hits of a tree at its path, return the trees below it."""
        tree, path = place
        children = self._children.setdefault(place, [])
        entries = self._trees.get(tree)
        if entries is None:
            folder = _text(path)
            reason = "the tree is missing or damaged, or was not read"
            self.skips.add(folder or "/", reason, folder or None)
            return children
        for entry in entries:
            # A name of megabytes must not even be joined once per place of its tree.
            if len(path) + len(entry.name) >= self._limits.path_bytes:
                cut = _joined(path, entry.name[:80])
                self.skips.add(_text(cut[:80]), "a path too long for any file system", _text(cut))
            elif self._has_room(path, entry.name):
                self._take(place, entry, _joined(path, entry.name))
        return children

    def _take(self, place: _Place, entry: TreeEntry, path: bytes) -> None:
        folder = entry.mode == stat.S_IFDIR
        if folder and path.count(b"/") >= self._limits.depth:
            reason = f"more than {self._limits.depth} folders deep"
            self.skips.add(_text(path[:80]), reason, _text(path))
        elif folder and not _is_name(entry.name):
            self.skips.add(_text(path), "git never writes a folder of this name", _text(path))
        elif folder and self._root_only:
            self.closed = True
        elif folder:
            self._children[place].append((entry.oid, path))
        elif self._wanted(_text(path)):
            self._take_file(place, entry, path)

    def _take_file(self, place: _Place, entry: TreeEntry, path: bytes) -> None:
        if entry.mode not in _REGULAR:
            self.skips.add(_text(path), _irregular(entry.mode), _text(path))
        elif not _is_name(entry.name):
            self.skips.add(_text(path), "git never writes a file of this name", _text(path))
        else:
            self._hits.setdefault(place, []).append((_text(path), entry.oid))

    def _has_room(self, path: bytes, name: bytes) -> bool:
        """Say whether one more path may be looked at: a small pack can name gigabytes of them."""
        self._path_room -= len(path) + len(name) + 1
        if self._path_room < 0:
            reason = f"more than {self._limits.paths_bytes} bytes of paths"
            self.skips.add(_text(_joined(path, name)[:80]), reason)
        return self._path_room >= 0

    def files(self, roots: dict[str, str]) -> Iterator[ListedFile]:
        """Yield the hits of every commit, entering only trees that lead to one."""
        bearing = self._bearing()
        count = 0
        for commit, tree in roots.items():
            places, seen = deque([(tree, b"")]), {(tree, b"")}
            while places:
                place = places.popleft()
                for path, oid in self._hits.get(place, ()):
                    count += 1
                    if count > self._limits.files:
                        self.skips.add(commit, f"more than {self._limits.files} wanted files")
                        return
                    yield ListedFile(commit=commit, path=path, oid=oid)
                below = [c for c in self._children.get(place, ()) if c in bearing and c not in seen]
                seen.update(below)
                places.extend(below)

    def _bearing(self) -> set[_Place]:
        above: defaultdict[_Place, list[_Place]] = defaultdict(list)
        for place, children in self._children.items():
            for child in children:
                above[child].append(place)
        bearing, ready = set(self._hits), list(self._hits)
        while ready:
            for place in above[ready.pop()]:
                if place not in bearing:
                    bearing.add(place)
                    ready.append(place)
        return bearing


def _is_name(name: bytes) -> bool:
    return name.lower() not in _NEVER_A_FILE and b"/" not in name


def _joined(path: bytes, name: bytes) -> bytes:
    return path + b"/" + name if path else name


def _irregular(mode: int) -> str:
    if mode == GITLINK:
        return "a submodule, not a file"
    if stat.S_ISLNK(mode):
        return "a symbolic link, never followed"
    return f"unusual mode {mode:o}"


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
