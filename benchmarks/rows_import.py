"""The import of real rows: how long, how much memory, and whether it can be repeated."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from workers.ledger.ledger import Ledger
from workers.ledger.tables import metadata

__all__ = ["measure"]

_MOST_SECONDS = 60
_MOST_MEGABYTES = 300
_COUNTED = ("assertion", "record", "verdict", "verdict_digest", "work")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run of `ghostcrawl seed`, as a process of its own."""

    seconds: float
    code: int
    rows: dict[str, int]


def measure(folder: Path) -> int:
    """Seed from all `*.jsonl.gz` of `folder` three times; 1 where a limit is missed."""
    files = sorted(folder.glob("*.jsonl.gz"))
    if not files:
        print(f"no *.jsonl.gz in {folder}: nothing was measured")  # noqa: T201 - a program's output
        return 1
    with tempfile.TemporaryDirectory(prefix="gh-") as state:
        runs = [_seeded(Path(state), files) for _ in range(3)]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    same = all(run.rows == runs[0].rows for run in runs)
    fine = runs[0].seconds <= _MOST_SECONDS and peak <= _MOST_MEGABYTES and same
    fine = fine and not any(run.code for run in runs)
    seconds = ", ".join(f"{run.seconds:.1f}" for run in runs)
    print(  # noqa: T201 - a program's output
        f"import of {len(files)} files: {seconds} s (limit {_MOST_SECONDS} s for the first), "
        f"peak {peak:.0f} MB (limit {_MOST_MEGABYTES}), rows {runs[0].rows}, "
        f"{'the same' if same else 'OTHERS'} after each: {'met' if fine else 'MISSED'}"
    )
    return int(not fine)


def _seeded(state: Path, files: list[Path]) -> Ran:
    words = ",".join(f"file:{file}" for file in files)
    command = [sys.executable, "-P", "-m", "workers.cli.main", "--state-dir", str(state), "-q"]
    begun = time.perf_counter()
    ran = subprocess.run([*command, "seed", "--from", words], check=False)  # noqa: S603 - our own program
    seconds = time.perf_counter() - begun
    return Ran(seconds=seconds, code=ran.returncode, rows=_rows(state))


def _rows(state: Path) -> dict[str, int]:
    ledger = Ledger.open(f"sqlite:///{state / 'ledger.sqlite'}")
    with ledger.read() as conn:
        counted = {
            name: conn.scalar(select(func.count()).select_from(metadata.tables[name])) or 0
            for name in _COUNTED
        }
    ledger.close()
    return counted
