"""What holds for all tests: generated ones are not failed for their time, and nobody called us by a name."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.generated import Tier

for tier in Tier:
    settings.register_profile(
        tier.name.lower(),
        max_examples=tier.value,
        deadline=None,  # the machine may be busy
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("fast")

# `./ghostcrawl test` tells its children how it was called; what tests expect is advice without that.
os.environ.pop("GHOSTCRAWL_CALLED_AS", None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep half a million objects that live to the end out of every search for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files with long tests begin first: in the end no process works alone while others are idle."""
    longest: dict[Path, float] = {}
    for item in items:
        longest[item.path] = max(longest.get(item.path, 0.0), _length(item))
    items.sort(key=lambda item: longest[item.path], reverse=True)


def _length(item: pytest.Item) -> float:
    """Return how long a test may take: seconds where it says so, else 1 for a slow one."""
    said = item.get_closest_marker("timeout")
    return float(said.args[0]) if said else float(item.get_closest_marker("slow") is not None)
