"""TOML locks read block by block, so that what other locks have said in the same words is read once.

The text is cut at its lines `[[package]]`. That is right where no string goes over several lines, and
proven by the pieces: each must parse to exactly one package, and all that stands before the first and
behind the last must parse without any. Where one piece is anything else, the lock is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from crawler.errors import GiveUp
from crawler.lockfiles.documents.document import LARGEST, MARK, Document, check_limits, decode
from crawler.lockfiles.documents.fields import Fields, SkipLog
from crawler.lockfiles.documents.reading import Tool, read
from crawler.lockfiles.documents.recovery import MOST_PINS
from crawler.lockfiles.memo import BlockMemo, Known
from crawler.model import ParseResult, Pin, Skipped
from crawler.model.block import Block, Columns, SharedResult

__all__ = ["BlockFormat", "read_blocks"]

_PIECES = (b"[", b"{", b",", b".")
_MOST_PIECES = 100_000
"""Less than each limit on a whole document."""
_LARGE_REST = 4_000
"""Bytes: of a lock of which it is the larger part there is little to share, and all of it to parse."""
_BYTES_OF_PIECE = 16
"""In the usual layouts, where dots stand in strings only, at least so many go with one that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFormat:
    """How one format is cut and how its pieces are read."""

    format: str
    root: str
    """Of the array of packages: `package`."""
    load: Callable[[str], Document]
    packages: Callable[[Document, Fields], Iterable[Pin]]
    """Reads the packages of a document, whatever else is in it."""
    rest: Callable[[Document, list[Skipped]], Iterable[Pin]]
    """Reads a whole document; here one whose packages were taken out."""
    binds: Callable[[Mapping[str, object]], bool]
    """Says of such a document whether a package means something else without it."""
    tell: Callable[[str], Columns | None]
    """Tells of a package without its header, written in the usual layout, what its pins state; None of any
    other. What it tells of must be wholly readable.
    """
    tool: Tool

    @property
    def header(self) -> bytes:
        """The line that begins a package."""
        return b"[[%s]]\n" % self.root.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """The pieces of a lock."""

    above: int
    """Lines before the first package."""
    rest: bytes
    """All that is no package, and one empty package between what stands before and behind them."""
    blocks: Sequence[bytes]
    """Packages without their header."""


def read_blocks(data: bytes, form: BlockFormat, memo: BlockMemo | None) -> ParseResult:
    """Return what a full reading of `data` gives, package by package where that can be.

    Blocks come out of `memo` and go into it; a lock that cannot be cut is one block. What of which
    something would be skipped is not shared.
    """
    cut = _by_blocks(data, form, memo)
    if cut is not None or memo is None:
        return cut or _read_whole(data, form)
    key = sha256(b"%s whole\n%s" % (form.format.encode(), data)).digest()
    known = memo.get(key)
    if known is None:
        result = _read_whole(data, form)
        if result.skipped or result.refused is not None:
            return result
        known = Known(Block.of(result.pins, data.count(b"\n")), 0)
        memo.put(key, known)
    return SharedResult(format_id=form.format, above=0, blocks=[known.block], skipped=())


def _read_whole(data: bytes, form: BlockFormat) -> ParseResult:
    """Read all packages of `data` together."""
    return read(data, form.format, form.load, form.rest, tool=form.tool)


def _by_blocks(data: bytes, form: BlockFormat, memo: BlockMemo | None) -> SharedResult | None:
    """Return what `data` says, or None where only a full reading can tell."""
    if len(data) > LARGEST or b"\r" in data or data.startswith(MARK):
        return None
    try:
        cut = _cut(data, form)
        skipped = None if cut is None else _rest(cut.rest, form)
        if cut is None or skipped is None:
            return None
        known = _all_known(cut.blocks, form, memo)
        if known is None or sum([one.block.count for one in known]) > MOST_PINS:
            return None
        if sum([one.pieces for one in known]) + len(cut.rest) > _MOST_PIECES:
            check_limits(data.decode())
    except (GiveUp, UnicodeDecodeError):
        return None
    blocks = [one.block for one in known]
    return SharedResult(
        format_id=form.format,
        above=cut.above,
        blocks=blocks,
        skipped=skipped,
        refused=skipped.refused,
    )


def _cut(data: bytes, form: BlockFormat) -> _Cut | None:
    first = data.startswith(form.header)
    before, *blocks = (b"\n" + data if first else data).split(b"\n" + form.header)
    if not blocks:
        return None
    tail = re.search(rb"\n\[(?!\[?%s\.)" % form.root.encode(), blocks[-1])
    behind = b"" if tail is None else blocks[-1][tail.start() :]
    if tail is not None:
        blocks[-1] = blocks[-1][: tail.start()]
    rest = before + b"\n" + form.header + behind
    if len(rest) > max(_LARGE_REST, len(data) // 2):
        return None
    above = 0 if first else before.count(b"\n") + 1
    return _Cut(above=above, rest=rest, blocks=blocks)


def _rest(text: bytes, form: BlockFormat) -> SkipLog | None:
    """Return what is skipped outside of the packages; None where they cannot be read without it."""
    if _spans_lines(text):
        return None
    document = form.load(decode(text))
    if document.table.get(form.root) != [{}] or form.binds(document.table):
        return None
    document.table[form.root] = []
    skipped = form.tool.log()
    pins = tuple(form.rest(document, skipped))
    return None if pins else skipped


def _all_known(
    texts: Sequence[bytes], form: BlockFormat, memo: BlockMemo | None
) -> list[Known] | None:
    """Return what is known of the blocks `texts`, read where it was not; None where one is odd."""
    found = []
    kind = form.format.encode() + b"\n"
    for text in texts:
        known = _known(text, form) if memo is None else _shared(text, form, memo, kind)
        if known is None:
            return None
        found.append(known)
    return found


def _shared(text: bytes, form: BlockFormat, memo: BlockMemo, kind: bytes) -> Known | None:
    key = sha256(kind + text).digest()
    known = memo.get(key)
    if known is None and (known := _known(text, form)) is not None:
        memo.put(key, known)
    return known


def _known(data: bytes, form: BlockFormat) -> Known | None:
    """Tell of one block; None where it is not exactly one package, or not wholly readable and taken."""
    text = data.decode()
    height = data.count(b"\n") + 2
    told = form.tell(text)
    if told is not None:
        block = Block.told(told, height, partial(_pins_of, text, form))
        return Known(block, len(data) // _BYTES_OF_PIECE)
    pins = None if _spans_lines(data) else _pins_of(text, form)
    if pins is None:
        return None
    return Known(Block.of(pins, height), sum([data.count(piece) for piece in _PIECES]))


def _pins_of(text: str, form: BlockFormat) -> tuple[Pin, ...] | None:
    """Read one block; None where it is not exactly one package, or not wholly readable and taken."""
    document = form.load(f"{form.header.decode()}{text}")
    packages = document.table.get(form.root)
    if len(document.table) != 1 or not isinstance(packages, list) or len(packages) != 1:
        return None
    skipped = form.tool.log()
    root = Fields(values=document.table, path="", skipped=skipped)
    pins = tuple(form.packages(document, root))
    return None if skipped or skipped.refused is not None else pins


def _spans_lines(text: bytes) -> bool:
    """Say whether a string in `text` may go over several lines."""
    return b'"""' in text or b"'''" in text
