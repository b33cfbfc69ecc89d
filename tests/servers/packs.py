"""Making git objects and packs by hand, honest ones and bombs."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence

from crawler.git.objects import ObjectType, oid_of

_TYPE = {ObjectType.COMMIT: 1, ObjectType.TREE: 2, ObjectType.BLOB: 3, ObjectType.TAG: 4}
OFS_DELTA, REF_DELTA = 6, 7


def header(code: int, size: int) -> bytes:
    """Return type and size of a pack entry."""
    byte, size = code << 4 | size & 15, size >> 4
    out = bytearray()
    while size:
        out.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    out.append(byte)
    return bytes(out)


def number(value: int) -> bytes:
    """Return a size as deltas write it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def distance(value: int) -> bytes:
    """Return the offset of an offset delta."""
    out = [value & 0x7F]
    while value := value >> 7:
        value -= 1
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def entry(kind: ObjectType, data: bytes) -> bytes:
    """Return a whole object as a pack entry."""
    return header(_TYPE[kind], len(data)) + zlib.compress(data)


def zeros(size: int) -> bytes:
    """Return the zlib stream of `size` zeros, a multiple of 1 MiB, without deflating all of them."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    adler = (size % 65_521) << 16 | 1
    return b"\x78\xda" + block * (size >> 20) + b"\x03\x00" + struct.pack(">I", adler)


def ref_delta(base: str, delta: bytes) -> bytes:
    """Return a delta against the object named `base`."""
    return header(REF_DELTA, len(delta)) + bytes.fromhex(base) + zlib.compress(delta)


def ofs_delta(back: int, delta: bytes) -> bytes:
    """Return a delta against the entry that begins `back` bytes earlier."""
    return header(OFS_DELTA, len(delta)) + distance(back) + zlib.compress(delta)


def copy_twice(size: int) -> bytes:
    """Return a delta that doubles a base of `size` bytes."""
    copies = b""
    for _ in range(2):
        left, offset = size, 0
        while left:
            step = min(left, 0xFFFFFF)
            copies += b"\xff" + struct.pack("<I", offset) + struct.pack("<I", step)[:3]
            left, offset = left - step, offset + step
    return number(size) + number(2 * size) + copies


def pack(entries: Sequence[bytes], *, count: int | None = None) -> bytes:
    """Return a pack; `count` lies about how many entries there are."""
    body = struct.pack(">4sII", b"PACK", 2, len(entries) if count is None else count)
    body += b"".join(entries)
    return body + hashlib.sha1(body).digest()


def tree_data(entries: Sequence[tuple[str, bytes, str]]) -> bytes:
    """Return a tree of (mode, name, oid) entries, in this order."""
    return b"".join(
        mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries
    )


def commit_data(tree: str) -> bytes:
    """Return a commit of `tree`."""
    who = "N <n@git.example> 0 +0000"
    return f"tree {tree}\nauthor {who}\ncommitter {who}\n\nwork\n".encode()


class Objects:
    """Objects that belong together, as entries of one pack."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []

    def add(self, kind: ObjectType, data: bytes) -> str:
        self.entries.append(entry(kind, data))
        return oid_of(kind, data)

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        return self.add(ObjectType.TREE, tree_data(entries))

    def commit(self, tree: str) -> str:
        return self.add(ObjectType.COMMIT, commit_data(tree))

    def pack(self) -> bytes:
        return pack(self.entries)
