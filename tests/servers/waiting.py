"""Waiting for what must come, however busy the machine is: only what never comes fails."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["PATIENCE", "eventually"]

PATIENCE = 100.0
"""Seconds. A test that needs a shorter wait than this to fail is a test of the machine."""


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Return the seconds until `condition`; AssertionError where it does not come."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() < began + seconds, "it did not come in time"
        time.sleep(0.02)
    return time.monotonic() - began
