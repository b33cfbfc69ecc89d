"""What the settings beside a lock change: which registries a pin without a URL is really taken from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.lowering import lowered
from crawler.matching.match import origin_codes
from crawler.model import OriginKind, Tier

if TYPE_CHECKING:
    from crawler.model import Ecosystem, Match, Origin, Pin, Registry

__all__ = ["under_settings"]


def under_settings(
    match: Match,
    settings: Sequence[Pin],
    registries: Mapping[Ecosystem, Registry],
    runs: Sequence[Origin] = (),
) -> Match:
    """Return `match` as the `settings` that count for its lock have it, and the `runs` of pip that read it.

    A setting is a pin of no package (`crawler.lockfiles.index_settings`). Only what would ask the
    configured registry changes, and only where the name is all that is known: a file that its digest
    proves is the same file wherever it comes from. A run looks for all its names at the same places,
    whichever of its files names them.
    """
    pin = match.pin
    if match.tier is Tier.A or pin.url is not None or pin.origin.kind is not OriginKind.REGISTRY:
        return match
    registry = registries.get(pin.ecosystem)
    places = runs or [pin.origin.configured(one.origin.location) for one in _of_name(pin, settings)]
    told = [origin_codes(replace(pin, origin=place), registry) for place in places]
    known = {reason.code for reason in match.reasons}
    return lowered(match, [code for code in _of_all(told) if code.code not in known])


def _of_all(told: Sequence[Sequence[Code]]) -> Iterable[Code]:
    """Return what lowers a pin wherever it is looked for; where that holds for some places only, that there are such."""
    if all(told):
        return dict.fromkeys(code for codes in told for code in codes)
    return (Code.OTHER_INDEX,) if any(told) else ()


def _of_name(pin: Pin, settings: Sequence[Pin]) -> Iterable[Pin]:
    """Return the settings for the name of `pin`: those of its scope, or else those for all packages.

    None where its lock names the registry itself.
    """
    if "" not in pin.origin.location.split(" "):
        return ()
    own = [one for one in settings if one.ecosystem is pin.ecosystem]
    scope = (pin.name or "").partition("/")[0]
    scoped = [one for one in own if one.name is not None and one.name.partition("/")[0] == scope]
    return scoped or [one for one in own if one.name is None]
