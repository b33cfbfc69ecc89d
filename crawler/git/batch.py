"""The answers of `git cat-file --batch` and `--batch-check`. Source: git-cat-file(1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.errors import Malformed
from crawler.git.objects import Kind, RawObject, oid_of

__all__ = ["ObjectSize", "parse_batch", "parse_batch_check"]

_KINDS = {kind.word: kind for kind in Kind}


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSize:
    """What is known of an object before it is read."""

    oid: str
    kind: Kind
    size: int
    """Bytes."""


def parse_batch_check(output: bytes) -> Iterator[ObjectSize]:
    """Yield those objects that exist."""
    for line in output.splitlines():
        if (header := _header(line)) is not None:
            yield header


def parse_batch(output: bytes) -> Iterator[RawObject]:
    """Yield those objects that exist and are what their name says; raises Malformed."""
    position = 0
    while position < len(output):
        end = output.find(b"\n", position)
        if end < 0:
            raise Malformed("the answer of git is cut off")
        header = _header(output[position:end])
        position = end + 1
        if header is None:
            continue
        data = output[position : position + header.size]
        position += header.size + 1
        if oid_of(header.kind, data) == header.oid:
            yield RawObject(oid=header.oid, kind=header.kind, data=data)


def _header(line: bytes) -> ObjectSize | None:
    parts = line.split(b" ")
    if len(parts) != 3 or parts[1] not in _KINDS or not parts[2].isdigit():  # noqa: PLR2004
        return None
    return ObjectSize(oid=parts[0].decode(), kind=_KINDS[parts[1]], size=int(parts[2]))
