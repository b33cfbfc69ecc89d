"""`ghostcrawl test`: format, lint, types, import rules, tests. What CI runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from crawler.errors import UsageError

__all__ = ["test"]

_CHECKS = (
    ("ruff", "format", "--check", "--quiet", "."),
    ("ruff", "check", "--quiet", "."),
    ("mypy",),
    ("lint-imports",),
)
_COLLECTING = ("pytest", "-qq", "--collect-only")
"""Leaves the compiled tests behind, which otherwise each process of pytest makes at the same time."""
_SLOW = ("-m", "not long", "--hypothesis-profile", "slow")
"""Fast and slow: what a commit must stand."""
_LONG = ("-m", "long", "--hypothesis-profile", "long")


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--slow", is_flag=True, help="Also chaos and hostile tests; what CI runs.")
@click.option("--long", is_flag=True, help="Only soak, long fuzzing and simulations.")
@click.option("--coverage", is_flag=True, help="Measure which lines and branches are run.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(pytest_arguments: tuple[str, ...], *, slow: bool, long: bool, coverage: bool) -> int:
    """Check the project; further arguments go to pytest. Needs a source checkout.

    The fast tier takes about six minutes on two cores, --slow half an hour, --long hours.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "tests").is_dir():
        msg = "tests are not installed; run ./ghostcrawl test in a checkout"
        raise UsageError(msg)
    if Path(sys.prefix) == root / ".venv" and (code := _set_up(root)):
        return code
    tier = _LONG if long else _SLOW if slow else ()
    measured = ["--cov", "--cov-report=term:skip-covered"] if coverage else []
    spread = [] if pytest_arguments else _spread(computing=slow or long)
    if not pytest_arguments and (code := _checked(root)):
        return code
    return _started(root, "pytest", "-q", *spread, *tier, *measured, *pytest_arguments).wait()


def _checked(root: Path) -> int:
    """Make all checks beside one another; return the exit code of the first that fails, or 0."""
    collecting = _started(root, *_COLLECTING, output=subprocess.DEVNULL)
    codes = [one.wait() for one in [_started(root, *words) for words in _CHECKS]]
    collecting.wait()  # what is wrong with a test is told when the tests are run
    return next(filter(None, codes), 0)


def _started(
    root: Path, tool: str, *words: str, output: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a tool that is installed beside this Python, and say so."""
    click.echo(f"$ {' '.join([tool, *words])}", err=True)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [str(Path(sys.executable).parent / tool), *words]
    return subprocess.Popen(command, cwd=root, env=environment, stdout=output)  # noqa: S603 - our own


def _spread(*, computing: bool) -> list[str]:
    """Return how tests are spread over processes; half of the fast ones wait for somebody else."""
    cores = len(os.sched_getaffinity(0))
    processes = cores + 1 if computing else 2 * cores
    return ["-n", str(processes), "--dist", "worksteal"]


def _set_up(root: Path) -> int:
    """Install the tools of the checks, where they are not there yet; return the exit code."""
    command = [str(root / "ghostcrawl"), "--set-up", "requirements-dev.lock"]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own script
