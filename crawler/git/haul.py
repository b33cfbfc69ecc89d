"""The blobs of one visit, within its limit of bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.git.interface import Blob, Limits

__all__ = ["Haul"]


class Haul:
    """Keeps blobs; where not all have room, the huge ones go first, then those that were wanted last."""

    def __init__(self, wanted: Iterable[str], limits: Limits) -> None:
        """Take the oids `wanted`, the most important first."""
        self._order = {oid: number for number, oid in enumerate(wanted)}
        self._limits, self._bytes = limits, 0
        self._blobs: dict[str, Blob] = {}
        self.left: dict[str, str] = {}
        """Oid -> reason of those that came and found no room."""

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._blobs)

    def add(self, blob: Blob) -> None:
        """Keep `blob`, as long as there is room for it; one that is not wanted is not kept."""
        if blob.oid not in self._order or blob.oid in self._blobs or blob.oid in self.left:
            return
        self._blobs[blob.oid] = blob
        self._bytes += len(blob.data)
        while self._bytes > self._limits.inflated_bytes:
            last = max(self._blobs.values(), key=self._gives_way)
            self._bytes -= len(self._blobs.pop(last.oid).data)
            most = self._limits.inflated_bytes
            self.left[last.oid] = f"more than {most} bytes of files in one visit"

    def _gives_way(self, blob: Blob) -> tuple[bool, int]:
        return len(blob.data) > self._limits.huge_bytes, self._order[blob.oid]

    def missing(self, oids: Iterable[str]) -> list[str]:
        """Return those of `oids` that have not come."""
        return [oid for oid in oids if oid not in self._blobs and oid not in self.left]

    def kept(self) -> tuple[Blob, ...]:
        """Return what is kept, the most important first."""
        return tuple(sorted(self._blobs.values(), key=lambda blob: self._order[blob.oid]))
