"""The objects of a repository that the git program opens: their sizes first, then what is not too large.

Source: git-cat-file(1), `--batch-check` and `--batch`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from crawler.git.batch import ObjectSize, parse_batch, parse_batch_check
from crawler.git.interface import Blob, Blobs, Limits
from crawler.git.objects import ObjectType, RawObject, is_oid
from crawler.git.skips import Skips
from crawler.model import Skipped

__all__ = ["CatFile", "ChildOutput", "Run"]

_BATCH = 20 * 1024 * 1024
"""Bytes of objects that one child writes: they are held twice while they are taken apart."""
_MOST_DEATHS = 64
"""Of children, in one visit; an object that kills its reader takes no other with it."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOutput:
    """What one child wrote."""

    output: bytes
    whole: bool = True
    """Whether it ended well; it may have died at an object."""


Run: TypeAlias = Callable[[Sequence[str], Sequence[str]], ChildOutput]
"""Runs git with these arguments, and writes these names of objects to it, one a line."""


class CatFile:
    """Reads the objects of one repository, within the limits of one visit. Implements `ObjectSource`."""

    def __init__(self, run: Run, limits: Limits, skips: Skips, *, missing: str) -> None:
        """`missing` is the reason why a blob is not there."""
        self._run, self._limits, self._skips, self._missing = run, limits, skips, missing
        self._room_of_trees = self._room_of_blobs = limits.inflated_bytes
        self._deaths = 0

    def sizes(self, oids: Collection[str]) -> list[ObjectSize]:
        """Say what is here of `oids`, without reading any of it."""
        return self._asked("--batch-check", oids, parse_batch_check)

    def read(self, oids: Collection[str]) -> Iterator[RawObject]:
        """Read commits and trees; those that are too large are noted."""
        chosen: list[ObjectSize] = []
        for size in self.sizes(oids):
            if size.size > self._limits.object_bytes:
                self._skips.add(size.oid, f"an object of {size.size} bytes")
            elif size.size > self._room_of_trees:
                most = self._limits.inflated_bytes
                self._skips.add("trees", f"more than {most} bytes of trees in one visit")
                break
            else:
                self._room_of_trees -= size.size
                chosen.append(size)
        return self._contents(chosen)

    def blobs(self, oids: Collection[str]) -> Blobs:
        """Read blobs."""
        reasons = dict.fromkeys(oids, self._missing)
        chosen: list[ObjectSize] = []
        # Sizes come in the order of `oids`; what is huge gives way to all others.
        for size in sorted(self.sizes(oids), key=lambda size: size.size > self._limits.huge_bytes):
            if size.kind is not ObjectType.BLOB:
                reasons[size.oid] = "not a file"
            elif size.size > self._limits.object_bytes:
                reasons[size.oid] = f"an object of {size.size} bytes"
            elif size.size > self._room_of_blobs:
                reasons[size.oid] = f"more than {self._limits.inflated_bytes} bytes in one visit"
            else:
                self._room_of_blobs -= size.size
                chosen.append(size)
        found = tuple(Blob(oid=raw.oid, data=raw.data) for raw in self._contents(chosen))
        for blob in found:
            reasons.pop(blob.oid, None)
        skipped = tuple(Skipped(context=oid, reason=reason) for oid, reason in reasons.items())
        return Blobs(found=found, skipped=skipped)

    def _contents(self, sizes: Iterable[ObjectSize]) -> Iterator[RawObject]:
        return (raw for b in _batches(sizes) for raw in self._asked("--batch", b, parse_batch))

    def _asked(
        self, how: str, oids: Collection[str], parse: Callable[[bytes], Iterator[_T | None]]
    ) -> list[_T]:
        """Ask for `oids`; where the child dies at one of them, go on behind it."""
        left, found = [oid for oid in oids if is_oid(oid)], list[_T]()
        while left:
            said = self._run(["cat-file", how], left)
            answers = list(parse(said.output))
            found += [answer for answer in answers if answer is not None]
            if said.whole or len(answers) >= len(left):
                return found
            self._deaths += 1
            if self._deaths > _MOST_DEATHS:
                self._skips.add("objects", f"{len(left)} objects behind too many damaged ones")
                return found
            left = left[len(answers) + 1 :]
        return found


def _batches(sizes: Iterable[ObjectSize]) -> Iterator[Sequence[str]]:
    batch: list[str] = []
    room = _BATCH
    for size in sizes:
        if batch and size.size > room:
            yield tuple(batch)
            batch.clear()
            room = _BATCH
        batch.append(size.oid)
        room -= size.size
    if batch:
        yield tuple(batch)
