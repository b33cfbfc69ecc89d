"""Archives that are broken or lie, each in one way: what a dump of records may be instead of one."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Mapping

from tests.servers.osv_dumps import record

__all__ = ["CONTENT", "TORN", "packed", "with_zip64_end"]

NAME = "MAL-2026-1.json"
CONTENT = json.dumps(record(1)).encode()
"""Good: whatever is refused is refused for the archive."""
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_NAME, _CENTRAL_NAME = 30, 46
_UTF8 = 0x800


def packed(method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr(NAME, CONTENT)
    return buffer.getvalue()


def patched(data: bytes, offset: int, put: bytes, *, at: bytes = _LOCAL) -> bytes:
    """Overwrite bytes `offset` behind the first header that begins with `at`."""
    start = data.index(at) + offset
    return data[:start] + put + data[start + len(put) :]


def damaged(method: int) -> bytes:
    """Overwrite the middle of what is packed, and leave all headers as they are."""
    data = packed(method)
    begins, ends = data.index(_LOCAL) + _LOCAL_NAME + len(NAME), data.index(_CENTRAL)
    return data[: begins + 5] + b"\xff" * (ends - begins - 5) + data[ends:]


def called(name: bytes, *, locally: bytes | None = None) -> bytes:
    """Give the one member another name of the same length, marked as UTF-8."""
    data = packed()
    data = patched(data, 8, struct.pack("<H", _UTF8), at=_CENTRAL)
    data = patched(data, 6, struct.pack("<H", _UTF8))
    data = patched(data, _CENTRAL_NAME, name, at=_CENTRAL)
    return patched(data, _LOCAL_NAME, name if locally is None else locally)


def of_method(number: int) -> bytes:
    data = patched(packed(), 10, struct.pack("<H", number), at=_CENTRAL)
    return patched(data, 8, struct.pack("<H", number))


def with_extra(extra: bytes) -> bytes:
    """Say that the sizes stand in a zip64 field, and let that be `extra`."""
    data = patched(packed(), 20, b"\xff" * 8, at=_CENTRAL)
    data = patched(data, 30, struct.pack("<H", len(extra)), at=_CENTRAL)
    end = data.index(_END)
    data = data[:end] + extra + data[end:]
    size = data.index(_END) - data.index(_CENTRAL)
    return patched(data, 12, struct.pack("<I", size), at=_END)


def far_directory() -> bytes:
    """Let a zip64 locator point to a directory that is not there."""
    data = packed()
    end = data.index(_END)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 2**63 - 1, 1)
    return data[:end] + locator + patched(data[end:], 8, b"\xff" * 12, at=_END)


def with_zip64_end(*, offset: int = 0) -> bytes:
    """Return what is good, with the end that a directory of 65,535 members and more has."""
    data = packed()
    start, end = data.index(_CENTRAL), data.index(_END)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, end - start, start)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end + offset, 1)
    return data[:end] + end64 + locator + patched(data[end:], 8, b"\xff" * 12, at=_END)


TORN: Mapping[str, bytes] = {
    "damaged deflate": damaged(zipfile.ZIP_DEFLATED),
    "damaged bzip2": damaged(zipfile.ZIP_BZIP2),
    "damaged LZMA": damaged(zipfile.ZIP_LZMA),
    "good bzip2, which OSV never sends": packed(zipfile.ZIP_BZIP2),
    "LZMA that asks for 4 GB": patched(
        packed(zipfile.ZIP_LZMA), _LOCAL_NAME + len(NAME) + 5, b"\xff\xff\xff\xff"
    ),
    "Zstandard": of_method(93),
    "a method that nobody knows": of_method(77),
    "another checksum": patched(packed(), 16, b"\x01\x02\x03\x04", at=_CENTRAL),
    "a smaller size than it has": patched(packed(), 24, struct.pack("<I", 3), at=_CENTRAL),
    "a password": patched(packed(), 8, b"\x01", at=_CENTRAL),
    "strong encryption": patched(packed(), 8, b"\x41", at=_CENTRAL),
    "patched data": patched(packed(), 8, b"\x20", at=_CENTRAL),
    "a name that is not UTF-8": called(b"MAL-\xff\xfe26-1.json"),
    "a name that is not UTF-8 in one of two places": called(
        NAME.encode(), locally=b"MAL-\xff\xfe26-1.json"
    ),
    "a name with a NUL": called(b"MAL-2026-1\x00json"),
    "a name that leads out": called(b"../L-2026-1.json"),
    "another name in the other place": called(NAME.encode(), locally=b"MAL-2026-2.json"),
    "a zip64 field that is cut off": with_extra(struct.pack("<HHB", 1, 16, 0)),
    "a zip64 field that claims 2**63 bytes": with_extra(struct.pack("<HHQQ", 1, 16, 2**63, 2**63)),
    "a zip64 directory that is elsewhere": far_directory(),
    "a zip64 directory that is farther than any file": with_zip64_end(offset=2**64 - 2**16),
    "a member that packs more than it may hold": patched(
        packed(), 20, b"\xff\xff\xff\x7f", at=_CENTRAL
    ),
    "a member behind the end": patched(packed(), 42, b"\xf0\xff\xff\x7f", at=_CENTRAL),
    "a directory of another size": patched(packed(), 12, struct.pack("<I", 7), at=_END),
    "a directory before the beginning": patched(packed(), 12, b"\xf0\xff\xff\x7f", at=_END),
}
