"""Whether a process, which need not be a child of the tests, is there."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["ends", "is_alive"]


def is_alive(pid: int) -> bool:
    """Say whether `pid` runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ends(pid: int, seconds: float) -> bool:
    """Say whether `pid` ends within `seconds`."""
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)
