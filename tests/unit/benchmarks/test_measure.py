from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import Checkout, run


def test_a_child_is_measured_with_all_that_it_started(tmp_path: Path) -> None:
    inner = "x = bytearray(80_000_000)"
    outer = (
        f"import subprocess, sys; print('said'); subprocess.run([sys.executable, '-c', {inner!r}])"
    )

    cost = run([sys.executable, "-c", outer], cwd=tmp_path, env={}, log=tmp_path / "log")

    assert (cost.code, cost.out, cost.err) == (0, "said\n", "")
    assert cost.peak > 80_000_000


def test_the_memory_of_whoever_starts_a_child_is_not_counted(tmp_path: Path) -> None:
    ours = b"x" * 150_000_000

    cost = run([sys.executable, "-c", ""], cwd=tmp_path, env={}, log=tmp_path / "log")

    assert cost.peak < len(ours)


def test_the_exit_code_of_a_child_is_kept(tmp_path: Path) -> None:
    cost = run([sys.executable, "-c", "exit(3)"], cwd=tmp_path, env={}, log=tmp_path / "log")

    assert cost.code == 3


def test_what_an_orphan_used_is_counted(tmp_path: Path) -> None:
    inner = "import time\nwhile time.process_time() < 0.5: pass"
    outer = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {inner!r}])"

    cost = run([sys.executable, "-c", outer], cwd=tmp_path, env={}, log=tmp_path / "log")

    assert cost.cpu >= 0.5


def test_a_checkout_is_run_by_its_own_python(tmp_path: Path) -> None:
    python = tmp_path / "own/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_bytes(b"")

    assert Checkout(folder=tmp_path / "own", name="own").python == str(python)
    assert Checkout(folder=tmp_path, name="bare").python == sys.executable
