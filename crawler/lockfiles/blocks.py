"""TOML locks read block by block, so that what other locks have said in the same words is read once.

The text is cut at its lines `[[package]]`. That is right where no string goes over several lines, and
proven by the pieces: each must parse to exactly one package, and all that stands before the first and
behind the last must parse without any. Where one piece is anything else, the lock is read as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from crawler.errors import GiveUp
from crawler.lockfiles.document import LARGEST, Document, check_limits, decode
from crawler.lockfiles.fields import Fields
from crawler.lockfiles.memo import BlockMemo, Known
from crawler.lockfiles.recovery import MOST_PINS
from crawler.model import Pin, Skipped
from crawler.model.block import Block, SharedResult

__all__ = ["BlockFormat", "read_blocks"]

_PIECES = (b"[", b"{", b",", b".")
_MOST_PIECES = 100_000
"""Less than each limit on a whole document."""


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


def read_blocks(data: bytes, form: BlockFormat, memo: BlockMemo) -> SharedResult | None:
    """Return what a full reading of `data` gives, or None where only that can tell.

    Blocks come out of `memo` and go into it. A block of which something would be skipped is not shared.
    """
    if len(data) > LARGEST or b"\r" in data:
        return None
    try:
        cut = _cut(data, form)
        skipped = None if cut is None else _rest(cut.rest, form)
        if cut is None or skipped is None:
            return None
        known = _known(cut.blocks, form, memo)
        if known is None or sum([len(one.block.pins) for one in known]) > MOST_PINS:
            return None
        if sum([one.pieces for one in known]) + len(cut.rest) > _MOST_PIECES:
            check_limits(data.decode())
    except (GiveUp, UnicodeDecodeError):
        return None
    blocks = [one.block for one in known]
    return SharedResult(format_id=form.format, above=cut.above, blocks=blocks, skipped=skipped)


def _cut(data: bytes, form: BlockFormat) -> _Cut | None:
    first = data.startswith(form.header)
    before, *blocks = (b"\n" + data if first else data).split(b"\n" + form.header)
    if not blocks:
        return None
    tail = re.search(rb"\n\[(?!\[?%s\.)" % form.root.encode(), blocks[-1])
    behind = b"" if tail is None else blocks[-1][tail.start() :]
    if tail is not None:
        blocks[-1] = blocks[-1][: tail.start()]
    above = 0 if first else before.count(b"\n") + 1
    return _Cut(above=above, rest=before + b"\n" + form.header + behind, blocks=blocks)


def _rest(text: bytes, form: BlockFormat) -> list[Skipped] | None:
    """Return what is skipped outside of the packages; None where they cannot be read without it."""
    if _spans_lines(text):
        return None
    document = form.load(decode(text))
    if document.table.get(form.root) != [{}] or form.binds(document.table):
        return None
    document.table[form.root] = []
    skipped: list[Skipped] = []
    pins = tuple(form.rest(document, skipped))
    return None if pins else skipped


def _known(texts: Sequence[bytes], form: BlockFormat, memo: BlockMemo) -> list[Known] | None:
    """Return what is known of the blocks `texts`, read where it was not; None where one is odd."""
    found = []
    kind, get = form.format.encode() + b"\n", memo.get
    for text in texts:
        key = sha256(kind + text).digest()
        known = get(key)
        if known is None:
            known = _read(text, form)
            if known is None:
                return None
            memo.put(key, known)
        found.append(known)
    return found


def _read(text: bytes, form: BlockFormat) -> Known | None:
    """Read one block; None where it is not exactly one package, or not wholly readable."""
    if _spans_lines(text):
        return None
    document = form.load((form.header + text).decode())
    packages = document.table.get(form.root)
    if len(document.table) != 1 or not isinstance(packages, list) or len(packages) != 1:
        return None
    skipped: list[Skipped] = []
    root = Fields(values=document.table, path="", skipped=skipped)
    pins = tuple(form.packages(document, root))
    if skipped:
        return None
    height = text.count(b"\n") + 2
    return Known(block=Block(pins=pins, height=height), pieces=sum(map(text.count, _PIECES)))


def _spans_lines(text: bytes) -> bool:
    """Say whether a string in `text` may go over several lines."""
    return b'"""' in text or b"'''" in text
