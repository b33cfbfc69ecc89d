"""Finding a few files whose paths are known, without reading the tree they lie in.

Of a large repository (a collection of samples, say) only the folders on the way are asked for.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Collection, Iterable, Mapping

from crawler.errors import Malformed
from crawler.git.interface import ListedFile, Listing
from crawler.git.objects import FILE, ObjectType, RawObject, TreeItem, parse_tree, tree_of

__all__ = ["find_files"]

_Read = Callable[[Collection[str]], Iterable[RawObject]]


def find_files(read: _Read, commit: str, paths: Collection[str]) -> Listing:
    """Return those of `paths` (no leading slash) that are regular files under `commit`.

    `read` fetches objects by oid and is called once per folder level. Raises Malformed where an object
    on the way is missing or is another one.
    """
    root = tree_of(_only(read([commit]), ObjectType.COMMIT, [commit])[commit].data)
    folders, found = {"": root}, list[ListedFile]()
    while folders:
        oids = sorted(set(folders.values()))
        trees = _only(read(oids), ObjectType.TREE, oids)
        below: dict[str, str] = {}
        for folder, oid in folders.items():
            for path, entry in _on_the_way(folder, trees[oid].data, paths):
                if entry.mode == stat.S_IFDIR:
                    below[path] = entry.oid
                elif entry.mode == FILE and path in paths:
                    found.append(ListedFile(commit=commit, path=path, oid=entry.oid))
        folders = below
    return Listing(files=tuple(found))


def _on_the_way(folder: str, tree: bytes, paths: Collection[str]) -> list[tuple[str, TreeItem]]:
    """Return the entries of a tree that are one of `paths` or a folder above one."""
    steps = {path for wanted in paths for path in _prefixes(wanted) if _parent(path) == folder}
    named = ((f"{folder}/{_text(e.name)}".lstrip("/"), e) for e in parse_tree(tree))
    return [(path, entry) for path, entry in named if path in steps]


def _prefixes(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _only(
    objects: Iterable[RawObject], kind: ObjectType, oids: Collection[str]
) -> Mapping[str, RawObject]:
    """Return all of `oids`, each of the kind it must be; raises Malformed."""
    found = {raw.oid: raw for raw in objects if raw.kind is kind}
    missing = sorted(oid for oid in oids if oid not in found)
    if missing:
        raise Malformed(f"the server did not send {kind.name.lower()} {missing[0]}")
    return found
