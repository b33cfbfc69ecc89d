"""What was read of the blocks of earlier locks, kept within a bound of memory.

A block is known by the SHA-256 of its text, never by a quick checksum: a stranger must not be able to
write a block that passes for another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from crawler.model.block import Block

__all__ = ["BlockMemo", "Known"]

_OF_BLOCK = 1_000
"""Bytes of memory; measured, as the next, together with what matching keeps of a block."""
_OF_PIN = 1_300
_DEFAULT_BYTES = 128 * 2**20
"""About 90,000 pins: 250 real uv.locks hold 42,000 distinct ones."""


class Known(NamedTuple):
    """A block, and what of its text counts towards the limits of a whole lock."""

    block: Block
    pieces: int
    """Brackets, commas and dots."""


class BlockMemo:
    """Blocks by format and text, in two generations; for one thread.

    What was asked for since the last change of generation stays; the rest is dropped at the next.
    """

    def __init__(self, most_bytes: int = _DEFAULT_BYTES) -> None:
        """Keep blocks of at most about `most_bytes` of memory."""
        self._young: dict[bytes, Known] = {}
        self._old: dict[bytes, Known] = {}
        self._size = 0
        self._most = most_bytes // 2

    def __len__(self) -> int:
        """Return how many blocks are kept."""
        return len(self._young) + len(self._old)

    def get(self, key: bytes) -> Known | None:
        """Return what is known by `key`, the SHA-256 of format and text, or None."""
        known = self._young.get(key)
        if known is None and (known := self._old.pop(key, None)) is not None:
            self.put(key, known)
        return known

    def put(self, key: bytes, known: Known) -> None:
        """Keep `known`; what was not asked for in a long time makes room."""
        size = _OF_BLOCK + _OF_PIN * known.block.count
        if self._size + size > self._most:
            self._old, self._young, self._size = self._young, {}, 0
        if size <= self._most:
            self._young[key] = known
            self._size += size
