"""All trees under a commit, as one record: what a later visit compares with."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from crawler.errors import Malformed
from crawler.git.kept import Kept
from crawler.git.objects import ObjectType, RawObject, oid_of, tree_of

__all__ = ["Recorder", "Snapshot", "kept_blob", "load", "save", "save_blob"]

_LENGTH = struct.Struct(">I")
_MOST_BYTES = 8 * 1024 * 1024
"""Of one record; a larger repository is read as a whole each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The trees under `commit`, by oid."""

    commit: str
    root: str
    trees: Mapping[str, RawObject] = field(repr=False)


class Recorder:
    """Objects at hand, and a record of what the walk took of them. Implements `ObjectSource`."""

    def __init__(self, *sources: Mapping[str, RawObject]) -> None:
        """Look into `sources` in this order."""
        self._sources = sources
        self.root: str | None = None
        self.trees: dict[str, RawObject] = {}
        self.missing: set[str] = set()
        """What the walk asked for and nobody had."""

    def read(self, oids: Collection[str]) -> Iterator[RawObject]:
        """Yield those that are at hand."""
        for oid in oids:
            raw = next((source[oid] for source in self._sources if oid in source), None)
            if raw is None:
                self.missing.add(oid)
                continue
            if raw.kind is ObjectType.TREE:
                self.trees[oid] = raw
            elif raw.kind is ObjectType.COMMIT and self.root is None:
                self.root = _root(raw.data)
            yield raw


def save(kept: Kept, commit: str, recorder: Recorder, most_trees: int) -> None:
    """Keep the trees under `commit`, if the walk read all of them."""
    root = recorder.root
    whole = not recorder.missing and len(recorder.trees) < most_trees
    if not whole or root is None or root not in recorder.trees:
        return
    others = (raw.data for oid, raw in recorder.trees.items() if oid != root)
    record = b"".join(_records([recorder.trees[root].data, *others]))
    if len(record) <= _MOST_BYTES:
        kept.put(f"trees-{commit}", record)


def load(kept: Kept, commit: str) -> Snapshot | None:
    """Return what `save` kept of `commit`; names are computed anew, so damage is something missing."""
    record = kept.get(f"trees-{commit}")
    if not record:
        return None
    trees = {oid_of(ObjectType.TREE, data): data for data in _parts(record)}
    return Snapshot(
        commit=commit,
        root=next(iter(trees)),
        trees={o: RawObject(oid=o, kind=ObjectType.TREE, data=d) for o, d in trees.items()},
    )


def save_blob(kept: Kept, oid: str, data: bytes) -> None:
    """Keep a lock for the day on which it changes."""
    kept.put(f"blob-{oid}", data)


def kept_blob(kept: Kept, oid: str) -> RawObject | None:
    """Return a kept lock, if it is what its name says."""
    data = kept.get(f"blob-{oid}")
    if data is None or oid_of(ObjectType.BLOB, data) != oid:
        return None
    return RawObject(oid=oid, kind=ObjectType.BLOB, data=data)


def _root(commit: bytes) -> str | None:
    try:
        return tree_of(commit)
    except Malformed:
        return None


def _records(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield _LENGTH.pack(len(part))
        yield part


def _parts(record: bytes) -> Iterator[bytes]:
    position = 0
    while position + _LENGTH.size <= len(record):
        (size,) = _LENGTH.unpack_from(record, position)
        position += _LENGTH.size
        yield record[position : position + size]
        position += size
