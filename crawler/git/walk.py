"""Finding wanted files in trees, without checking anything out and without believing any of it.

Every distinct tree is read once, near the root first, before a tree that was seen already is entered
again under another path: a bomb of repeated trees can cost other paths of known files, which is then
said, but never hide a file. Refs share what they have in common. Whatever ends at a limit ends with
the files that are worth least: many files of any name do not hide one of a well-known name.
"""

from __future__ import annotations

import stat
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Protocol, TypeAlias

from crawler.errors import Malformed
from crawler.git.interface import Limits, ListedFile, Listing
from crawler.git.links import LinkResolver
from crawler.git.objects import (
    FILE,
    GITLINK,
    LINK,
    ObjectType,
    RawObject,
    TreeItem,
    committed_at,
    has_parent,
    parse_tree,
    tree_of,
)
from crawler.git.skips import Skips
from crawler.model import Worth

__all__ = ["HOLDS_COMMANDS", "OLDER_COMMITS", "SUBMODULE", "ObjectSource", "list_files"]

HOLDS_COMMANDS = "may hold install commands or URLs of packages, which are not read"
"""The reason for all files that are `Worth.UNREAD`: it hides no lock."""
SUBMODULE = "a submodule, which is another repository"
OLDER_COMMITS = "what only older commits hold is not read: of each ref, the newest commit alone"
_NEVER_A_FILE = frozenset({b"", b".", b"..", b".git"})
_LONGEST_KNOWN = 64
"""Bytes; no well-known name is longer."""


class ObjectSource(Protocol):
    """Where objects come from: a pack in memory, or a child that is asked."""

    def read(self, oids: Collection[str]) -> Iterable[RawObject]:
        """Return those of `oids` that exist, in any order."""
        ...


def list_files(
    source: ObjectSource,
    commits: Collection[str],
    wanted: Callable[[str], int],
    limits: Limits,
    *,
    root_only: bool = False,
) -> Listing:
    """Return all regular files under `commits` whose path is wanted; never raises for a bad tree.

    Those that are worth most come first; of one worth, commits in the order that is given, and near the
    root before the rest.

    With `root_only` no folder is entered, and the listing says so where there is one.
    """
    walk = _Walk(source, wanted, limits, root_only=root_only)
    roots = walk.roots(commits)
    walk.explore({(tree, b"") for tree in roots.values()})
    files = tuple(walk.files(roots))
    if walk.closed:
        # It hides nothing at the root; that it hides the rest is said by `root_only`.
        walk.skips.add("/", "only the root was looked at, no folder below it", at="/")
    if walk.unread:
        first = min(walk.unread)
        walk.skips.add(_text(first), HOLDS_COMMANDS, at="", times=len(walk.unread))
    links = walk.link_blobs()
    return Listing(
        files=files,
        skipped=walk.skips.take(),
        root_only=walk.closed,
        committed={commit: at for commit, at in walk.committed.items() if at is not None},
        texts=links,
        follow=partial(walk.follow, roots) if links else None,
    )


_Place: TypeAlias = tuple[str, bytes]
"""A tree and the path it is at: the same tree can be wanted at one path and not at another."""
_Link: TypeAlias = tuple[bytes, str, int]
"""Path and blob of a symbolic link, and what its name is worth."""


