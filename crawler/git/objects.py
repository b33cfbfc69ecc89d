"""Git objects as raw bytes. Source: gitformat-pack(5) and git's object-name computation."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from crawler.errors import Malformed, Unsupported

__all__ = [
    "GITLINK",
    "ObjectType",
    "RawObject",
    "TreeItem",
    "is_oid",
    "oid_of",
    "parse_tree",
    "require_sha1",
    "tree_of",
]

GITLINK = 0o160000
_DIGEST = 20
_LONGEST_MODE = 7
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_OID = re.compile(r"[0-9a-f]{40}", re.ASCII)
_MODE = re.compile(rb"[0-7]+")
_COMMITTER_TIME = re.compile(rb"\ncommitter [^\n]*> ([0-9]{1,10}) [+-][0-9]{4}(?:\n|\Z)")
_TREE_LINE = re.compile(rb"tree ([0-9a-f]{40})\n")


class ObjectType(Enum):
    """Object types; the values are those of pack entries."""

    COMMIT = 1
    TREE = 2
    BLOB = 3
    TAG = 4

    @property
    def word(self) -> bytes:
        """The type as it stands in an object header."""
        return self.name.lower().encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawObject:
    """An object whose `oid` was computed from its content."""

    oid: str
    kind: ObjectType
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeItem:
    """One line of a tree."""

    mode: int
    name: bytes
    oid: str


def require_sha1(oid: str) -> str:
    """Return `oid` where it is a full SHA-1 object name.

    Raises Unsupported for a SHA-256 repository, which must never look like an empty one, and
    Malformed for anything else.
    """
    if is_oid(oid):
        return oid
    if _SHA256.fullmatch(oid):
        raise Unsupported("the repository is named by SHA-256, which cannot be read yet")
    raise Malformed("a ref without an object name")


def is_oid(text: str) -> bool:
    """Say whether `text` is a full SHA-1 object name."""
    return _OID.fullmatch(text) is not None


def oid_of(kind: ObjectType, data: bytes) -> str:
    """Return the object name: SHA-1 over type, size and content."""
    digest = hashlib.sha1(b"%b %d\0" % (kind.word, len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def tree_of(commit: bytes) -> str:
    """Return the oid of a commit's tree: its first line. Raises Malformed."""
    match = _TREE_LINE.match(commit)
    if match is None:
        raise Malformed("a commit without a tree")
    return match[1].decode()


def parse_tree(data: bytes) -> Iterator[TreeItem]:
    """Yield the entries of a tree; raises Malformed after the last one that can be read.

    A folder has one mode, whatever permissions somebody wrote into it: git enters it all the same
    (git: `canon_mode` in object.h).
    """
    position = 0
    while position < len(data):
        space = data.find(b" ", position, position + _LONGEST_MODE + 1)
        end = data.find(b"\0", space)
        mode = data[position:space]
        if space < 0 or end < 0 or end + 1 + _DIGEST > len(data):
            raise Malformed("a tree entry is cut off")
        if not _MODE.fullmatch(mode):
            raise Malformed("a tree entry without a mode")
        position = end + 1 + _DIGEST
        bits = int(mode, 8)
        yield TreeItem(
            mode=stat.S_IFDIR if stat.S_ISDIR(bits) else bits,
            name=data[space + 1 : end],
            oid=data[end + 1 : position].hex(),
        )


def committed_at(commit: bytes) -> datetime | None:
    """Return when a commit says it was made; None where it does not. Who made it is not looked at."""
    match = _COMMITTER_TIME.search(commit.partition(b"\n\n")[0])
    return None if match is None else datetime.fromtimestamp(int(match[1]), UTC)
