"""A lock as its repository proves it: the commit, the trees down to the file, and the file.

Each object is named by a hash of its content, so whoever knows the commit can check all of it without
us, with git alone, also when the repository is gone. Source: gitformat-pack(5), git-hash-object(1).
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from crawler.errors import Malformed
from crawler.git.objects import ObjectType, RawObject, is_named, parse_tree, tree_of

if TYPE_CHECKING:
    from crawler.git.commandline import CommandLineReader

__all__ = ["check_proof", "read_proof"]

_MOST_FOLDERS = 64


def read_proof(
    reader: CommandLineReader, commit: str, path: str, blob: str
) -> tuple[RawObject, ...]:
    """Return the objects that prove that `commit` has `blob` at `path`, of what was fetched already.

    Raises Malformed where they are not all there, or prove something else.
    """
    found = dict[str, RawObject]()
    oid = tree_of(_taken(reader, commit, found).data)
    for name in _names(path):
        oid = _below(_taken(reader, oid, found), name)
    for content in reader.here([blob]).found:
        found[blob] = RawObject(oid=blob, kind=ObjectType.BLOB, data=content.data)
    objects = tuple(found.values())
    check_proof(objects, commit, path, blob)
    return objects


def _taken(reader: CommandLineReader, oid: str, found: dict[str, RawObject]) -> RawObject:
    """Return the commit or tree `oid`, and put it to what was found."""
    found.update({one.oid: one for one in reader.read([oid])})
    if oid not in found:
        raise Malformed(f"object {oid} did not come")
    return found[oid]


def check_proof(objects: Iterable[RawObject], commit: str, path: str, blob: str) -> None:
    """Raise Malformed unless these objects, and no others, prove that `commit` has `blob` at `path`."""
    known: Mapping[str, RawObject] = {one.oid: one for one in objects}
    for one in known.values():
        if not is_named(one.oid, one.kind, one.data):
            raise Malformed(f"object {one.oid} is not what its name says")
    used = {commit, blob}
    oid = tree_of(_of_kind(known, commit, ObjectType.COMMIT).data)
    for name in _names(path):
        used.add(oid)
        oid = _below(_of_kind(known, oid, ObjectType.TREE), name)
    _of_kind(known, blob, ObjectType.BLOB)
    if oid != blob:
        raise Malformed(f"{path} is another file at commit {commit}")
    if used != set(known):
        raise Malformed("an object that proves nothing")


def _of_kind(known: Mapping[str, RawObject], oid: str, kind: ObjectType) -> RawObject:
    one = known.get(oid)
    if one is None or one.kind is not kind:
        raise Malformed(f"the {kind.word.decode()} {oid} is missing")
    return one


def _below(tree: RawObject, name: bytes) -> str:
    """Return the object that a tree has under `name`; raises Malformed for a symbolic link."""
    for item in parse_tree(tree.data, len(tree.oid) // 2):
        if item.name == name and not stat.S_ISLNK(item.mode):
            return item.oid
    raise Malformed(f"{name.decode(errors='replace')} is not in tree {tree.oid}")


def _names(path: str) -> Sequence[bytes]:
    names = path.encode(errors="surrogateescape").split(b"/")
    if len(names) > _MOST_FOLDERS:
        raise Malformed("a path that is too deep")
    return names