class _Walk:
    def __init__(
        self,
        source: ObjectSource,
        wanted: Callable[[str], int],
        limits: Limits,
        *,
        root_only: bool,
    ) -> None:
        self._source, self._wanted, self._limits = source, wanted, limits
        self._root_only, self.closed = root_only, False
        self.committed: dict[str, datetime | None] = {}
        self._trees: dict[str, tuple[TreeItem, ...]] = {}
        self._children: dict[_Place, list[_Place]] = {}
        self._hits: defaultdict[int, dict[_Place, list[tuple[str, str]]]] = defaultdict(dict)
        """Worth -> place -> path and oid."""
        self._links: dict[_Place, list[_Link]] = {}
        self.unread: set[bytes] = set()
        """Paths of files that may hold install commands."""
        self._behind = limits.entries
        self._room, self._repeats, self._looks = limits.entries, limits.entries, limits.entries
        self._path_room, self._spare = limits.paths_bytes, limits.paths_bytes // 8
        self._again: deque[_Place] = deque()
        self.skips = Skips("trees")

    def roots(self, commits: Collection[str]) -> dict[str, str]:
        """Return the root tree of every commit."""
        found = {
            raw.oid: raw for raw in self._source.read(commits) if raw.kind is ObjectType.COMMIT
        }
        roots = {}
        if self._limits.names_unvisited and any(has_parent(raw.data) for raw in found.values()):
            self.skips.add("history", OLDER_COMMITS, at="")
        for commit in commits:
            try:
                roots[commit] = tree_of(found[commit].data)
                self.committed[commit] = committed_at(found[commit].data)
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
            reason = f"more than {self._limits.trees} trees, not all were read"
            self.skips.add("trees", reason, times=len(oids) - room)
            oids = set(sorted(oids)[:room])
        raws = self._source.read(oids) if oids else ()
        trees = (raw for raw in raws if raw.kind is ObjectType.TREE and raw.oid in oids)
        # The small ones first: one that is full of files does not take the room of those beside it.
        for raw in sorted(trees, key=lambda raw: len(raw.data)):
            self._trees[raw.oid] = tuple(self._parsed(raw))

    def _parsed(self, raw: RawObject) -> Iterator[TreeItem]:
        passed = 0
        try:
            for entry in parse_tree(raw.data, len(raw.oid) // 2):
                if self._room <= 0 and not self._is_well_known(entry.name):
                    passed += 1
                    if self._looks <= 0:
                        break
                    continue
                self._room -= 1
                # What is too long for a path is not held whole until that is said.
                long = len(entry.name) > self._limits.path_bytes
                yield replace(entry, name=entry.name[: self._limits.path_bytes]) if long else entry
        except Malformed as error:
            self.skips.add(raw.oid, str(error))
        if passed:
            reason = f"more than {self._limits.entries} tree entries"
            self.skips.add(raw.oid, reason, times=passed)

    def _is_well_known(self, name: bytes) -> bool:
        """Say of what is beyond a limit whether it is taken all the same; not without end."""
        self._looks -= 1
        short = len(name) <= _LONGEST_KNOWN and self._looks >= 0
        return short and self._wanted(_text(name)) >= Worth.WELL_KNOWN

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
            else:
                reason = f"more than {self._limits.paths_bytes} bytes of paths"
                self.skips.add(_text(_joined(path, entry.name)[:80]), reason)
        return children

    def _take(self, place: _Place, entry: TreeItem, path: bytes) -> None:
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
        elif entry.mode == GITLINK and self._limits.names_unvisited:
            self.skips.add(_text(path), SUBMODULE, _text(path))
        elif (worth := self._wanted(_text(path))) > 0 or entry.mode == LINK:
            self._take_file(place, entry, path, worth)
        elif worth == Worth.UNREAD and entry.mode == FILE and len(self.unread) < self._limits.files:
            self.unread.add(path)

    def _take_file(self, place: _Place, entry: TreeItem, path: bytes, worth: int) -> None:
        if entry.mode == GITLINK:
            self.skips.add(_text(path), "a submodule, not a file", _text(path), worth=worth)
        elif not _is_name(entry.name):
            reason = "git never writes a file of this name"
            self.skips.add(_text(path), reason, _text(path), worth=worth)
        elif entry.mode == FILE:
            self._hits[worth].setdefault(place, []).append((_text(path), entry.oid))
        else:
            self._links.setdefault(place, []).append((path, entry.oid, worth))

    def _has_room(self, path: bytes, name: bytes) -> bool:
        """Say whether one more path may be looked at: a small pack can name gigabytes of them."""
        size = len(path) + len(name) + 1
        self._path_room -= size
        if self._path_room >= 0:
            return True
        spare = self._spare >= size and self._is_well_known(name)
        self._spare -= size if spare else 0
        return spare

    def files(self, roots: dict[str, str]) -> Iterator[ListedFile]:
        """Yield the hits of every commit, those that are worth most first."""
        above = self._above()
        every = (
            ListedFile(commit=commit, path=path, oid=oid, worth=worth)
            for worth, hits in sorted(self._hits.items(), reverse=True)
            for bearing in [_bearing(hits, above)]
            for commit, tree in roots.items()
            for place in self._below(tree, bearing)
            for path, oid in hits.get(place, ())
        )
        listed: set[str] = set()
        for file in islice(every, self._limits.files):
            listed.add(file.path)
            yield file
        if (more := next(every, None)) is not None:
            paths = {
                path for hits in self._hits.values() for some in hits.values() for path, _ in some
            }
            reason = f"more than {self._limits.files} wanted files"
            left = max(1, len(paths - listed))
            self.skips.add(more.path, reason, worth=more.worth, times=left)

    def link_blobs(self) -> tuple[str, ...]:
        """Return the blobs of symbolic links, those of wanted names first; some may be too many."""
        every = (link for links in self._links.values() for link in links)
        ordered = sorted(every, key=itemgetter(2), reverse=True)
        return tuple(dict.fromkeys(oid for _, oid, _ in ordered))[: self._limits.links]

    def follow(self, roots: Mapping[str, str], texts: Mapping[str, bytes]) -> Listing:
        """Return the files that symbolic links lead to, at the paths of the links.

        What lies below a folder is listed at the path of its link only where it is worth more there: it
        is known where it really lies.
        """
        resolver = LinkResolver(self._trees, texts, self._limits.entries)
        above = self._above()
        bearing = _bearing(self._links, above)
        files: list[ListedFile] = []
        places = (
            (commit, tree, link)
            for commit, tree in roots.items()
            for place in self._below(tree, bearing)
            for link in self._links.get(place, ())
        )
        for commit, tree, link in places:
            if len(files) >= self._limits.files or resolver.is_spent or self._behind <= 0:
                reason = "more symbolic links than one visit may follow"
                self.skips.add(_text(link[0]), reason, worth=link[2])
                break
            files += self._followed(resolver, commit, tree, link)
        return Listing(files=tuple(files), skipped=self.skips.take())

    def _followed(
        self, resolver: LinkResolver, commit: str, root: str, link: _Link
    ) -> Iterator[ListedFile]:
        path, _, worth = link
        try:
            end = resolver.resolve(root, path)
        except Malformed as error:
            self.skips.add(_text(path), str(error), _text(path), worth=worth)
            return
        if not end.is_folder:
            if worth > 0:
                yield ListedFile(commit=commit, path=_text(path), oid=end.oid, worth=worth)
            return
        for below, oid in self._files_below(end.oid):
            alias = _text(_joined(path, below))
            worth = self._wanted(alias)
            if worth > self._wanted(_text(_joined(end.path, below))):
                yield ListedFile(commit=commit, path=alias, oid=oid, worth=worth)

    def _files_below(self, tree: str) -> Iterator[tuple[bytes, str]]:
        """Yield the regular files below a tree that was read, as far as one visit may look."""
        waiting = deque([(b"", tree)])
        while waiting:
            folder, oid = waiting.popleft()
            for entry in self._trees.get(oid, ()):
                self._behind -= 1
                path = _joined(folder, entry.name)
                if self._behind <= 0 or len(path) > self._limits.path_bytes:
                    self.skips.add(_text(path[:80]), "behind a symbolic link, not looked at")
                    return
                if entry.mode == stat.S_IFDIR and _is_name(entry.name):
                    waiting.append((path, entry.oid))
                elif entry.mode == FILE and _is_name(entry.name):
                    yield path, entry.oid

    def _below(self, tree: str, bearing: set[_Place]) -> Iterator[_Place]:
        """Yield the places of a commit that lead to a hit, near its root first."""
        places, seen = deque([(tree, b"")]), {(tree, b"")}
        while places:
            yield (place := places.popleft())
            below = [c for c in self._children.get(place, ()) if c in bearing and c not in seen]
            seen.update(below)
            places.extend(below)

    def _above(self) -> Mapping[_Place, Sequence[_Place]]:
        above: defaultdict[_Place, list[_Place]] = defaultdict(list)
        for place, children in self._children.items():
            for child in children:
                above[child].append(place)
        return above


def _bearing(hits: Iterable[_Place], above: Mapping[_Place, Sequence[_Place]]) -> set[_Place]:
    """Return the places that lead to one of `hits`, and these."""
    ready = list(hits)
    bearing = set(ready)
    while ready:
        for place in above.get(ready.pop(), ()):
            if place not in bearing:
                bearing.add(place)
                ready.append(place)
    return bearing


def _is_name(name: bytes) -> bool:
    return name.lower() not in _NEVER_A_FILE and b"/" not in name


def _joined(path: bytes, name: bytes) -> bytes:
    return path + b"/" + name if path else name


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
