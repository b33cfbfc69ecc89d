"""Locks told as a whole: what all entries state, and the pins only where somebody asks for them.

Most locks name nothing that any verdict is on. Their columns are all that has to be known of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from crawler.errors import GiveUp
from crawler.lockfiles.document import decode
from crawler.lockfiles.recovery import MOST_PINS
from crawler.model import ParseResult, Pin
from crawler.model.block import Block, Columns, SharedResult

__all__ = ["read_columns"]


def read_columns(
    data: bytes,
    name: str,
    tell: Callable[[str], Columns | None],
    read: Callable[[bytes], ParseResult],
) -> ParseResult:
    """Return what `read` gives of `data`, a lock of the format `name`, and read it when pins are asked for.

    `tell` knows what a lock in the usual layout states; None sends it to `read` at once. What it tells
    of must be wholly readable.
    """
    try:
        told = tell(decode(data))
    except GiveUp:
        told = None
    if told is None or told.count > MOST_PINS:
        return read(data)
    block = Block.told(told, 0, partial(_pins, data, read))
    return SharedResult(format_id=name, above=0, blocks=[block], skipped=())


def _pins(data: bytes, read: Callable[[bytes], ParseResult]) -> tuple[Pin, ...]:
    return read(data).pins
