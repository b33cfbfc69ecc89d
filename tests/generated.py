"""How often a generated test is tried, by tier: `./ghostcrawl test`, `--slow`, `--long`."""

from __future__ import annotations

from enum import IntEnum

from hypothesis import settings

__all__ = ["Tier", "examples", "stride"]


class Tier(IntEnum):
    """A profile of hypothesis, by its name in small letters: examples for a test that says nothing."""

    FAST = 25
    SLOW = 100
    LONG = 1000


def examples(slow: int) -> settings:
    """Return settings for as many examples in the slow tier, and in the others for their share of it.

    For tests whose inputs are rarely what they look for. The profile is loaded before tests are.
    """
    return settings(max_examples=max(1, slow * settings().max_examples // Tier.SLOW))


def stride(slow: int) -> int:
    """Return how far apart a test looks that looks at each `slow`th place in the slow tier."""
    return max(1, slow * Tier.SLOW // settings().max_examples)
