"""Packages that many locks state in the same words, read once and shared.

Real locks share them: 21,882 packages in 249 uv.locks are 6,980 texts. What is computed of a block (pins,
identities, stored forms) is computed once; only its place differs from lock to lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from crawler.model.pin import LineSpan, ParseResult, Pin, Readable, Skipped

__all__ = ["Block", "SharedResult"]

_Derived = TypeVar("_Derived")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """One package as the text of a lock states it: one object for all locks with that text."""

    pins: tuple[Pin, ...]
    """Their lines are counted from the first line of the block, which is 1."""
    height: int
    """Lines of the text, blank ones behind it included."""
    _derived: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False)

    def derived(self, make: Callable[[tuple[Pin, ...]], _Derived]) -> _Derived:
        """Return what `make` makes of the pins, made once; it must depend on nothing else."""
        known: _Derived | None = self._derived.get(make)
        if known is None:
            known = self._derived[make] = make(self.pins)
        return known

    def pins_below(self, above: int) -> Iterator[Pin]:
        """Yield the pins with the lines they have where `above` lines stand before the block."""
        for pin in self.pins:
            span = pin.lines
            if span is not None:
                span = LineSpan(first=span.first + above, last=span.last + above)
            yield replace(pin, lines=span)


class SharedResult(ParseResult):
    """What was read of a lock by its blocks; equal to what a full reading gives, and cheaper.

    Whoever can do with `blocks` does not pay for the pins: they are made when first asked for.
    """

    __slots__ = ("_above", "_pins", "blocks")

    blocks: tuple[Block, ...]
    """One behind the other, nothing between them."""
    _above: int
    _pins: tuple[Pin, ...] | None

    def __init__(
        self, *, format_id: str, above: int, blocks: Sequence[Block], skipped: Sequence[Skipped]
    ) -> None:
        """Keep the `blocks` of a lock of the format `format_id`, the first below `above` lines."""
        for name, value in (
            ("format", format_id),
            ("readable", Readable.PARTLY if skipped else Readable.FULLY),
            ("skipped", tuple(skipped)),
            ("blocks", tuple(blocks)),
            ("_above", above),
            ("_pins", None),
        ):
            object.__setattr__(self, name, value)

    def placed(self) -> Iterator[tuple[int, Block]]:
        """Yield each block with the number of lines before it."""
        above = self._above
        for block in self.blocks:
            yield above, block
            above += block.height

    @property
    def pins(self) -> tuple[Pin, ...]:
        """All pins, with their lines in the lock."""
        if self._pins is None:
            made = tuple(pin for above, block in self.placed() for pin in block.pins_below(above))
            object.__setattr__(self, "_pins", made)
            return made
        return self._pins

    def __eq__(self, other: object) -> bool:
        """Compare what was read, however it was read."""
        return isinstance(other, ParseResult) and _stated(self) == _stated(other)

    def __hash__(self) -> int:
        """Hash what was read."""
        return hash(_stated(self))


def _stated(result: ParseResult) -> tuple[object, ...]:
    return result.format, result.readable, result.pins, result.skipped
