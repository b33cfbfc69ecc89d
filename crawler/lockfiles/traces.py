"""Digests that a file holds in any spelling, whatever it is: its own, and those that stand in it.

For a search through files that nothing here can read: recipes of distributions, build files, scripts, archives. What is
found tells that a file is named or lies there, never that anybody installs it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from itertools import islice

from crawler.lockfiles.sweep import is_archive

__all__ = ["MOST_OF_TEXT", "digests_in", "digests_of", "is_package_file"]

MOST_OF_TEXT = 1024 * 1024
"""Bytes; a text that names packages has less."""
_MOST = 20_000
"""Digests of one text."""
_HEX = re.compile(
    rb"(?<![0-9A-Fa-f])(?>[0-9A-Fa-f]{128}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{64})(?![0-9A-Fa-f])"
)
_PATH = re.compile(rb"/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/")
"""Of a file on the host of the index: its blake2b, in three parts."""
_BASE64 = re.compile(
    rb"(?<![0-9A-Za-z+/])(?>[0-9A-Za-z+/]{86}==|[0-9A-Za-z+/]{64}|[0-9A-Za-z+/]{43}=)(?![0-9A-Za-z+/=])"
)
_NIX = re.compile(
    rb"(?<![0-9A-Za-z])(?>[0-9a-df-np-sv-z]{103}|[0-9a-df-np-sv-z]{52})(?![0-9A-Za-z])"
)
_NIX_DIGITS = "0123456789abcdfghijklmnpqrsvwxyz"


def is_package_file(path: str) -> bool:
    """Say whether the file at `path` is called as packages are that somebody may install from there."""
    return is_archive(path) or path.lower().endswith((".egg", ".conda"))


def digests_of(data: bytes) -> tuple[str, ...]:
    """Return the digests of a file by which feeds name files, as hex digits."""
    return (
        hashlib.sha256(data).hexdigest(),
        hashlib.sha512(data).hexdigest(),
        hashlib.blake2b(data, digest_size=32).hexdigest(),
    )


def digests_in(data: bytes) -> Iterator[tuple[str, int]]:
    """Yield the digests that stand in `data`, as lower hex digits, and where; at most 20,000.

    They may be written in hex, in base64 (Subresource Integrity, W3C), in the base 32 of Nix and Guix, or as the path
    of a file of the index.
    """
    return islice(_all_digests(data), _MOST)


def _all_digests(data: bytes) -> Iterator[tuple[str, int]]:
    yield from ((m[0].decode().lower(), m.start()) for m in _HEX.finditer(data))
    yield from ((b"".join(m.groups()).decode(), m.start()) for m in _PATH.finditer(data))
    yield from ((base64.b64decode(m[0]).hex(), m.start()) for m in _BASE64.finditer(data))
    yield from ((_of_nix(m[0].decode()), m.start()) for m in _NIX.finditer(data))


def _of_nix(text: str) -> str:
    """Return the hex digits of a digest in the base 32 of Nix, which begins with the last bits.

    Source: Nix, src/libutil/hash.cc.
    """
    number = 0
    for digit in text:
        number = number * 32 + _NIX_DIGITS.index(digit)
    size = len(text) * 5 // 8
    return (number & ((1 << size * 8) - 1)).to_bytes(size, "little").hex()
