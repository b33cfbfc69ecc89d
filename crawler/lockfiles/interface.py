"""What a reader of one lock format is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from crawler.lockfiles.documents.packages import BlockMemo, KnownTexts, LockReading
    from crawler.model import ParseResult

__all__ = ["LockParser", "SharingParser"]


class LockParser(Protocol):
    """Reads the locks of one format: bytes in, pins out; no I/O, no state.

    A parser never raises for what a file contains. A bad entry is skipped with its reason and the
    rest is kept; a file that is broken as a whole falls back to reading its text, and what cannot be
    read even so is `Readable.NOT` with the reason in `skipped`.
    """

    @property
    def format(self) -> str:
        """Stable id: `uv`, `pylock`."""
        ...

    @property
    def version(self) -> int:
        """Raised whenever the format is read otherwise than before, or at other paths.

        Locks that are known are then read again, and looked for where there were none.
        """
        ...

    def wants(self, path: str) -> bool:
        """Say by the path alone whether this is a lock of the format; plain string work."""
        ...

    def parse(self, data: bytes) -> ParseResult:
        """Return all that `data` pins, with the lines of each pin."""
        ...


class SharingParser(LockParser, Protocol):
    """Reads a format whose packages are stated by many locks in the same words."""

    def parse(self, data: bytes, memo: BlockMemo | None = None) -> ParseResult:
        """Return all that `data` pins; with a `memo` the same, and what earlier locks said for free."""
        ...

    def parse_unknown(self, data: bytes, known: KnownTexts) -> LockReading:
        """Return what `parse` does, without the packages that are `known`."""
        ...
