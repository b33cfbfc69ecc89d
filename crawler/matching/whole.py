"""A whole lock, matched without a close look at each pin.

Nearly every lock names nothing that any verdict is on, and its pins come in few combinations of registry,
host and flags, none of them tampered with: that is told of the whole lock at once, and only what is left
is matched pin by pin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.identity import (
    SourceProfile,
    differ,
    host_and_digest,
    is_other_release,
    placed,
    registry_of,
    stated,
)
from crawler.matching.index import WatchKeys
from crawler.matching.match import match
from crawler.matching.tampering import tampering
from crawler.model import Reason

if TYPE_CHECKING:
    from crawler.matching.identity import Stated
    from crawler.matching.index import VerdictIndex
    from crawler.model import Ecosystem, Match, ParseResult, Pin, Registry

__all__ = ["Indicators", "indicators_of", "is_concerned", "match_whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicators:
    """What a whole lock names."""

    keys: WatchKeys
    profiles: frozenset[SourceProfile]
    """Of all pins with a URL."""


def indicators_of(pins: Iterable[Pin], registries: Mapping[Ecosystem, Registry]) -> Indicators:
    """Return what `pins` name, in which of the `registries`.

    What a pin repeats of the one before it is not taken in again.
    """
    several = {ecosystem: one for ecosystem, one in registries.items() if one.others}
    digests: list[str] = []
    found: set[Stated] = set()
    profiles: set[SourceProfile] = set()
    names: tuple[Stated, ...] = ()
    profile: SourceProfile | None = None
    for pin in pins:
        digests += [d.hex for d in pin.digests if d.identifies]
        before, names = names, stated(pin)
        if pin.ecosystem in several:
            names = placed(names, registry_of(pin, several[pin.ecosystem]))
        if names != before:
            found.update(names)
        if pin.url is None:
            continue
        host, in_path = host_and_digest(pin.url)
        if in_path is not None:
            digests.append(in_path)
        before_it = profile
        has_digest = in_path is not None
        release = is_other_release(pin, names)
        profile = SourceProfile(
            pin.ecosystem, pin.origin, host, has_digest, differ(names), pin.flags, release
        )
        if profile != before_it:
            profiles.add(profile)
    keys = WatchKeys(
        digests=frozenset(digests),
        releases=frozenset([(project, version) for project, version in found if version]),
        projects=frozenset([project for project, _ in found]),
    )
    return Indicators(keys=keys, profiles=frozenset(profiles))


def match_whole(
    result: ParseResult,
    indicators: Indicators,
    verdicts: VerdictIndex,
    registries: Mapping[Ecosystem, Registry],
) -> tuple[Match, ...]:
    """Return what `match` returns for the pins of `result`, which name the `indicators`.

    Of a lock that its tool refuses nothing is installed: that lowers each match.
    """
    if not is_concerned(indicators, verdicts, registries):
        return ()
    found = match(result.pins, verdicts, registries)
    if result.refused is None:
        return found
    return tuple(_refused(one, result.refused) for one in found)


def is_concerned(
    indicators: Indicators, verdicts: VerdictIndex, registries: Mapping[Ecosystem, Registry]
) -> bool:
    """Say whether any of `verdicts` is on what pins with these `indicators` name, or they were tampered with.

    Where not, nothing matches them, whatever else their lock pins.
    """
    return verdicts.concerns(indicators.keys) or _is_tampered(indicators, registries)


def _refused(found: Match, why: str) -> Match:
    code = Code.REFUSED
    reason = Reason(code=code.code, text=f"{code.text} ({why})")
    confidence = min(found.confidence, code.ceiling, key=lambda one: one.rank)
    return replace(found, confidence=confidence, reasons=(*found.reasons, reason))


def _is_tampered(indicators: Indicators, registries: Mapping[Ecosystem, Registry]) -> bool:
    return any(
        tampering(profile, registries[profile.ecosystem])
        for profile in indicators.profiles
        if profile.ecosystem in registries
    )
