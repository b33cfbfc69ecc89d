"""One pinned package as a lock states it: its identity, its stored form, and what it is found by.

Real locks share blocks (21,882 packages in 249 uv.locks are 5,758 of them), so this is computed for
every package of every lock and written once. Its identity is the SHA-256 of its canonical form, never
a quick checksum: a hostile lock must not be able to pass for another's block.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.errors import StoreError
from crawler.model import (
    Algorithm,
    Digest,
    Ecosystem,
    Origin,
    OriginKind,
    Pin,
    ProjectKey,
    digest_in_path,
    project_of_file,
    release_of_tarball,
)
from crawler.model.urls import normalize
from workers.ledger.sql.columns import clean
from workers.ledger.sql.keys import release, written

__all__ = [
    "BlockRows",
    "StoredPackage",
    "blocks_of",
    "digests_of",
    "inflated",
    "names_of",
    "prefix",
    "rows_of",
]

_PREFIX = 16
"""Bytes of a digest that the index keeps: enough that nobody makes two files share them."""
_LARGEST = 32 * 2**20
"""Bytes of one inflated block."""
_written = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPackage:
    """One package of one lock."""

    digest: bytes
    """SHA-256 of `text`."""
    text: bytes
    """Canonical JSON: ecosystem, name, version, origin, distributions."""
    pins: tuple[Pin, ...]

    @property
    def body(self) -> bytes:
        """What is stored."""
        return zlib.compress(self.text, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRows:
    """What is written of a block that is new."""

    body: bytes
    names: Sequence[tuple[str, str]]
    """Project and release, as their columns have them."""
    prefixes: Sequence[bytes]


def rows_of(block: StoredPackage) -> BlockRows:
    """Return what is written of `block`; it costs more than writing it."""
    named = names_of(block)
    return BlockRows(
        body=block.body,
        names=[(clean(written(key)), clean(release(key.ecosystem, v))) for key, v in named],
        prefixes=sorted(digests_of(block)),
    )


def blocks_of(pins: Iterable[Pin]) -> tuple[StoredPackage, ...]:
    """Group the pins of a lock by package: ecosystem, name, version and origin."""
    packages: dict[tuple[str, str | None, str | None, str, str], list[Pin]] = {}
    for pin in pins:
        origin = pin.origin
        key = (pin.ecosystem.value, pin.name, pin.version, origin.kind.value, origin.location)
        packages.setdefault(key, []).append(pin)
    blocks = {}
    for key, members in packages.items():
        stated = {_written(_distribution(pin)) for pin in members}
        text = f"[{_written(key)},[{','.join(sorted(stated))}]]".encode()
        digest = hashlib.sha256(text).digest()
        blocks[digest] = StoredPackage(digest=digest, text=text, pins=tuple(members))
    return tuple(blocks.values())


def _distribution(pin: Pin) -> tuple[object, ...]:
    digests = sorted([f"{digest.algorithm}:{digest.hex}" for digest in pin.digests])
    return pin.filename or "", pin.url, pin.filename, digests, pin.uploaded_at, pin.flags


def inflated(body: bytes) -> Iterator[Pin]:
    """Yield the pins that `StoredPackage.body` was made of, without lines, by file name.

    Raises StoreError for a body that is none.
    """
    try:
        inflater = zlib.decompressobj()
        key, distributions = json.loads(inflater.decompress(body, _LARGEST))
        ecosystem, name, version, kind, location = key
        origin = Origin(kind=OriginKind(kind), location=location)
        for _, url, filename, digests, uploaded_at, flags in distributions:
            yield Pin(
                ecosystem=Ecosystem(ecosystem),
                name=name,
                version=version,
                origin=origin,
                lines=None,
                url=url,
                filename=filename,
                digests=tuple(map(_digest, digests)),
                uploaded_at=uploaded_at,
                flags=tuple(flags),
            )
    except (ValueError, TypeError, zlib.error) as error:
        msg = f"the ledger holds an unreadable block: {error}; run `ghostcrawl db check`"
        raise StoreError(msg) from error


def _digest(text: str) -> Digest:
    algorithm, _, hexadecimal = text.partition(":")
    return Digest(algorithm=Algorithm(algorithm), hex=hexadecimal)


def prefix(digest: Digest) -> bytes:
    """Return what the index knows a digest by; whoever looks up compares the whole digest after."""
    return bytes.fromhex(digest.hex)[:_PREFIX]


def digests_of(block: StoredPackage) -> frozenset[bytes]:
    """Return the prefixes of every digest that the block states or that a URL path carries."""
    stated = {prefix(digest) for pin in block.pins for digest in pin.digests}
    carried = {prefix(d) for pin in block.pins if pin.url for d in _carried(pin.url)}
    return frozenset(stated | carried)


def _carried(url: str) -> Iterator[Digest]:
    """Yield the digest in a URL path as it is spelled, or else as the matcher finds it."""
    found = digest_in_path(url) or digest_in_path(normalize(url))
    if found is not None:
        yield found


def names_of(block: StoredPackage) -> frozenset[tuple[ProjectKey, str]]:
    """Return the declared project and version, and those that its files state ("" for none)."""
    names: set[tuple[ProjectKey, str]] = set()
    for pin in block.pins:
        if pin.name is not None:
            names.add((ProjectKey(ecosystem=pin.ecosystem, name=pin.name), pin.version or ""))
        stated = _of_file(pin)
        if stated is not None:
            names.add((ProjectKey(ecosystem=pin.ecosystem, name=stated[0]), stated[1]))
    return frozenset(names)


def _of_file(pin: Pin) -> tuple[str, str] | None:
    """Return the project and version that a file of Python states by its name, a tarball by its URL."""
    if pin.ecosystem is Ecosystem.NPM and pin.url is not None:
        return release_of_tarball(pin.url)
    if pin.ecosystem is not Ecosystem.PYPI or not pin.filename:
        return None
    return project_of_file(pin.filename, pin.name)
