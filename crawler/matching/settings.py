"""What the settings beside a lock change: which registries a pin without a URL is really taken from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.matching.lowering import lowered
from crawler.matching.match import origin_codes
from crawler.model import OriginKind, Tier

if TYPE_CHECKING:
    from crawler.model import Ecosystem, Match, Pin, Registry

__all__ = ["under_settings"]


def under_settings(
    match: Match, settings: Sequence[Pin], registries: Mapping[Ecosystem, Registry]
) -> Match:
    """Return `match` as the `settings` that count for its lock have it.

    A setting is a pin of no package (`crawler.lockfiles.index_settings`). Only what would ask the
    configured registry changes, and only where the name is all that is known: a file that its digest
    proves is the same file wherever it comes from.
    """
    pin = match.pin
    asked = pin.origin.location.split(" ")
    if (
        match.tier is Tier.A
        or pin.url is not None
        or pin.origin.kind is not OriginKind.REGISTRY
        or "" not in asked
    ):
        return match
    registry = registries.get(pin.ecosystem)
    codes = dict.fromkeys(
        code
        for setting in _of_name(pin, settings)
        for code in origin_codes(_asking(pin, asked, setting), registry)
    )
    return lowered(match, codes)


def _of_name(pin: Pin, settings: Sequence[Pin]) -> Iterable[Pin]:
    """Return the settings for the name of `pin`: those of its scope, or else those for all packages."""
    own = [one for one in settings if one.ecosystem is pin.ecosystem]
    scope = (pin.name or "").partition("/")[0]
    scoped = [one for one in own if one.name is not None and one.name.partition("/")[0] == scope]
    return scoped or [one for one in own if one.name is None]


def _asking(pin: Pin, asked: Sequence[str], setting: Pin) -> Pin:
    """Return `pin` with the registries of `setting` in the place of the configured one."""
    places = [place or setting.origin.location for place in asked]
    return replace(pin, origin=replace(pin.origin, location=" ".join(places)))
