"""The directory of a zip archive as bytes, and its members one at a time.

Source: PKWARE APPNOTE 6.3.10, 4.3. Read is what a dump needs: one file, members without extra fields that
matter, stored or deflated, and the zip64 end of a directory of 65,535 members and more.
"""

from __future__ import annotations

import os
import struct
import zlib
from typing import IO, Any, NamedTuple

__all__ = ["BadZip", "ZipMember", "content_of", "directory_of"]

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_LARGEST_DIRECTORY = 512 * 1024 * 1024
_PATCHED = 0x20
_DEFLATED = 8
_OVERHEAD = 64 * 1024
"""Bytes that a packed member may have more than the content: what does not shrink is stored in blocks."""


class BadZip(Exception):
    """The archive is cut off, damaged, or says one thing here and another there."""


class ZipMember(NamedTuple):
    """What the directory says of one member."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    """Bytes in the archive."""
    size: int
    """Bytes when unpacked."""
    offset: int
    """Of its local header."""

    @classmethod
    def at(cls, directory: bytes, at: int) -> tuple[ZipMember, int]:
        """Return the member that stands there, and where the next one does. Raises BadZip, struct.error."""
        fields = _CENTRAL.unpack_from(directory, at)
        signature, _, _, flags, method, _, _, crc, packed, size, named, extra, comment = fields[:13]
        start = at + _CENTRAL.size
        end = start + named
        after = end + extra + comment
        if signature != b"PK\x01\x02" or after > len(directory):
            msg = "damaged directory"
            raise BadZip(msg)
        return cls(directory[start:end], flags, method, crc, packed, size, fields[-1]), after


def directory_of(file: IO[bytes]) -> bytes:
    """Return the central directory; raises BadZip, struct.error, OSError, ValueError, OverflowError."""
    length = file.seek(0, os.SEEK_END)
    start = max(0, length - _END.size - _LONGEST_COMMENT)
    file.seek(start)
    tail = file.read()
    found = tail.rfind(b"PK\x05\x06")
    if found < 0:
        msg = "no end of a directory"
        raise BadZip(msg)
    end, place = start + found, start + found
    fields = _END.unpack_from(tail, found)
    size, offset = fields[5:7]
    before = end - _LOCATOR.size
    if before >= 0 and (locator := _read(file, before, _LOCATOR))[0] == b"PK\x06\x07":
        place = locator[2]
        fields = _read(file, place, _END64)
        if fields[0] != b"PK\x06\x06":
            msg = "no end of a zip64 directory"
            raise BadZip(msg)
        size, offset = fields[8:]
    if offset + size != place or size > _LARGEST_DIRECTORY:
        msg = "the directory is not where its end says"
        raise BadZip(msg)
    file.seek(offset)
    return file.read(size)


def content_of(file: IO[bytes], member: ZipMember, cap: int) -> bytes:
    """Return what a member holds, at most one byte more than `cap`.

    Raises BadZip, zlib.error, struct.error where it is not what the directory says.
    """
    header = _read(file, member.offset, _LOCAL)
    name = file.read(header[9])
    file.seek(header[10], os.SEEK_CUR)
    if header[0] != b"PK\x03\x04" or name != member.name or member.flags & _PATCHED:
        msg = f"member {member.name[:80]!a} is not what the directory says"
        raise BadZip(msg)
    packed = file.read(min(member.packed, cap + _OVERHEAD))
    content, is_whole = packed[: cap + 1], True
    if member.method == _DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        content = unpacker.decompress(packed, cap + 1)
        is_whole = unpacker.eof and not unpacker.unused_data
    stated = (member.size, member.crc)
    if len(content) <= cap and not (is_whole and (len(content), zlib.crc32(content)) == stated):
        msg = f"member {member.name[:80]!a} is damaged"
        raise BadZip(msg)
    return content


def _read(file: IO[bytes], place: int, form: struct.Struct) -> tuple[Any, ...]:
    file.seek(place)
    return form.unpack(file.read(form.size))
