"""A whole lock, matched without a look at each pin.

Nearly every lock names nothing that any verdict is on, and its pins come in few combinations of registry,
host and flags, none of them tampered with: that is told of the whole lock at once, and only what is left
is matched pin by pin. What a shared block names is found out once for all locks that state it, and where
the text itself tells (`Columns`), before there is any pin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.identity import differ, host_and_digest, is_other_release, stated, stated_by
from crawler.matching.index import WatchKeys
from crawler.matching.match import match
from crawler.matching.tampering import tampering
from crawler.model import Reason
from crawler.model.block import Block, Columns, SharedResult, Traits

if TYPE_CHECKING:
    from crawler.matching.identity import Stated
    from crawler.matching.index import VerdictIndex
    from crawler.model import Ecosystem, Match, ParseResult, Pin, Registry

__all__ = ["Named", "match_whole", "named_by"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a block names, or a whole lock."""

    keys: WatchKeys
    traits: frozenset[Traits]
    """Of all pins with a URL."""


def named_by(result: ParseResult) -> Named:
    """Return what the pins of `result` name."""
    if not isinstance(result, SharedResult):
        return _named(result.pins)
    blocks = [block.derived(_of_block) for block in result.blocks]
    if len(blocks) == 1:
        return blocks[0]
    keys = [block.keys for block in blocks]
    return Named(
        keys=WatchKeys(
            digests=frozenset().union(*[one.digests for one in keys]),
            releases=frozenset().union(*[one.releases for one in keys]),
            projects=frozenset().union(*[one.projects for one in keys]),
        ),
        traits=frozenset().union(*[block.traits for block in blocks]),
    )


def match_whole(
    result: ParseResult,
    named: Named,
    verdicts: VerdictIndex,
    registries: Mapping[Ecosystem, Registry],
) -> tuple[Match, ...]:
    """Return what `match` returns for the pins of `result`, which are `named_by` it.

    Of a lock that its tool refuses nothing is installed: that lowers each match.
    """
    found = _matched(result, named, verdicts, registries)
    if result.refused is None:
        return tuple(found)
    return tuple(_refused(one, result.refused) for one in found)


def _matched(
    result: ParseResult,
    named: Named,
    verdicts: VerdictIndex,
    registries: Mapping[Ecosystem, Registry],
) -> Iterable[Match]:
    tampered = _tampered(named, registries)
    if not tampered and not verdicts.concerns(named.keys):
        return ()
    if not isinstance(result, SharedResult):
        return match(result.pins, verdicts, registries)
    found: list[Match] = []
    for above, block in result.placed():
        own = block.derived(_of_block)
        if verdicts.concerns(own.keys) or not tampered.isdisjoint(own.traits):
            found += match(block.pins_below(above), verdicts, registries)
    return found


def _refused(found: Match, why: str) -> Match:
    code = Code.REFUSED
    reason = Reason(code=code.code, text=f"{code.text} ({why})")
    confidence = min(found.confidence, code.ceiling, key=lambda one: one.rank)
    return replace(found, confidence=confidence, reasons=(*found.reasons, reason))


def _tampered(named: Named, registries: Mapping[Ecosystem, Registry]) -> frozenset[Traits]:
    return frozenset(
        traits
        for traits in named.traits
        if traits.ecosystem in registries and tampering(traits, registries[traits.ecosystem])
    )


def _of_block(block: Block) -> Named:
    columns = block.columns
    return (None if columns is None else _told(columns)) or _named(block.pins)


def _told(columns: Columns) -> Named | None:
    """Return what `columns` name; None where a file states another release than its entry."""
    ecosystem = columns.ecosystem
    found: set[Stated] = set()
    for name, version in columns.releases:
        of_entry = stated_by(ecosystem, name, version, None)
        for filename in columns.filenames:
            if stated_by(ecosystem, name, version, filename) != of_entry:
                return None
        found.update(of_entry)
    return _with_names(columns.digests, found, columns.traits)


def _named(pins: Iterable[Pin]) -> Named:
    """Return what `pins` name. What a pin repeats of the one before it is not taken in again."""
    digests: list[str] = []
    found: set[Stated] = set()
    all_traits: set[Traits] = set()
    names: tuple[Stated, ...] = ()
    traits: Traits | None = None
    for pin in pins:
        digests += [d.hex for d in pin.digests if d.identifies]
        before, names = names, stated(pin)
        if names != before:
            found.update(names)
        if pin.url is None:
            continue
        host, in_path = host_and_digest(pin.url)
        if in_path is not None:
            digests.append(in_path)
        before_it = traits
        has_digest = in_path is not None
        release = is_other_release(pin, names)
        traits = Traits(
            pin.ecosystem, pin.origin, host, has_digest, differ(names), pin.flags, release
        )
        if traits != before_it:
            all_traits.add(traits)
    return _with_names(digests, found, all_traits)


def _with_names(digests: Iterable[str], names: set[Stated], traits: Iterable[Traits]) -> Named:
    return Named(
        keys=WatchKeys(
            digests=frozenset(digests),
            releases=frozenset([(project, version) for project, version in names if version]),
            projects=frozenset([project for project, _ in names]),
        ),
        traits=frozenset(traits),
    )
