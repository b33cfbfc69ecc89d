"""How the text of a block is kept: digests as bytes, all else deflated with a dictionary of what locks repeat.

A body is the byte 1, a zlib stream, and the digests that it has a mark for, in their order. Digests are three
quarters of it and no compressor makes them shorter than their bytes; written as hex digits they take a third
more. Bodies of earlier versions are zlib streams alone, which begin with another byte, and stay readable.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

__all__ = ["packed", "unpacked"]

_BEGINS = b"\x01"
_IN_PATH, _STATED = b"\x02", b"\x03"
"""Marks: no JSON of ours has control characters in it."""
_DIGEST = re.compile(
    rb"(?<![0-9a-f])(?:[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}|[0-9a-f]{64})(?![0-9a-f])"
)
_MARK = re.compile(rb"[\x02\x03]")
_BYTES = 32
"""Of SHA-256 and BLAKE2b-256."""
_LARGEST = 32 * 2**20
"""Bytes of one inflated block."""
_DICTIONARY = (
    b'["git","https://git.example/","editable","."],["virtual","directory","path","url","workspace",'
    b'"find-links","npm","/-/.tgz","sha512:","sha1:","sha384:","md5:",'
    b"-cp39-cp39-win32.whl-win_arm64.whl-pp310-pypy310_pp73-manylinux_2_17_i686.manylinux2014_i686.whl"
    b"-macosx_10_13_universal2.whl-cp313-cp313t-cp314-cp314-musllinux_1_2_aarch64.whl"
    b"-cp310-cp310-musllinux_1_1_x86_64.whl-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"
    b"-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl-cp313-cp313-macosx_10_9_x86_64.whl"
    b"-cp312-cp312-macosx_11_0_arm64.whl-cp311-cp311-win_amd64.whl-cp310-abi3-manylinux_2_28_x86_64.whl"
    b'-py2.py3-none-any.whl",null,["no-hash","name-differs"],null,[],null,[]],[null,[],[""'
    b'[["pypi","1.0.0","registry","https://index.example/simple"],[["-1.0.0-py3-none-any.whl",'
    b'"https://files.index.example/packages/\x02/-1.0.0-py3-none-any.whl",["sha256:\x03"],'
    b'"2025-01-01T00:00:00.000000Z",[]],["-1.0.0.tar.gz","https://files.index.example/packages/\x02/'
    b'-1.0.0.tar.gz",["blake2b_256:\x03","sha256:\x03"],null,[]]]]'
)
"""Never changed: what is stored can be read with it alone."""


def packed(text: bytes) -> bytes:
    """Return the body of a block whose text, JSON of ASCII characters, is `text`."""
    digests: list[bytes] = []

    def mark(found: re.Match[bytes]) -> bytes:
        digests.append(bytes.fromhex(found[0].replace(b"/", b"").decode()))
        return _IN_PATH if b"/" in found[0] else _STATED

    marked = _DIGEST.sub(mark, text)
    deflater = zlib.compressobj(6, zdict=_DICTIONARY)
    return b"".join((_BEGINS, deflater.compress(marked), deflater.flush(), *digests))


def unpacked(body: bytes) -> bytes:
    """Return the text that `packed` was given. Raises ValueError or zlib.error for a body that is none."""
    if not body.startswith(_BEGINS):
        return zlib.decompressobj().decompress(body, _LARGEST)
    inflater = zlib.decompressobj(zdict=_DICTIONARY)
    marked = inflater.decompress(body[1:], _LARGEST)
    rest = inflater.unused_data
    if not inflater.eof or len(rest) != _BYTES * len(_MARK.findall(marked)):
        msg = "it is cut off, or too long"
        raise ValueError(msg)
    digests = _digests(rest)
    return _MARK.sub(lambda found: _written(found[0], next(digests)), marked)


def _digests(rest: bytes) -> Iterator[bytes]:
    for begin in range(0, len(rest), _BYTES):
        yield rest[begin : begin + _BYTES]


def _written(mark: bytes, digest: bytes) -> bytes:
    digits = digest.hex().encode()
    if mark == _STATED:
        return digits
    return b"/".join((digits[:2], digits[2:4], digits[4:]))
