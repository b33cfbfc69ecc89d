"""Which files differ between two trees. Every tree of both is at hand."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crawler.errors import Malformed, TooLarge
from crawler.git.objects import GITLINK, RawObject, TreeItem, parse_tree

__all__ = ["ChangedFile", "changed_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file of the newer tree that is not the same in the older one."""

    oid: str
    before: str | None
    """The blob at the same path of the older tree; None for a new path."""


def changed_files(
    trees: Mapping[str, RawObject], old: str, new: str, most_entries: int
) -> Iterator[ChangedFile]:
    """Yield what changed from tree `old` to tree `new`, one level after the other.

    Files that vanished and submodules are left out, and so is the second place of two equal folders. A tree that is missing or unreadable is entered as
    if it were empty: whoever asks decides by it what to fetch, never what there is.

    Raises TooLarge where that takes a look at more than `most_entries` entries of trees.
    """
    level: list[tuple[str | None, str]] = [(old, new)]
    seen: set[tuple[str | None, str]] = set()
    while level:
        older, newer = pair = level.pop()
        if pair in seen:
            continue
        seen.add(pair)
        before, after = _entries(trees, older), _entries(trees, newer)
        # One folder in the place of a thousand others is compared a thousand times.
        most_entries -= len(before) + len(after)
        if most_entries < 0:
            raise TooLarge("trees of too many entries to compare")
        for name, entry in after.items():
            was = before.get(name)
            if entry.mode == GITLINK or (was is not None and was.oid == entry.oid):
                continue
            if entry.mode == stat.S_IFDIR:
                folder = was is not None and was.mode == stat.S_IFDIR
                level.append((was.oid if was is not None and folder else None, entry.oid))
            else:
                file = was is not None and was.mode not in {stat.S_IFDIR, GITLINK}
                yield ChangedFile(oid=entry.oid, before=was.oid if was and file else None)


def _entries(trees: Mapping[str, RawObject], oid: str | None) -> dict[bytes, TreeItem]:
    entries: dict[bytes, TreeItem] = {}
    if oid is None or oid not in trees:
        return entries
    try:
        entries.update((entry.name, entry) for entry in parse_tree(trees[oid].data))
    except Malformed:
        return {}
    return entries
