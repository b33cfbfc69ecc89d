"""Print what every hostile remote comes to. Run as `python -m tests.hostile.git_table [PART OF AN ID]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.hostile.git_corpus import MODES, Visited, firing_range, ways
from tests.hostile.git_modes import Mode

__all__ = ["main"]


def main(part: str = "") -> None:
    """Visit all remotes with `part` in their id."""
    head = f"{'mode':38} {'way':8} {'verdict':16} {'s':>5} {'CPU s':>5} {'MiB':>4} {'git':>4} {'disk':>5}"
    print(head)  # noqa: T201 - what it is for
    with tempfile.TemporaryDirectory() as folder, firing_range(Path(folder)) as shooting:
        for mode in MODES:
            for way in ways(mode) if part in mode.id else ():
                visited = shooting.visit(mode, way)
                faults = "; ".join(visited.faults(shooting.trap))
                print(_row(mode, way, visited), faults, flush=True)  # noqa: T201


def _row(mode: Mode, way: str, visited: Visited) -> str:
    seen = visited.seen
    return (
        f"{mode.id:38} {way:8} {seen.verdict:16} {seen.seconds:5.1f} {seen.cpu_seconds:5.1f}"
        f" {seen.own_mib:4.0f} {seen.child_mib:4.0f} {seen.disk_mib:5.1f}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
