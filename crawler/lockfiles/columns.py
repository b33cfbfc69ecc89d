"""Locks told as a whole: what all entries state, and the pins only where somebody asks for them.

Most locks name nothing that any verdict is on. Their columns are all that has to be known of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from crawler.errors import GiveUp
from crawler.lockfiles.document import decode
from crawler.lockfiles.recovery import MOST_PINS
from crawler.model import Ecosystem, ParseResult, Pin, digest_in_path
from crawler.model.block import Block, Columns, SharedResult, Traits
from crawler.model.urls import host_in, normalize

__all__ = ["read_columns", "with_pins"]


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


def with_pins(columns: Columns, pins: Sequence[Pin]) -> Columns | None:
    """Return `columns` and what `pins`, made of entries that are not usual, state besides.

    None where a file may state another release than its entry.
    """
    if any(pin.filename is not None and pin.ecosystem is Ecosystem.PYPI for pin in pins):
        return None
    urls = [(pin, normalize(pin.url)) for pin in pins if pin.url is not None]
    carried = [digest.hex for _, url in urls if (digest := digest_in_path(url)) is not None]
    stated = [d.hex for pin in pins for d in pin.digests if d.algorithm.identifies]
    names = [(pin.name, pin.version) for pin in pins if pin.name is not None]
    return replace(
        columns,
        count=columns.count + len(pins),
        releases=[*columns.releases, *names],
        digests=[*columns.digests, *carried, *stated],
        traits=[*columns.traits, *[_traits(pin, url) for pin, url in urls]],
    )


def _traits(pin: Pin, url: str) -> Traits:
    """Return those of `pin`, whose normalised URL is `url`."""
    has_digest = digest_in_path(url) is not None
    return Traits(pin.ecosystem, pin.origin, host_in(url), has_digest, False, pin.flags)  # noqa: FBT003


def _pins(data: bytes, read: Callable[[bytes], ParseResult]) -> tuple[Pin, ...]:
    return read(data).pins
