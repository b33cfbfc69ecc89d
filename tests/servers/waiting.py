"""Waiting for what must come, however busy the machine is: only what never comes fails."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable

__all__ = ["PATIENCE", "eventually"]

PATIENCE = 100.0
"""Seconds. A test that needs a shorter wait than this to fail is a test of the machine."""


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Return the seconds until `condition`; AssertionError where it does not come."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, (
            f"waited {seconds:.0f} s in vain: {_named(condition)}"
        )
        time.sleep(0.02)
    return time.monotonic() - began


def _named(condition: Callable[[], object]) -> str:
    """Return the source of a condition: what a test waited for."""
    return (
        inspect.getsource(condition).strip() if inspect.isfunction(condition) else repr(condition)
    )
