"""The layouts in which tools write whole packages: read so, a lock costs a fraction of its TOML.

As in `layout`, what was read is replaced by numbers before the rest goes to the TOML parser; here one
number stands in for a run of packages. A package is only read so where the next one follows at once, so
that nothing below can add to it or contradict it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from crawler.lockfiles.artifacts import Written
from crawler.lockfiles.document import Document
from crawler.lockfiles.document import load as load_whole
from crawler.lockfiles.fields import Fields
from crawler.lockfiles.layout import Layout, parse_kept, shorten
from crawler.model import Pin

__all__ = ["PLAIN", "STRING", "STRINGS", "PackageLayout", "load", "packages"]

PLAIN = r"[^\x00-\x1f\x7f\"\\]"
"""A character that stands for itself in a basic string."""
STRING = rf"\"(?:{PLAIN}++|\\[\"\\])*+\""
STRINGS = rf"\[(?:{STRING}(?:, {STRING})*+)?\]"
_LF = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLayout:
    """How one format writes its packages."""

    header: str
    """The line that begins a package."""
    package: re.Pattern[str]
    """The end of a line and a package up to the end of its last line; all keys once, no other tables.

    It must look ahead for the end of the text or a blank line and the next header.
    """
    pins: Callable[[re.Match[str], int], Sequence[Pin] | None]
    """Makes the pins of a match whose header is that line; None sends it to the exact reading."""
    lines: Layout | None = None
    """The layout of artifacts, for the packages that are written otherwise."""


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What is left of a text for the TOML parser."""

    layout: PackageLayout
    number: int
    """The last one that stands in for something."""
    line: int = 1
    """On which the text goes on."""
    pieces: list[str] = field(default_factory=list)
    packages: dict[int, list[Sequence[Pin]]] = field(default_factory=dict)
    written: dict[int, list[Written]] = field(default_factory=dict)

    def keep(self, text: str) -> None:
        """Keep `text`, but for artifacts that are written in their layout."""
        lines = self.layout.lines
        if lines is None:
            self.pieces.append(text)
        elif text:
            pieces, written, self.number = shorten(text, lines, self.line, self.number)
            self.pieces += pieces
            self.written |= written
        self.line += text.count(_LF)

    def replace(self, package: str, pins: Sequence[Pin], *, follows: bool) -> None:
        """Keep a number instead of `package`; the last number where this one `follows` another."""
        height = package.count(_LF)
        if not follows:
            self.number += 1
            self.packages[self.number] = []
            self.pieces.append(f"\n{self.layout.header}\nname = {self.number}\n")
        self.pieces.append(_LF * (height if follows else height - 3))
        self.packages[self.number].append(pins)
        self.line += height


def load(
    text: str, layout: PackageLayout, binds: Callable[[Mapping[str, object]], bool]
) -> Document:
    """Parse `text`; like `document.load`, with the same errors, but faster.

    `binds` says of the table whether something beside the packages adds to them; then none is read by
    its layout.
    """
    kept = _kept(text, layout, by_package=True)
    document = _parsed(kept, text)
    if kept.packages and binds(document.table):
        return _parsed(_kept(text, layout, by_package=False), text)
    return document


def _parsed(kept: _Kept, text: str) -> Document:
    shortened = "".join(kept.pieces)
    if '"""' in shortened or "'''" in shortened:
        return load_whole(text)
    table = parse_kept(kept.pieces, shortened)
    return Document(table, shortened, kept.written, packages=kept.packages)


def _kept(text: str, layout: PackageLayout, *, by_package: bool) -> _Kept:
    digest = blake2b(text.encode(), digest_size=16).digest()
    kept = _Kept(layout=layout, number=int.from_bytes(digest, "big"))
    end, follows = 0, False
    for found in layout.package.finditer(text) if by_package else ():
        start, stop = found.span()
        if start != end:
            kept.keep(text[end:start])
            follows = False
        pins = layout.pins(found, kept.line + 1)
        if pins is None:
            kept.keep(found[0])
        else:
            kept.replace(found[0], pins, follows=follows)
        end, follows = stop, pins is not None
    kept.keep(text[end:])
    return kept


def packages(
    document: Document, root: Fields, key: str
) -> Iterator[tuple[int, Fields] | Sequence[Pin]]:
    """Yield what the array at `key` holds: tables, and pins where a number stands in for packages.

    The number before a table is its place in the array as parsed, for `Document.lines`.
    """
    number = 0
    for index, value in enumerate(root.entries(key)):
        table = root.element(key, number, value)
        known = None if table is None else document.packages(table.values.get("name"))
        if known is not None:
            yield [pin for pins in known for pin in pins]
        elif table is not None:
            yield index, table
        number += 1 if known is None else len(known)
