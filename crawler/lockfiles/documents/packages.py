"""TOML locks cut into packages: what many locks state in the same words is read once.

Real locks share them: 21,882 packages in 249 uv.locks are 6,980 texts. A text is cut at its lines
`[[package]]`. That is right where no string goes over several lines, and proven by the pieces: each must
parse to exactly one package with nothing skipped, and all that stands before the first and behind the last
must parse without any. Where one piece is anything else, the lock is read as a whole.

What a package states is known by the SHA-256 of its text, never by a quick checksum: a stranger must not
be able to write a text that passes for another's. Whoever remembers texts over many locks (`KnownTexts`) need not
have them read again; how many lines they have counts all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from crawler.errors import GiveUp
from crawler.lockfiles.documents.document import (
    LARGEST,
    MARK,
    Document,
    check_limits,
    decode,
    load,
)
from crawler.lockfiles.documents.fields import SkipLog, TableReader
from crawler.lockfiles.documents.reading import Tool, read
from crawler.lockfiles.documents.recovery import MOST_PINS
from crawler.model import ParseResult, Pin, Readable, Skipped

__all__ = [
    "BlockMemo",
    "KnownTexts",
    "LockBlock",
    "LockReading",
    "PackageFormat",
    "PackageText",
    "read_packages",
    "read_unknown",
]

KnownTexts: TypeAlias = "Callable[[Sequence[bytes]], Collection[bytes]]"
"""Returns those of the keys (see `PackageText`) whose packages need not be read."""

_PIECES = b"[{,."
_MOST_PIECES = 100_000
"""Less than each limit on a whole document."""
_LARGE_REST = 4_000
"""Bytes: of a lock of which it is the larger part there is little to share, and all of it to parse."""
_OF_BLOCK = 500
"""Bytes of memory; measured, as the next."""
_OF_PIN = 800
_DEFAULT_BYTES = 128 * 2**20
"""About 150,000 pins: 250 real uv.locks hold 42,000 distinct ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageText:
    """One package that was read in a lock."""

    key: bytes
    """SHA-256 of the id of the format and the text of the package."""
    pins: Sequence[Pin]
    """With the lines that they have in this lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReading:
    """What was read of a lock whose other packages are known."""

    result: ParseResult
    """Of all that is not `known`; how well the lock can be read is said of all of it."""
    packages: tuple[PackageText, ...] = ()
    """Of a lock that was cut: those that were read, with all pins of `result`."""
    known: tuple[bytes, ...] = ()
    """Keys of the packages that were not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockBlock:
    """One package as the text of a lock states it."""

    pins: Sequence[Pin]
    """Their lines are counted from the first line of the package, which is 1."""

    def pins_below(self, line_offset: int) -> Iterator[Pin]:
        """Yield the pins with the lines they have where `line_offset` lines stand before the package."""
        for pin in self.pins:
            yield pin.below(line_offset)


