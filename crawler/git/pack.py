"""Reading a pack while it arrives. Source: gitformat-pack(5).

The checksum at the end of a pack is not read: the name of every object is computed from its content,
and only objects that a wanted name leads to are ever used.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from crawler.errors import Malformed, Retry, TooLarge
from crawler.git.delta import DeltaBudget, apply_delta, delta_sizes
from crawler.git.interface import Limits
from crawler.git.objects import ObjectType, RawObject, oid_of

__all__ = ["Bases", "ObjectTooLarge", "unpack"]

_OFS_DELTA, _REF_DELTA = 6, 7
_KINDS = {kind.value: kind for kind in ObjectType}
_CONTINUED = 0x80
_LONGEST_NUMBER = 63
_SLACK = 128
"""Bytes by which compressed data may be longer than its content, or nearly so."""


Bases: TypeAlias = Callable[[str], RawObject | None]
"""Objects that are here already, by oid: a thin pack holds deltas against them."""


class ObjectTooLarge(TooLarge):
    """One object is too large; the others may be fetched without it."""


def unpack(
    chunks: Iterable[bytes], limits: Limits, bases: Bases | None = None
) -> Iterator[RawObject]:
    """Yield the objects of a pack, deltas resolved, each as soon as its base is known.

    With `bases` the pack may be a thin one: a delta against an object that is neither in the pack nor
    among them is left out.

    Raises ObjectTooLarge before anything of such an object is inflated, TooLarge for the other
    limits, Malformed, and Retry where the pack ends too early.
    """
    stream = _Stream(iter(chunks))
    magic, version, count = struct.unpack(">4sII", stream.take(12))
    if magic != b"PACK" or version not in {2, 3}:
        raise Malformed("invalid answer: expected a pack")
    if count > limits.objects:
        raise TooLarge(f"a pack of {count} objects")
    store = _Store(limits, bases)
    for _ in range(count):
        offset = stream.offset
        code, size = stream.header()
        base: int | str | None = None
        if code == _OFS_DELTA:
            base = offset - stream.distance()
        elif code == _REF_DELTA:
            base = stream.take(20).hex()
        elif code not in _KINDS:
            raise Malformed(f"object type {code} does not exist")
        store.charge(size)
        data = stream.inflate(size)
        if base is None:
            yield from store.add(offset, _KINDS[code], data)
        else:
            yield from store.add_delta(offset, base, data)
    store.finish()


class _Stream:
    """The bytes of a pack, taken from the front."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._buffer, self._position = chunks, b"", 0
        self._before = 0

    @property
    def offset(self) -> int:
        return self._before + self._position

    def take(self, size: int) -> bytes:
        while len(self._buffer) - self._position < size:
            self._more()
        start, self._position = self._position, self._position + size
        return self._buffer[start : self._position]

    def _more(self) -> None:
        for chunk in self._chunks:
            if chunk:
                self._before += self._position
                self._buffer = self._buffer[self._position :] + chunk
                self._position = 0
                return
        raise Retry("the pack ends too early")

    def header(self) -> tuple[int, int]:
        """Return type and inflated size of the next object."""
        byte = self.take(1)[0]
        code, size, shift = byte >> 4 & 7, byte & 15, 4
        while byte & _CONTINUED:
            if shift > _LONGEST_NUMBER:
                raise Malformed("an object without a size")
            byte = self.take(1)[0]
            size |= (byte & ~_CONTINUED) << shift
            shift += 7
        return code, size

    def distance(self) -> int:
        """Return how many bytes earlier the base of an offset delta begins."""
        byte = self.take(1)[0]
        value = byte & ~_CONTINUED
        while byte & _CONTINUED:
            if value >> _LONGEST_NUMBER:
                raise Malformed("a delta without a base")
            byte = self.take(1)[0]
            value = value + 1 << 7 | byte & ~_CONTINUED
        return value

    def inflate(self, size: int) -> bytes:
        """Return the next zlib stream, which must be exactly `size` bytes of content."""
        inflater = zlib.decompressobj()
        content = bytearray()
        try:
            while not inflater.eof:
                if self._position == len(self._buffer):
                    self._more()
                end = min(len(self._buffer), self._position + size + _SLACK)
                content += inflater.decompress(
                    self._buffer[self._position : end], size - len(content) + 1
                )
                self._position = end - len(inflater.unused_data)
                if len(content) > size:
                    raise Malformed("an object is longer than it states")
        except zlib.error as error:
            raise Malformed(f"an object cannot be inflated: {error}") from error
        if len(content) != size:
            raise Malformed("an object is shorter than it states")
        return bytes(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    object: RawObject
    chain: int


class _Store:
    """Objects of a pack by offset, and the deltas that wait for a base further on."""

    def __init__(self, limits: Limits, bases: Bases | None) -> None:
        self._limits, self._bases, self._inflated = limits, bases, 0
        self._steps = DeltaBudget(limits.delta_steps)
        self._stored: dict[int, _Stored] = {}
        self._offsets: dict[str, int] = {}
        self._waiting: defaultdict[int | str, list[tuple[int, bytes]]] = defaultdict(list)

    def charge(self, size: int) -> None:
        if size > self._limits.object_bytes:
            raise ObjectTooLarge(f"an object of {size} bytes")
        self._inflated += size
        if self._inflated > self._limits.inflated_bytes:
            raise TooLarge(f"a pack of more than {self._limits.inflated_bytes} bytes inflated")

    def add(self, offset: int, kind: ObjectType, data: bytes) -> Iterator[RawObject]:
        yield from self._settle(offset, RawObject(oid=oid_of(kind, data), kind=kind, data=data), 0)

    def add_delta(self, offset: int, base: int | str, delta: bytes) -> Iterator[RawObject]:
        at = self._offsets.get(base) if isinstance(base, str) else base
        stored = self._from_outside(base) if at is None else self._stored.get(at)
        if stored is None:
            self._waiting[base].append((offset, delta))
        else:
            yield from self._settle(offset, self._resolve(stored, delta), stored.chain + 1)

    def _from_outside(self, base: int | str) -> _Stored | None:
        if self._bases is None or not isinstance(base, str):
            return None
        raw = self._bases(base)
        return None if raw is None else _Stored(object=raw, chain=0)

    def finish(self) -> None:
        if self._waiting and self._bases is None:
            raise Malformed("a delta whose base is not in the pack")

    def _resolve(self, base: _Stored, delta: bytes) -> RawObject:
        if base.chain >= self._limits.delta_chain:
            raise TooLarge(f"a chain of more than {self._limits.delta_chain} deltas")
        self.charge(delta_sizes(delta)[1])
        kind, data = base.object.kind, apply_delta(base.object.data, delta, self._steps)
        return RawObject(oid=oid_of(kind, data), kind=kind, data=data)

    def _settle(self, offset: int, raw: RawObject, chain: int) -> Iterator[RawObject]:
        """Keep an object, and then all that waited for it, without recursion."""
        ready = [(offset, raw, chain)]
        while ready:
            at, settled, length = ready.pop()
            stored = self._stored[at] = _Stored(object=settled, chain=length)
            self._offsets[settled.oid] = at
            yield settled
            ready.extend(
                (further, self._resolve(stored, delta), length + 1)
                for key in (at, settled.oid)
                for further, delta in self._waiting.pop(key, ())
            )
