"""A whole lock, matched without a look at each pin.

Nearly every lock names nothing that any verdict is on, and its pins come in few combinations of registry,
host and flags, none of them tampered with: that is told of the whole lock at once, and only what is left
is matched pin by pin. What a shared block names is found out once for all locks that state it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from crawler.matching.identity import host_and_digest, identify, stated
from crawler.matching.match import match
from crawler.matching.tampering import tampering
from crawler.model.block import SharedResult

if TYPE_CHECKING:
    from crawler.matching.identity import Stated
    from crawler.matching.index import VerdictIndex
    from crawler.model import Ecosystem, Match, Origin, ParseResult, Pin, ProjectKey, Registry

__all__ = ["Named", "WatchKeys", "match_whole", "named_by"]

_Shape: TypeAlias = "tuple[Ecosystem, Origin, str, bool, bool, tuple[str, ...]]"
"""All of a pin that `tampering` looks at: also whether its path carries a digest, and whether it states
two projects. A plain tuple, for one is made of every pin.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchKeys:
    """What to ask the ledger for, to judge all pins of a lock at once."""

    digests: frozenset[str]
    """Hex digits, of whatever algorithm: that is compared when it comes to a match."""
    releases: frozenset[tuple[ProjectKey, str]]
    projects: frozenset[ProjectKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a block names, or a whole lock."""

    keys: WatchKeys
    shapes: Mapping[_Shape, Pin]
    """Of each shape one pin."""


def named_by(result: ParseResult) -> Named:
    """Return what the pins of `result` name."""
    if not isinstance(result, SharedResult):
        return _named(result.pins)
    blocks = [block.derived(_named) for block in result.blocks]
    shapes: dict[_Shape, Pin] = {}
    for block in blocks:
        shapes.update(block.shapes)
    return Named(keys=_all_of([block.keys for block in blocks]), shapes=shapes)


def match_whole(
    result: ParseResult,
    named: Named,
    verdicts: VerdictIndex,
    registries: Mapping[Ecosystem, Registry],
) -> tuple[Match, ...]:
    """Return what `match` returns for the pins of `result`, which are `named_by` it."""
    tampered = _tampered(named, registries)
    if not tampered and not verdicts.concerns(named.keys):
        return ()
    if not isinstance(result, SharedResult):
        return match(result.pins, verdicts, registries)
    found: list[Match] = []
    for above, block in result.placed():
        own = block.derived(_named)
        if verdicts.concerns(own.keys) or not tampered.isdisjoint(own.shapes):
            found += match(block.pins_below(above), verdicts, registries)
    return tuple(found)


def _tampered(named: Named, registries: Mapping[Ecosystem, Registry]) -> frozenset[_Shape]:
    return frozenset(
        shape
        for shape, pin in named.shapes.items()
        if pin.ecosystem in registries and tampering(pin, identify(pin), registries[pin.ecosystem])
    )


def _named(pins: Iterable[Pin]) -> Named:
    """Return what `pins` name. What a pin repeats of the one before it is not taken in again."""
    digests: list[str] = []
    both: set[Stated] = set()
    shapes: dict[_Shape, Pin] = {}
    names: tuple[Stated, ...] = ()
    shape: _Shape | None = None
    for pin in pins:
        digests += [d.hex for d in pin.digests if d.algorithm.identifies]
        before, names = names, stated(pin)
        if names != before:
            both.update(names)
        if pin.url is None:
            continue
        host, in_path = host_and_digest(pin.url)
        if in_path is not None:
            digests.append(in_path)
        differ = len(names) > 1 and names[0][0] != names[1][0]
        like = (pin.ecosystem, pin.origin, host, in_path is not None, differ, pin.flags)
        if like != shape:
            shape = like
            shapes[shape] = pin
    keys = WatchKeys(
        digests=frozenset(digests),
        releases=frozenset((project, version) for project, version in both if version),
        projects=frozenset(project for project, _ in both),
    )
    return Named(keys=keys, shapes=shapes)


def _all_of(keys: list[WatchKeys]) -> WatchKeys:
    return WatchKeys(
        digests=frozenset().union(*(one.digests for one in keys)),
        releases=frozenset().union(*(one.releases for one in keys)),
        projects=frozenset().union(*(one.projects for one in keys)),
    )
