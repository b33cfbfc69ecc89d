"""A match that something around it lowers: settings beside its lock, or the ref that leads to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.matching.match import strength
from crawler.model import Confidence, Tier

if TYPE_CHECKING:
    from crawler.matching.codes import Code
    from crawler.model import Match

__all__ = ["lowered"]


def lowered(match: Match, codes: Iterable[Code]) -> Match:
    """Return `match` with these reasons behind its own, no surer than they allow."""
    added = tuple(codes)
    if not added:
        return match
    confidence = min(match.confidence, strength(added), key=lambda one: one.rank)
    by_name_only = confidence.rank <= Confidence.POSSIBLE.rank and match.tier is Tier.B
    return replace(
        match,
        tier=Tier.C if by_name_only else match.tier,
        confidence=confidence,
        reasons=(*match.reasons, *(code.reason() for code in added)),
    )
