"""The answers of `git cat-file --batch` and `--batch-check`. Source: git-cat-file(1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.git.objects import ObjectType, RawObject, is_named

__all__ = ["ObjectSize", "parse_batch", "parse_batch_check"]

_KINDS = {kind.word: kind for kind in ObjectType}


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSize:
    """What is known of an object before it is read."""

    oid: str
    kind: ObjectType
    size: int
    """Bytes."""


def parse_batch_check(output: bytes) -> Iterator[ObjectSize | None]:
    """Yield one answer for each object that was asked for, None for one that is missing.

    An answer that was cut off, and what would follow, is left out.
    """
    yield from map(_header, output.split(b"\n")[:-1])


def parse_batch(output: bytes) -> Iterator[RawObject | None]:
    """Yield one answer for each object that was asked for, None for one that is not what its name says.

    An answer that was cut off, and what would follow, is left out.
    """
    position = 0
    while (end := output.find(b"\n", position)) >= 0:
        header = _header(output[position:end])
        position = end + 1
        if header is None:
            yield None
            continue
        if position + header.size >= len(output):
            return
        data = output[position : position + header.size]
        position += header.size + 1
        genuine = is_named(header.oid, header.kind, data)
        yield RawObject(oid=header.oid, kind=header.kind, data=data) if genuine else None


def _header(line: bytes) -> ObjectSize | None:
    parts = line.split(b" ")
    if len(parts) != 3 or parts[1] not in _KINDS or not parts[2].isdigit():  # noqa: PLR2004
        return None
    return ObjectSize(oid=parts[0].decode(), kind=_KINDS[parts[1]], size=int(parts[2]))
