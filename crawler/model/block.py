"""Packages that many locks state in the same words, read once and shared.

Real locks share them: 21,882 packages in 249 uv.locks are 6,980 texts. What is computed of a block (pins,
identities, stored forms) is computed once; only its place differs from lock to lock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from crawler.model.pin import LineSpan, ParseResult, Pin, Readable, Skipped

if TYPE_CHECKING:
    from crawler.model.names import Ecosystem
    from crawler.model.pin import Origin

__all__ = ["Block", "Columns", "SharedResult", "Traits"]

_Derived = TypeVar("_Derived")


class Traits(NamedTuple):
    """All of a pin with a URL that tells whether somebody tampered with its lock."""

    ecosystem: Ecosystem
    origin: Origin
    host: str
    """Lower-case, with a port that is not the default; empty where the URL has none."""
    has_digest: bool
    """Whether the path of the URL carries the digest of the file."""
    differs: bool
    """Whether the file and the entry state two projects."""
    flags: tuple[str, ...]
    other_release: bool = False
    """Whether the file is of another release of the project than the entry says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the pins of a block state, told from the columns of its text before there is any pin."""

    count: int
    """Number of pins."""
    ecosystem: Ecosystem
    releases: Collection[tuple[str, str | None]]
    """Names and versions, as the pins have them."""
    digests: Sequence[str]
    """Hex digits of all that identify a file, those of the URL paths too."""
    filenames: Collection[str]
    """One for each spelling of project and version but the entry's own.

    Only where there is one release: they are its files.
    """
    traits: Collection[Traits]
    """Of the pins with a URL; `differs` is still to be found out."""


@dataclass(slots=True, kw_only=True, eq=False)
class Block:
    """One package as the text of a lock states it: one object for all locks with that text."""

    count: int
    """Of its pins."""
    height: int
    """Lines of the text, blank ones behind it included."""
    read: Callable[[], Sequence[Pin] | None]
    """Makes the pins, None where they cannot be read alone; their lines are counted from the first line of the block, which is 1."""
    columns: Columns | None = None
    """What they state, where that is known without making them."""
    _pins: Sequence[Pin] | None = field(default=None, repr=False)
    _derived: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False)

    @classmethod
    def told(cls, columns: Columns, height: int, read: Callable[[], Sequence[Pin] | None]) -> Block:
        """Return a block whose pins state `columns`; `read` makes them."""
        return cls(count=columns.count, height=height, read=read, columns=columns)

    @classmethod
    def of(cls, pins: Sequence[Pin], height: int) -> Block:
        """Return a block whose pins are made already."""
        return cls(count=len(pins), height=height, read=lambda: pins, _pins=pins)

    @property
    def pins(self) -> Sequence[Pin]:
        """Its pins, made when first asked for.

        Raises:
            RuntimeError: they are not as many as were counted; a defect of the reader.
        """
        if self._pins is None:
            pins = self.read()
            if pins is None or len(pins) != self.count:
                msg = f"{self.count} pins were counted in a block, other ones were read"
                raise RuntimeError(msg)
            self._pins = pins
        return self._pins

    def derived(self, make: Callable[[Block], _Derived]) -> _Derived:
        """Return what `make` makes of the block, made once; it must depend on nothing else."""
        known: _Derived | None = self._derived.get(make)
        if known is None:
            known = self._derived[make] = make(self)
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
        self,
        *,
        format_id: str,
        above: int,
        blocks: Sequence[Block],
        skipped: Sequence[Skipped],
        refused: str | None = None,
    ) -> None:
        """Keep the `blocks` of a lock of the format `format_id`, the first below `above` lines."""
        for name, value in (
            ("format", format_id),
            ("readable", Readable.PARTLY if skipped else Readable.FULLY),
            ("skipped", tuple(skipped)),
            ("refused", refused),
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
    def count(self) -> int:
        """Number of pins; none is made for being counted."""
        return sum([block.count for block in self.blocks])

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
    return result.format, result.readable, result.pins, result.skipped, result.refused
