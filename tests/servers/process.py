"""Whether a process, which need not be a child of the tests, is there."""

from __future__ import annotations

import re
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.servers.waiting import PATIENCE

__all__ = ["descendants", "ends", "is_alive", "is_dying"]

_PF_EXITING = 0x4
"""In the flags of proc(5): the process is on its way out, and what it held is gone."""
_KILLED = 1 << (signal.SIGKILL - 1)


def is_alive(pid: int) -> bool:
    """Say whether `pid` runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_dying(pid: int) -> bool:
    """Say whether `pid` is gone, a zombie, or cannot escape its end any more.

    A process that was killed is there for a moment: with SIGKILL pending, then exiting, with an empty
    command line, then as a zombie.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    pending = re.findall(r"^S(?:ig|hd)Pnd:\s+([0-9a-f]+)$", status, re.MULTILINE)
    killed = any(int(mask, 16) & _KILLED for mask in pending)
    return state in {"Z", "X"} or bool(int(fields[5]) & _PF_EXITING) or killed


def ends(pid: int, seconds: float = PATIENCE) -> bool:
    """Say whether `pid` ends within `seconds`."""
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


def descendants(pid: int) -> dict[int, str]:
    """Return the children of `pid`, their children and so on: process id -> command line."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents.setdefault(int(parent), []).append(int(stat.parent.name))
    found, left = dict[int, str](), [pid]
    while left:
        below = parents.get(left.pop(), [])
        left += below
        found |= {child: _command(child) for child in below}
    return found


def _command(pid: int) -> str:
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except (FileNotFoundError, ProcessLookupError):
        return ""
