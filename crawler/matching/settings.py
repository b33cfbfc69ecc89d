"""What the settings beside a lock change: which registries a pin without a URL is really taken from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.lowering import lowered
from crawler.matching.match import origin_codes
from crawler.model import OriginKind, Pin, Tier

if TYPE_CHECKING:
    from crawler.model import Ecosystem, Match, Origin, Registry

__all__ = ["under_settings"]


def under_settings(
    matches: Iterable[Match],
    settings: Sequence[Pin],
    registries: Mapping[Ecosystem, Registry],
    runs: Sequence[Origin] = (),
) -> list[Match]:
    """Return `matches` as the `settings` that count for their lock have them, and the `runs` of pip that read it.

    A setting is a pin of no package (`crawler.lockfiles.index_settings`). Only what would ask the
    configured registry changes, and only where the name is all that is known: a file that its digest
    proves is the same file wherever it comes from. A run looks for all its names at the same places,
    whichever of its files names them: what that means is worked out once, and not for each of thousands.
    """
    scoped = _by_scope(settings)

    @cache
    def codes(ecosystem: Ecosystem, scope: str, origin: Origin) -> Sequence[Code]:
        of_name = scoped.get((ecosystem, scope)) or scoped.get((ecosystem, None), [])
        named = of_name if "" in origin.location.split(" ") else ()
        places = runs or [origin.configured(one.origin.location) for one in named]
        bare = Pin(ecosystem=ecosystem, name=None, version=None, origin=origin, lines=None)
        told = (origin_codes(replace(bare, origin=x), registries.get(ecosystem)) for x in places)
        return tuple(_of_all(list(told)))

    def settled(match: Match) -> Match:
        pin = match.pin
        if (
            match.tier is Tier.A
            or pin.url is not None
            or pin.origin.kind is not OriginKind.REGISTRY
        ):
            return match
        known = {reason.code for reason in match.reasons}
        scope, slash, _ = (pin.name or "").partition("/")
        added = codes(pin.ecosystem, scope if slash else "", pin.origin)
        return lowered(match, [code for code in added if code.code not in known])

    return [settled(match) for match in matches]


def _of_all(told: Sequence[Sequence[Code]]) -> Iterable[Code]:
    """Return what lowers a pin wherever it is looked for; where that holds for some places only, that there are such."""
    if all(told):
        return dict.fromkeys(code for codes in told for code in codes)
    return (Code.OTHER_INDEX,) if any(told) else ()


def _by_scope(settings: Sequence[Pin]) -> Mapping[tuple[Ecosystem, str | None], list[Pin]]:
    """Return the settings for each scope; by None those for all other packages."""
    found = defaultdict[tuple["Ecosystem", str | None], list[Pin]](list)
    for one in settings:
        scope = None if one.name is None else one.name.partition("/")[0]
        found[one.ecosystem, scope].append(one)
    return found
