"""Git objects as raw bytes. Source: gitformat-pack(5) and git's object-name computation."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache

from crawler.errors import Malformed, Unsupported

__all__ = [
    "FILE",
    "GITLINK",
    "LINK",
    "ObjectType",
    "RawObject",
    "TreeItem",
    "is_named",
    "is_oid",
    "object_format",
    "oid_of",
    "parse_tree",
    "require_oid",
    "require_sha1",
    "tree_of",
]

GITLINK = 0o160000
LINK = stat.S_IFLNK
FILE = stat.S_IFREG
_LONGEST_MODE = 64
"""Digits; git reads any number of them (`get_mode` in tree-walk.c)."""
_MODE_BITS = 0xFFFF
"""Of what is written git keeps 16 bits."""
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)
_MODE = re.compile(rb"[0-7]+")
_COMMITTER_TIME = re.compile(rb"\ncommitter [^\n]*> ([0-9]{1,10}) [+-][0-9]{4}(?:\n|\Z)")
_TREE_LINE = re.compile(rb"tree ([0-9a-f]{40}(?:[0-9a-f]{24})?)\n")
_HASHES = {40: "sha1", 64: "sha256"}
"""Length of an object name -> hash and object format, as git calls it."""


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
    """One of S_IFDIR, FILE, LINK, GITLINK: what git makes of it on checkout, whatever is written."""
    name: bytes
    oid: str


def require_oid(oid: str) -> str:
    """Return `oid` where it is a full object name; raises Malformed."""
    if is_oid(oid):
        return oid
    raise Malformed("a ref without an object name")


def require_sha1(oid: str) -> str:
    """Return `oid` where it is a full SHA-1 object name.

    Raises Unsupported for a SHA-256 repository, which must never look like an empty one, and
    Malformed for anything else.
    """
    if _SHA256.fullmatch(oid):
        raise Unsupported("the repository is named by SHA-256")
    return require_oid(oid)


def is_oid(text: str) -> bool:
    """Say whether `text` is a full object name, of SHA-1 or SHA-256."""
    return _OID.fullmatch(text) is not None


def object_format(oid: str) -> str:
    """Return the object format that `oid` is a name in, as git calls it: `sha1`, `sha256`."""
    return _HASHES[len(oid)]


def oid_of(kind: ObjectType, data: bytes, like: str = "sha1") -> str:
    """Return the object name in the object format `like`: the hash over type, size and content.

    Source: git's Documentation/technical/hash-function-transition.txt.
    """
    digest = hashlib.new(like, b"%b %d\0" % (kind.word, len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def is_named(oid: str, kind: ObjectType, data: bytes) -> bool:
    """Say whether `oid` is the name of this object, in the object format that its length tells."""
    return is_oid(oid) and oid_of(kind, data, object_format(oid)) == oid


def tree_of(commit: bytes) -> str:
    """Return the oid of a commit's tree: its first line. Raises Malformed."""
    match = _TREE_LINE.match(commit)
    if match is None:
        raise Malformed("a commit without a tree")
    return match[1].decode()


def parse_tree(data: bytes, digest: int = 20) -> Iterator[TreeItem]:
    """Yield the entries of a tree; raises Malformed after the last one that can be read.

    `digest` is the size of an object name in bytes. An entry is what git makes of its mode on checkout,
    whatever bits somebody wrote into it (git: `canon_mode` in object.h, `get_mode` in tree-walk.c).
    """
    position = 0
    while position < len(data):
        space = data.find(b" ", position, position + _LONGEST_MODE + 1)
        end = data.find(b"\0", space)
        mode = data[position:space]
        if space < 0 or end < 0 or end + 1 + digest > len(data):
            raise Malformed("a tree entry is cut off")
        if not _MODE.fullmatch(mode):
            raise Malformed("a tree entry without a mode")
        position = end + 1 + digest
        yield TreeItem(
            mode=_checked_out(mode), name=data[space + 1 : end], oid=data[end + 1 : position].hex()
        )


def has_parent(commit: bytes) -> bool:
    """Say whether a commit has one before it."""
    return b"\nparent " in commit.partition(b"\n\n")[0]


def committed_at(commit: bytes) -> datetime | None:
    """Return when a commit says it was made; None where it does not. Who made it is not looked at."""
    match = _COMMITTER_TIME.search(commit.partition(b"\n\n")[0])
    return None if match is None else datetime.fromtimestamp(int(match[1]), UTC)


@lru_cache(maxsize=256)
def _checked_out(mode: bytes) -> int:
    """Return what git makes of an entry with this mode: what it does not know is a submodule."""
    kind = stat.S_IFMT(int(mode, 8) & _MODE_BITS)
    return kind if kind in {stat.S_IFDIR, FILE, LINK} else GITLINK
