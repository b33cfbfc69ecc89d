"""Refs that are stored as tables, read as files. Source: reftable(5) of git, "Documentation/technical/reftable".

Blocks of refs are read one after the other, without the index; logs are not looked at. Every size that a file
states is checked before it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import Malformed, TooLarge
from crawler.git.folder import Folder

__all__ = ["read_reftable", "refs_of_table"]

_LIST = "tables.list"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}\.ref")
_LONGEST_LIST = 256 * 1024
_MOST_TABLES = 1_000
"""Git merges them as they are written, into some twenty at most."""
_MOST_BYTES = 64 * 1024 * 1024
"""Of all tables together."""
_MAGIC = b"REFT"
_HEADERS = {1: 24, 2: 28}
"""Version -> bytes of the header; a footer has 44 more."""
_FOOTER = 44
_HASHES = {b"sha1": 20, b"s256": 32}
_REF_BLOCK = ord("r")
_LONGEST_NAME = 4_096


def read_reftable(folder: Folder, path: Path, most: int) -> dict[str, str]:
    """Return what each ref of the stack at `path` names: an object, or `ref: TARGET`.

    Raises Malformed for a damaged stack, TooLarge for one of more than `most` refs.
    """
    listed = folder.read(path / _LIST, _LONGEST_LIST).decode("ascii", "replace").split("\n")
    names = [name for name in listed if name]
    if len(names) > _MOST_TABLES:
        raise TooLarge(f"a reftable of more than {_MOST_TABLES} tables")
    found: dict[bytes, str | None] = {}
    room = _MOST_BYTES
    for name in names:
        if not _NAME.fullmatch(name):
            raise Malformed("the reftable is damaged: it names a table outside of its folder")
        data = folder.read(path / name, room)
        room -= len(data)
        for ref, value in refs_of_table(data):
            found[ref] = value
            if len(found) > most:
                raise TooLarge(f"a reftable of more than {most} refs")
    return {
        name.decode("utf-8", "surrogateescape"): value
        for name, value in found.items()
        if value is not None
    }


def refs_of_table(data: bytes) -> Iterator[tuple[bytes, str | None]]:
    """Yield the refs of one table with their values, None for one that was deleted; raises Malformed."""
    version = data[4] if len(data) > 4 and data[:4] == _MAGIC else 0  # noqa: PLR2004 - behind it
    if version not in _HEADERS:
        raise Malformed("the reftable is damaged: it is of an unknown version")
    header = _HEADERS[version]
    digest = 20 if version == 1 else _HASHES.get(data[24:28], 0)
    if not digest:
        raise Malformed("the reftable is damaged: its hash is unknown")
    block_size = int.from_bytes(data[5:8], "big")
    end = len(data) - header - _FOOTER
    if data[end : end + header] != data[:header]:
        raise Malformed("the reftable is damaged: it is cut off")
    start = 0
    while (place := start or header) < end and data[place] == _REF_BLOCK:
        length = int.from_bytes(data[place + 1 : place + 4], "big")
        stop = start + length
        if not place + 4 < stop - 2 <= stop <= end:
            raise Malformed("the reftable is damaged: a block of an impossible size")
        restarts = int.from_bytes(data[stop - 2 : stop], "big")
        yield from _Records(data, place + 4, stop - 2 - 3 * restarts, digest).read()
        padded = start + block_size
        start = padded if padded > stop and not any(data[stop : min(padded, end)]) else stop


@dataclass(slots=True)
class _Records:
    """The records of one block, between two places of a table."""

    data: bytes
    position: int
    end: int
    digest: int
    """Bytes of an object name."""

    def read(self) -> Iterator[tuple[bytes, str | None]]:
        name = b""
        while self.position < self.end:
            prefix, packed = self._number(), self._number()
            if prefix > len(name) or prefix + (packed >> 3) > _LONGEST_NAME:
                raise Malformed("the reftable is damaged: a name of an impossible size")
            name = name[:prefix] + self._bytes(packed >> 3)
            self._number()  # when it was written, counted from the first update of the table
            yield name, self._value(packed & 7)

    def _value(self, kind: int) -> str | None:
        match kind:
            case 0:
                return None
            case 1:
                return self._bytes(self.digest).hex()
            case 2:  # and what it is a tag of
                return self._bytes(2 * self.digest)[: self.digest].hex()
            case 3:
                return f"ref: {self._bytes(self._number()).decode('utf-8', 'surrogateescape')}"
            case _:
                raise Malformed("the reftable is damaged: a ref of an unknown kind")

    def _bytes(self, count: int) -> bytes:
        found = self.data[self.position : self.position + count]
        self.position += count
        if self.position > self.end:
            raise Malformed("the reftable is damaged: a ref is cut off")
        return found

    def _number(self) -> int:
        """Read a number as those of offsets in packs are written."""
        byte = self._bytes(1)[0]
        value = byte & 0x7F
        while byte & 0x80:
            byte = self._bytes(1)[0]
            value = (value + 1) << 7 | byte & 0x7F
            if value > 1 << 63:
                raise Malformed("the reftable is damaged: a number of an impossible size")
        return value
