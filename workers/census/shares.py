"""Shares with their interval, and spans of time as a median; what is not known is counted as that."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

__all__ = ["Share", "Spread", "share_of", "spread_of"]

_Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""
_HALF, _NINE_OF_TEN = 0.5, 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many, with the 95 % interval of Wilson (1927), which is right for small numbers too.

    It tells what chance does to a random sample, and nothing of how the sample was taken.
    """

    hits: int
    of: int
    low: float | None
    """None, as `high`, of nothing at all."""
    high: float | None

    @property
    def value(self) -> float | None:
        """The share itself, 0 to 1; None of nothing at all."""
        return self.hits / self.of if self.of else None


def share_of(hits: int, of: int) -> Share:
    """Return `hits` of `of` (no fewer) with its interval."""
    if not of:
        return Share(hits=hits, of=of, low=None, high=None)
    share, square = hits / of, _Z * _Z
    middle = share + square / (2 * of)
    around = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    # At the ends the sums are exact but for rounding.
    low = 0.0 if not hits else (middle - around) / whole
    high = 1.0 if hits == of else (middle + around) / whole
    return Share(hits=hits, of=of, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Spans of time, as far as both of their ends are known."""

    measured: int
    unknown: int
    """How many have an end that nobody tells."""
    median_seconds: int | None
    """Half of them took at most that; None where none was measured."""
    ninetieth_seconds: int | None
    """Nine of ten took at most that."""


def spread_of(spans: Iterable[timedelta | None]) -> Spread:
    """Return the spread of `spans`; None is one that is not known."""
    known, unknown = list[timedelta](), 0
    for span in spans:
        if span is None:
            unknown += 1
        else:
            known.append(span)
    known.sort()
    return Spread(
        measured=len(known),
        unknown=unknown,
        median_seconds=_at(known, _HALF),
        ninetieth_seconds=_at(known, _NINE_OF_TEN),
    )


def _at(ordered: list[timedelta], share: float) -> int | None:
    """Return the seconds that this share of them does not exceed."""
    if not ordered:
        return None
    return int(ordered[max(0, math.ceil(share * len(ordered)) - 1)].total_seconds())
