"""The command by which each tool takes a release out of its lock, or a package out of the project.

Tests run the updates with the real tools on a copy, where the release is the newest of its package and only
another package requires it. None of them installs what it takes out.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["WRITTEN_BY_A_COMMAND", "Update", "remove_command", "updates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """How one version of a tool, or one kind of project, moves a package to a release that is listed."""

    when: str = ""
    """Where it is the right one; empty where it always is."""
    commands: tuple[str, ...]
    """Run in turn, in the folder of the lock; `{}` stands for the package in the table below."""


_UPDATES: Mapping[str, tuple[Update, ...]] = {
    "uv": (Update(commands=("uv lock --upgrade-package {}",)),),
    "poetry": (Update(commands=("poetry update --lock {}",)),),
    "pdm": (Update(commands=("pdm update --no-sync {}",)),),
    "pipfile": (Update(commands=("pipenv upgrade --lock-only {}",)),),
    "npm": (
        Update(
            when="where package.json there names the package",
            commands=("npm install --package-lock-only {}",),
        ),
        Update(
            when="where it does not",
            commands=(
                "npm install --package-lock-only {}",
                "npm uninstall --package-lock-only {}",
            ),
        ),
    ),
    "yarn": (
        Update(when="Yarn 2 and later", commands=("yarn up -R --mode=update-lockfile {}",)),
        Update(when="Yarn 1, all packages", commands=("yarn upgrade --ignore-scripts",)),
    ),
    "pnpm": (
        Update(commands=("pnpm update --depth Infinity --lockfile-only {}",)),
        Update(
            when="in a workspace",
            commands=("pnpm update --recursive --depth Infinity --lockfile-only {}",),
        ),
    ),
    "bun": (Update(commands=("bun update --recursive --lockfile-only {}",)),),
    "bunb": (Update(commands=("bun update --recursive --lockfile-only {}",)),),
}
"""Format of a lock -> what works for it. `npm update` leaves a release that is newer than all listed ones, `yarn
upgrade NAME` of Yarn 1 what only another package requires, pnpm 9 with `--recursive` the same outside a workspace."""
WRITTEN_BY_A_COMMAND = frozenset({"requirements", "pylock"})
"""Formats whose tools write their own command into the first lines: pip-compile, uv pip compile."""
_REMOVE: Mapping[str, str] = {
    "uv": "uv remove {}",
    "poetry": "poetry remove {}",
    "pdm": "pdm remove {}",
    "pipfile": "pipenv uninstall {}",
    "npm": "npm uninstall {}",
    "yarn": "yarn remove {}",
    "pnpm": "pnpm remove {}",
    "bun": "bun remove {}",
    "bunb": "bun remove {}",
}
_SCRIPT_LOCK = ".py.lock"


def updates(format_id: str, path: str, name: str) -> tuple[Update, ...]:
    """Return what moves `name` to another release in the lock at `path`; nothing where none is known.

    A name that begins as options do gets no command: quoting does not keep a tool from taking it for one.
    """
    if name.startswith("-"):
        return ()
    script = _script_of(format_id, path)
    quoted = shlex.quote(name)
    if script is not None:
        command = f"uv lock --script {shlex.quote(script)} --upgrade-package {quoted}"
        return (Update(commands=(command,)),)
    return tuple(
        Update(when=one.when, commands=tuple(command.format(quoted) for command in one.commands))
        for one in _UPDATES.get(format_id, ())
    )


def remove_command(format_id: str, path: str, name: str) -> str | None:
    """Return what takes the requirement of `name` out of the project; None where no command is known."""
    if name.startswith("-"):
        return None
    script = _script_of(format_id, path)
    if script is not None:
        return f"uv remove --script {shlex.quote(script)} {shlex.quote(name)}"
    command = _REMOVE.get(format_id)
    return None if command is None else command.format(shlex.quote(name))


def _script_of(format_id: str, path: str) -> str | None:
    name = path.rpartition("/")[2]
    is_script = format_id == "uv" and name.endswith(_SCRIPT_LOCK)
    script = name.removesuffix(".lock")
    return (f"./{script}" if script.startswith("-") else script) if is_script else None
