"""The layouts in which tools write artifacts, one on a line: read so, a lock costs half of its TOML.

Each run of such lines is replaced by a number that stands in for it (and empty lines, so that all others
keep their place) before the rest goes to the TOML parser. In a text without multi-line strings a line
that begins so is outside of every string and comment, and a number is as good a value as a table; so the
shortened document has the same shape, line by line. The numbers begin at a digest of the whole text: no
text can contain its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from crawler.lockfiles.artifacts import Artifact
from crawler.lockfiles.document import Document, check_limits, parse_table
from crawler.lockfiles.fields import Fields

__all__ = ["ELEMENT", "Layout", "elements", "load", "written"]

ELEMENT = "    "
"""Begins the line of an element of an array."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one format writes its artifacts."""

    starts: tuple[str, ...]
    """With one of these a line begins that holds an artifact and nothing else."""
    line: re.Pattern[str]
    """Such a line; its first group is what stands before the table, its last what stands behind it.

    Whoever needs a second look (escapes, `%`, `@`) must not match: it gets one in the exact reading.
    """
    artifact: Callable[[re.Match[str], int], Artifact | None]
    """Makes the artifact of a match and its line number; None sends it to the exact reading."""


def load(text: str, layout: Layout) -> Document:
    """Parse `text`, written in `layout` or not; like `document.load`, with the same errors, but faster."""
    if '"""' in text or "'''" in text:
        check_limits(text)
        return Document(parse_table(text), text)
    shortened, stand_ins = _shorten(text, layout)
    check_limits(shortened)
    return Document(parse_table(shortened), shortened, stand_ins)


def written(document: Document, value: object) -> Sequence[Artifact] | None:
    """Return what `value` stands in for, if it is a number that does."""
    return document.written.get(value) if type(value) is int else None


def elements(
    document: Document, fields: Fields, key: str
) -> Iterator[tuple[int, Fields | Sequence[Artifact]]]:
    """Yield what the array at `key` holds: tables, and artifacts where a number stands in for them.

    The number before it is the place in the array as parsed, for `Document.lines`.
    """
    number = 0
    for index, value in enumerate(fields.entries(key)):
        known = written(document, value)
        if known is not None:
            yield index, known
        elif (table := fields.element(key, number, value)) is not None:
            yield index, table
        number += 1 if known is None else len(known)


def _shorten(text: str, layout: Layout) -> tuple[str, dict[int, list[Artifact]]]:
    number = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")
    stand_ins: dict[int, list[Artifact]] = {}
    lines = text.split("\n")
    follows = 0
    starts, match, make = layout.starts, layout.line.fullmatch, layout.artifact
    last = layout.line.groups
    for index, line in enumerate(lines, start=1):
        if not line.startswith(starts):
            continue
        found = match(line)
        artifact = None if found is None else make(found, index)
        if found is None or artifact is None:
            continue
        start, behind = found[1], found[last]
        element = start == ELEMENT and behind == ","
        if element and follows == index:
            lines[index - 1] = ""
        else:
            number += 1
            lines[index - 1] = f"{start}{number}{behind}"
            stand_ins[number] = []
        stand_ins[number].append(artifact)
        follows = index + 1 if element else 0
    return "\n".join(lines), stand_ins
