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
    tools = Path(sys.executable).parent
    commands = [] if pytest_arguments else [[str(tools / tool), *words] for tool, *words in _CHECKS]
    tier = _LONG if long else _SLOW if slow else ()
    measured = ["--cov", "--cov-report=term:skip-covered"] if coverage else []
    spread = [] if pytest_arguments else _spread(computing=slow or long)
    commands.append(
        [sys.executable, "-P", "-m", "pytest", "-q", *spread, *tier, *measured, *pytest_arguments]
    )
    for command in commands:
        click.echo(f"$ {' '.join([Path(command[0]).name, *command[1:]])}", err=True)
        code = subprocess.run(command, cwd=root, check=False).returncode  # noqa: S603 - our own tools
        if code:
            return code
    return 0


def _spread(*, computing: bool) -> list[str]:
    """Return how tests are spread over processes; half of the fast ones wait for somebody else."""
    cores = len(os.sched_getaffinity(0))
    processes = cores + 1 if computing else 2 * cores
    return ["-n", str(processes), "--dist", "worksteal"]


def _set_up(root: Path) -> int:
    """Install the tools of the checks, where they are not there yet; return the exit code."""
    command = [str(root / "ghostcrawl"), "--set-up", "requirements-dev.lock"]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own script
