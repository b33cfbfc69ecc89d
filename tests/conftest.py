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
    """Let files with long tests begin first: in the end no process works alone while others are idle.

    All begin in one process, which the others help when they have nothing left. So the world that is
    played once in a process is seldom played twice.
    """
    longest: dict[Path, float] = {}
    for item in items:
        longest[item.path] = max(longest.get(item.path, 0.0), _length(item))
    items.sort(key=lambda item: longest[item.path], reverse=True)


def _length(item: pytest.Item) -> float:
    """Return the seconds that a test says it may take, else a figure that only orders."""
    if (said := item.get_closest_marker("timeout")) is not None:
        return float(said.args[0])
    if isinstance(item, pytest.Function) and "played" in item.fixturenames:
        return 2.0
    return float(item.get_closest_marker("slow") is not None)
