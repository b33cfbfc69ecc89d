"""Git objects of the demo world, made of its content alone: the same world has the same oids everywhere.

Formats as in git's own documentation (`gitformat-pack`, `git-hash-object`): an object is hashed with
a header `type SP size NUL`, a tree is a list of `mode SP name NUL oid` sorted as if the names of
directories ended in a slash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

__all__ = [
    "AUTHORED_AT",
    "blob_oid",
    "commit_object",
    "object_oid",
    "tree_entries",
    "tree_objects",
]

AUTHORED_AT = 1780000000
"""Unix time of every commit that states no other."""
_AUTHOR = "ghostcrawl demo <demo@git.example>"
_FILE_MODE = b"100644"
_OID_BYTES = 20
_TREE_MODE = b"40000"


def object_oid(kind: str, data: bytes) -> str:
    """Return the oid (40 hex digits, SHA-1) of an object of `kind` `blob`, `tree` or `commit`."""
    header = f"{kind} {len(data)}\0".encode("ascii")
    return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()


def blob_oid(data: bytes) -> str:
    """Return the oid of a file's content."""
    return object_oid("blob", data)


def tree_objects(files: Mapping[str, bytes]) -> tuple[str, dict[str, tuple[str, bytes]]]:
    """Return the oid of the root tree, and all trees and blobs below it.

    `files` is path -> content, `/` between the parts. Objects are oid -> (type, data without header).
    """
    objects: dict[str, tuple[str, bytes]] = {}
    directories: dict[str, dict[str, bytes]] = {}
    entries: dict[bytes, bytes] = {}
    for path, data in files.items():
        name, slash, rest = path.partition("/")
        if slash:
            directories.setdefault(name, {})[rest] = data
            continue
        oid = blob_oid(data)
        objects[oid] = ("blob", data)
        entries[name.encode()] = _entry(_FILE_MODE, name, oid)
    for name, inside in directories.items():
        oid, below = tree_objects(inside)
        objects |= below
        entries[name.encode() + b"/"] = _entry(_TREE_MODE, name, oid)
    tree = b"".join(entries[key] for key in sorted(entries))
    root = object_oid("tree", tree)
    objects[root] = ("tree", tree)
    return root, objects


def commit_object(
    root_oid: str, message: str = "demo", parent: str | None = None, at: int = AUTHORED_AT
) -> tuple[str, bytes]:
    """Return oid and data of a commit of the tree `root_oid`, made `at` (Unix time), by one author."""
    author = f"{_AUTHOR} {at} +0000"
    lines = [f"tree {root_oid}"]
    if parent is not None:
        lines.append(f"parent {parent}")
    lines += [f"author {author}", f"committer {author}", "", message, ""]
    data = "\n".join(lines).encode()
    return object_oid("commit", data), data


def tree_entries(data: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield (mode, name, oid) of each entry of a tree object that `tree_objects` made."""
    while data:
        head, _, rest = data.partition(b"\0")
        mode, _, name = head.decode().partition(" ")
        yield mode, name, rest[:_OID_BYTES].hex()
        data = rest[_OID_BYTES:]


def _entry(mode: bytes, name: str, oid: str) -> bytes:
    return mode + b" " + name.encode() + b"\0" + bytes.fromhex(oid)
