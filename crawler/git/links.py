"""Symbolic links as git checks them out, resolved in the trees of a commit and never on a disk.

A link leads to a file of the repository, to a folder of it, to another link, or out. Source: symlink(7),
path_resolution(7): at most 40 links on the way, `..` above the root of the checkout leads out of it.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from crawler.errors import Malformed
from crawler.git.objects import FILE, LINK, TreeItem

__all__ = ["MOST_LINKS_ON_THE_WAY", "Destination", "LinkResolver", "Trees"]

MOST_LINKS_ON_THE_WAY = 40
"""As Linux counts (path_resolution(7))."""
_LONGEST_TARGET = 4_095
"""Bytes; no file system makes a link of more."""

Trees: TypeAlias = Mapping[str, Sequence[TreeItem]]
"""Entries by the oid of their tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a link leads in the end: a file or a folder of the repository."""

    path: bytes
    """Where it really lies."""
    oid: str
    is_folder: bool


class LinkResolver:
    """Follows the links of commits whose trees are at hand."""

    def __init__(self, trees: Trees, texts: Mapping[str, bytes], most_parts: int) -> None:
        """Resolve in `trees`; `texts` are the targets of links, by their blobs.

        `most_parts` of paths and targets are looked at in all.
        """
        self._trees, self._texts, self._room = trees, texts, most_parts
        self._entries: dict[str, dict[bytes, TreeItem]] = {}

    @property
    def is_spent(self) -> bool:
        """Whether it has looked at as much as it may."""
        return self._room <= 0

    def resolve(self, root: str, path: bytes) -> Destination:
        """Return what `path` leads to below the tree `root`.

        Raises Malformed where it leads out of the repository, in a circle, to nothing, to a submodule or
        to what was not read; its message says which.
        """
        folders: list[tuple[bytes, str]] = [(b"", root)]
        waiting = path.split(b"/")[::-1]
        followed = 0
        while waiting:
            part = waiting.pop()
            self._room -= 1
            if self._room < 0:
                raise Malformed("more symbolic links than one visit may follow")
            if part in {b"", b"."}:
                continue
            if part == b"..":
                _leave(folders)
                continue
            above, tree = folders[-1]
            entry = self._entry(tree, part)
            here = above + b"/" + part if above else part
            if entry.mode == LINK:
                followed += 1
                if followed > MOST_LINKS_ON_THE_WAY:
                    reason = f"more than {MOST_LINKS_ON_THE_WAY} symbolic links lead to one another"
                    raise Malformed(reason)
                waiting += self._target(entry.oid).split(b"/")[::-1]
            elif entry.mode == stat.S_IFDIR:
                folders.append((here, entry.oid))
            elif entry.mode != FILE:
                raise Malformed("a symbolic link into a submodule")
            elif waiting:
                raise Malformed("a symbolic link to nothing in the repository")
            else:
                return Destination(path=here, oid=entry.oid, is_folder=False)
        above, tree = folders[-1]
        return Destination(path=above, oid=tree, is_folder=True)

    def _entry(self, tree: str, name: bytes) -> TreeItem:
        if tree not in self._trees:
            raise Malformed("a symbolic link into a folder that was not read")
        if tree not in self._entries:
            # Of two of one name, git checks the last one out.
            self._entries[tree] = {one.name: one for one in self._trees[tree]}
        entry = self._entries[tree].get(name)
        if entry is None:
            raise Malformed("a symbolic link to nothing in the repository")
        return entry

    def _target(self, oid: str) -> bytes:
        blob = self._texts.get(oid)
        if blob is None:
            raise Malformed("a symbolic link whose target was not read")
        text = blob.partition(b"\0")[0]  # as git hands it to symlink(2)
        if not 0 < len(text) <= _LONGEST_TARGET:
            raise Malformed("a symbolic link that no file system can make")
        if text.startswith(b"/"):
            raise Malformed("a symbolic link that leaves the repository")
        return text


def _leave(folders: list[tuple[bytes, str]]) -> None:
    if len(folders) == 1:
        raise Malformed("a symbolic link that leaves the repository")
    folders.pop()
