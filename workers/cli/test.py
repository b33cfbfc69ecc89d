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


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--slow", is_flag=True, help="Also chaos, soak and hostile tests.")
@click.option("--coverage", is_flag=True, help="Measure which lines and branches are run.")
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(pytest_arguments: tuple[str, ...], *, slow: bool, coverage: bool) -> int:
    """Check the project; further arguments go to pytest. Needs a source checkout.

    The fast tier takes less than five minutes on two cores; --slow about half an hour.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "tests").is_dir():
        msg = "tests are not installed; run ./ghostcrawl test in a checkout"
        raise UsageError(msg)
    if Path(sys.prefix) == root / ".venv" and (code := _set_up(root)):
        return code
    tools = Path(sys.executable).parent
    commands = [] if pytest_arguments else [[str(tools / tool), *words] for tool, *words in _CHECKS]
    marker = ["-m", "slow or not slow"] if slow else []
    measured = ["--cov", "--cov-report=term:skip-covered"] if coverage else []
    # A good part of the fast tests wait for somebody; the slow ones measure what may be used.
    processes = len(os.sched_getaffinity(0)) + (0 if slow else 1)
    spread = [] if pytest_arguments else ["-n", str(processes), "--dist", "loadfile"]
    commands.append(
        [sys.executable, "-P", "-m", "pytest", "-q", *spread, *marker, *measured, *pytest_arguments]
    )
    for command in commands:
        click.echo(f"$ {' '.join([Path(command[0]).name, *command[1:]])}", err=True)
        code = subprocess.run(command, cwd=root, check=False).returncode  # noqa: S603 - our own tools
        if code:
            return code
    return 0


def _set_up(root: Path) -> int:
    """Install the tools of the checks, where they are not there yet; return the exit code."""
    command = [str(root / "ghostcrawl"), "--set-up", "requirements-dev.lock"]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own script
