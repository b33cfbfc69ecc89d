"""What a visit leaves behind is told from what is only ending."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import os, signal, subprocess
from tests.hostile.git_measuring import _orphans

sleepers = [subprocess.Popen(["sleep", "600"]) for _ in range(2)]
{act}
print(_orphans())
"""


def _left(act: str) -> str:
    """Return what is said to be left of two children of a process of their own, after `act`."""
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(act=act)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return ended.stdout.strip()


def test_processes_that_live_are_left() -> None:
    assert _left("") == "('sleep 600 ', 'sleep 600 ')"


def test_processes_that_were_killed_are_not_left_however_far_their_end_has_come() -> None:
    assert _left("for one in sleepers: one.kill()") == "()"


def test_a_process_that_lives_is_left_although_another_one_is_ending() -> None:
    assert _left("sleepers[0].kill()") == "('sleep 600 ',)"


def test_a_process_that_was_only_asked_to_end_is_left() -> None:
    act = """
from pathlib import Path
deaf = subprocess.Popen(["sh", "-c", "trap '' TERM; exec sleep 601"])
while not Path(f"/proc/{deaf.pid}/cmdline").read_bytes().startswith(b"sleep"): pass
deaf.terminate()
for one in sleepers: one.kill()
"""
    assert _left(act) == "('sleep 601 ',)"
