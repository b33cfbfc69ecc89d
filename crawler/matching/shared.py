"""Locks made of shared blocks, matched without a look at each pin.

What a block names is computed once for all locks that state it. Nearly every lock names nothing that any
verdict is on, and its pins come in few combinations of registry, host and flags, none of them tampered
with: that is told of the whole lock at once, and only what is left is matched pin by pin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.matching.identity import (
    Identity,
    WatchKeys,
    host_of,
    identify,
    keys_of,
    keys_of_all,
)
from crawler.matching.match import match
from crawler.matching.tampering import tampering
from crawler.model import OriginKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.matching.index import VerdictIndex
    from crawler.model import Ecosystem, Match, Pin, Registry
    from crawler.model.block import SharedResult

__all__ = ["Named", "match_shared", "named_by"]

_Shape = tuple[str, str, str, str, int, tuple[str, ...]]
"""All of a pin that `tampering` looks at; a plain tuple, for it is compared for every block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a block names, or a whole lock."""

    keys: WatchKeys
    shapes: Mapping[_Shape, tuple[Pin, Identity]]
    """Of each shape one pin."""


def named_by(result: SharedResult) -> Named:
    """Return what the pins of `result` name; `keys` is what `keys_of` gives."""
    blocks = [block.derived(_named) for block in result.blocks]
    shapes: dict[_Shape, tuple[Pin, Identity]] = {}
    for block in blocks:
        shapes.update(block.shapes)
    return Named(keys=keys_of_all([block.keys for block in blocks]), shapes=shapes)


def match_shared(
    result: SharedResult,
    named: Named,
    verdicts: VerdictIndex,
    registries: Mapping[Ecosystem, Registry],
) -> tuple[Match, ...]:
    """Return what `match` returns for the pins of `result`, which are `named_by` it."""
    tampered = _tampered(named, registries)
    if not tampered and not verdicts.concerns(named.keys):
        return ()
    found: list[Match] = []
    for above, block in result.placed():
        own = block.derived(_named)
        if verdicts.concerns(own.keys) or not tampered.isdisjoint(own.shapes):
            found += match(block.pins_below(above), verdicts, registries)
    return tuple(found)


def _tampered(named: Named, registries: Mapping[Ecosystem, Registry]) -> frozenset[_Shape]:
    return frozenset(
        shape
        for shape, (pin, identity) in named.shapes.items()
        if pin.ecosystem in registries and tampering(pin, identity, registries[pin.ecosystem])
    )


def _named(pins: tuple[Pin, ...]) -> Named:
    identities = [identify(pin) for pin in pins]
    shapes = _shapes(zip(pins, identities, strict=True))
    return Named(keys=keys_of(identities), shapes=shapes)


def _shapes(pins: Iterable[tuple[Pin, Identity]]) -> dict[_Shape, tuple[Pin, Identity]]:
    found = {}
    for pin, identity in pins:
        if pin.origin.kind is OriginKind.REGISTRY and pin.url is not None:
            registry = (pin.ecosystem.value, pin.origin.kind.value, pin.origin.location)
            shape = (*registry, host_of(pin.url), len(identity.projects), pin.flags)
            found[shape] = pin, identity
    return found