class BlockMemo:
    """Packages of earlier locks by format and text, in two generations; for one thread.

    What was asked for since the last change of generation stays; the rest is dropped at the next.
    """

    def __init__(self, most_bytes: int = _DEFAULT_BYTES) -> None:
        """Keep packages of at most about `most_bytes` of memory."""
        self._young: dict[bytes, LockBlock] = {}
        self._old: dict[bytes, LockBlock] = {}
        self._size = 0
        self._most = most_bytes // 2

    def __len__(self) -> int:
        """Return how many packages are kept."""
        return len(self._young) + len(self._old)

    def get(self, key: bytes) -> LockBlock | None:
        """Return what is known by `key`, the SHA-256 of format and text, or None."""
        known = self._young.get(key)
        if known is None and (known := self._old.pop(key, None)) is not None:
            self.put(key, known)
        return known

    def put(self, key: bytes, block: LockBlock) -> None:
        """Keep `block`; what was not asked for in a long time makes room."""
        size = _OF_BLOCK + _OF_PIN * len(block.pins)
        if self._size + size > self._most:
            self._old, self._young, self._size = self._young, {}, 0
        if size <= self._most:
            self._young[key] = block
            self._size += size

    def of_text(self, key: bytes, text: bytes, form: PackageFormat) -> LockBlock | None:
        """Return the package `text`, read unless it is known by `key`; None where it is odd."""
        block = self.get(key)
        if block is None and (block := _block(key, text, form)) is not None:
            self.put(key, block)
        return block


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFormat:
    """A format whose locks are TOML with one array of packages."""

    id: str
    table: str
    """Of the packages: `package`."""
    check: Callable[[TableReader], None]
    """Notes what is wrong with a document beside its packages; raises Malformed where it is no such lock."""
    packages: Callable[[Document, TableReader], Iterable[Pin]]
    """Reads the packages of a document."""
    tool: Tool
    needs_whole_document: Callable[[Mapping[str, object]], bool] = lambda _: False
    """Says of a document without its packages whether they mean something else without it."""

    @property
    def header(self) -> bytes:
        """The line that begins a package."""
        return b"[[%s]]\n" % self.table.encode()

    def pins(self, document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
        """Yield what a whole document states."""
        root = TableReader(values=document.table, path="", skipped=skipped)
        self.check(root)
        yield from self.packages(document, root)


_BlockOf: TypeAlias = Callable[[bytes, bytes, PackageFormat], LockBlock | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """The pieces of a lock."""

    line_offset: int
    """Lines before the first package."""
    packages: Sequence[bytes]
    """Without their headers."""
    skipped: SkipLog
    """Outside of the packages."""

    def placed(self) -> Iterator[tuple[int, bytes]]:
        """Yield each package with the lines that stand before it."""
        line_offset = self.line_offset
        for text in self.packages:
            yield line_offset, text
            line_offset += text.count(b"\n") + 2


def read_packages(data: bytes, form: PackageFormat, memo: BlockMemo | None) -> ParseResult:
    """Return what the lock `data` pins; never raises.

    With a `memo` the lock is cut, and the packages that the memo knows are not read again; the result is the
    same. A package of which something is skipped is not shared.
    """
    reading = None if memo is None else _by_packages(data, form, memo.of_text)
    return _whole(data, form) if reading is None else reading.result


def read_unknown(data: bytes, form: PackageFormat, known: KnownTexts) -> LockReading:
    """Return what the lock `data` pins but for the packages that are `known`; never raises.

    Known may be only what this function gave as `packages`, read by the same version of the parsers.
    """
    reading = _by_packages(data, form, _block, known)
    return LockReading(result=_whole(data, form)) if reading is None else reading


def _whole(data: bytes, form: PackageFormat) -> ParseResult:
    return read(data, form.id, load, form.pins, tool=form.tool)


def _by_packages(
    data: bytes, form: PackageFormat, block_of: _BlockOf, known: KnownTexts | None = None
) -> LockReading | None:
    """Return what `data` says, or None where only a full reading can tell."""
    pieces = len(data) - len(data.translate(None, _PIECES))
    try:
        cut = None if known is not None and pieces > _MOST_PIECES else _cut(data, form)
        if cut is None:
            return None
        if pieces > _MOST_PIECES:
            check_limits(data.decode())
        reading = _read(cut, form, block_of, known)
    except (GiveUp, UnicodeDecodeError):
        return None
    return None if reading is None or len(reading.result.pins) > MOST_PINS else reading


def _cut(data: bytes, form: PackageFormat) -> _Cut | None:
    if len(data) > LARGEST or b"\r" in data or data.startswith(MARK):
        return None
    first = data.startswith(form.header)
    before, *packages = (b"\n" + data if first else data).split(b"\n" + form.header)
    if not packages:
        return None
    tail = re.search(rb"\n\[(?!\[?%s\.)" % form.table.encode(), packages[-1])
    behind = b"" if tail is None else packages[-1][tail.start() :]
    if tail is not None:
        packages[-1] = packages[-1][: tail.start()]
    rest = before + b"\n" + form.header + behind
    if len(rest) > max(_LARGE_REST, len(data) // 2):
        return None
    skipped = _skipped_in_rest(rest, form)
    if skipped is None:
        return None
    line_offset = 0 if first else before.count(b"\n") + 1
    return _Cut(line_offset=line_offset, packages=packages, skipped=skipped)


def _skipped_in_rest(text: bytes, form: PackageFormat) -> SkipLog | None:
    """Return what is skipped outside of the packages; None where they cannot be read without it.

    `text` is the lock with one empty package in the place of all its packages.
    """
    if _spans_lines(text):
        return None
    document = load(decode(text))
    if document.table.get(form.table) != [{}] or form.needs_whole_document(document.table):
        return None
    document.table[form.table] = []
    skipped = form.tool.log()
    pins = tuple(form.pins(document, skipped))
    return None if pins else skipped


def _read(
    cut: _Cut, form: PackageFormat, block_of: _BlockOf, known: KnownTexts | None
) -> LockReading | None:
    """Read the packages that are not `known`; None where one is odd."""
    head = b"%s\n" % form.id.encode()
    keys = [sha256(head + text).digest() for text in cut.packages]
    passed = frozenset(() if known is None else known(keys))
    packages = []
    for key, (line_offset, text) in zip(keys, cut.placed(), strict=True):
        if key in passed:
            continue
        block = block_of(key, text, form)
        if block is None:
            return None
        packages.append(PackageText(key=key, pins=tuple(block.pins_below(line_offset))))
    result = ParseResult(
        format=form.id,
        readable=Readable.PARTLY if cut.skipped else Readable.FULLY,
        pins=tuple(pin for one in packages for pin in one.pins),
        skipped=tuple(cut.skipped),
        refused=cut.skipped.refused,
    )
    return LockReading(
        result=result, packages=tuple(packages), known=tuple(key for key in keys if key in passed)
    )


def _block(_key: bytes, text: bytes, form: PackageFormat) -> LockBlock | None:
    """Read one package; None where it is not exactly one, or not wholly readable and taken."""
    if _spans_lines(text):
        return None
    document = load((form.header + text).decode())
    packages = document.table.get(form.table)
    if len(document.table) != 1 or not isinstance(packages, list) or len(packages) != 1:
        return None
    skipped = form.tool.log()
    root = TableReader(values=document.table, path="", skipped=skipped)
    pins = tuple(form.packages(document, root))
    if skipped or skipped.refused is not None:
        return None
    return LockBlock(pins=pins)


def _spans_lines(text: bytes) -> bool:
    """Say whether a string in `text` may go over several lines."""
    return b'"""' in text or b"'''" in text
