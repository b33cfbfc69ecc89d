"""What generated blocks state: names, versions, files and digests that follow from their number."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from crawler.model import (
    Algorithm,
    Digest,
    Ecosystem,
    LockId,
    Origin,
    OriginKind,
    ParseResult,
    Pin,
    ProjectKey,
    Readable,
    path_of,
)
from workers.ledger.locks import ReadLock

__all__ = ["FILES", "VERSION", "key_of", "oid_of", "read_lock", "sha256_of", "stated"]

FILES = 7
"""Distributions per block: 41,570 in 5,758 blocks of real uv.locks."""
VERSION = "1.0"
_INDEX = Origin(kind=OriginKind.REGISTRY, location="https://index.example/simple")


def key_of(block: int) -> ProjectKey:
    """Return the project that a block pins."""
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=f"zz-package-{block}")


def sha256_of(block: int, file: int) -> Digest:
    """Return the SHA-256 of the n-th file of a block."""
    return Digest(algorithm=Algorithm.SHA256, hex=_hex("sha256", block, file))


def oid_of(lock: int) -> str:
    """Return the blob oid of a lock."""
    return hashlib.sha1(b"lock %d" % lock, usedforsecurity=False).hexdigest()


@lru_cache(maxsize=200_000)
def stated(block: int) -> tuple[Pin, ...]:
    """Return the pins of a block, as a parser of uv.locks returns them."""
    return tuple(_pin(block, file) for file in range(FILES))


def read_lock(lock: int, blocks: list[int]) -> ReadLock:
    """Return a lock of these blocks, as it is stored."""
    pins = tuple(one for block in blocks for one in stated(block))
    result = ParseResult(format="uv", readable=Readable.FULLY, pins=pins, skipped=())
    return ReadLock(
        id=LockId(oid=oid_of(lock), reading="uv"),
        size=0,
        sha256=_hex("lock", lock, 0),
        result=result,
    )


def _pin(block: int, file: int) -> Pin:
    blake = Digest(algorithm=Algorithm.BLAKE2B_256, hex=_hex("blake2b", block, file))
    filename = f"zz_package_{block}-{VERSION}-cp3{file}-none-any.whl"
    return Pin(
        ecosystem=Ecosystem.PYPI,
        name=f"zz-package-{block}",
        version=VERSION,
        origin=_INDEX,
        lines=None,
        url=f"https://files.index.example{path_of(blake.hex, filename)}",
        filename=filename,
        digests=(sha256_of(block, file),),
    )


def _hex(kind: str, number: int, file: int) -> str:
    return hashlib.sha256(f"{kind} {number} {file}".encode()).hexdigest()
