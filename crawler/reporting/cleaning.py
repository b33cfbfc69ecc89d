"""The command by which each tool takes a release out of its lock, or a package out of the project.

Source: the manual of each tool; tests run uv's on a copy. A tool that is not listed locks anew in a way of
its own.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

__all__ = ["remove_command", "update_commands"]

_UPDATE: Mapping[str, tuple[str, ...]] = {
    "uv": ("uv lock --upgrade-package {}",),
    "poetry": ("poetry update {}",),
    "pdm": ("pdm update {}",),
    "pipfile": ("pipenv update {}",),
    "npm": ("npm update {}",),
    "yarn": ("yarn up {}", "yarn upgrade {}"),
    "pnpm": ("pnpm update {}",),
    "bun": ("bun update {}",),
    "bunb": ("bun update {}",),
}
"""Format of a lock -> what moves one package to a release that the index lists."""
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


def update_commands(format_id: str, path: str, name: str) -> tuple[str, ...]:
    """Return what moves `name` to another release in the lock at `path`; nothing where none is known.

    They are run in the folder of the lock; where there are several, the versions of the tool differ.
    """
    script = _script_of(format_id, path)
    if script is not None:
        return (f"uv lock --script {shlex.quote(script)} --upgrade-package {shlex.quote(name)}",)
    return tuple(command.format(shlex.quote(name)) for command in _UPDATE.get(format_id, ()))


def remove_command(format_id: str, path: str, name: str) -> str | None:
    """Return what takes the requirement of `name` out of the project; None where no command is known."""
    script = _script_of(format_id, path)
    if script is not None:
        return f"uv remove --script {shlex.quote(script)} {shlex.quote(name)}"
    command = _REMOVE.get(format_id)
    return None if command is None else command.format(shlex.quote(name))


def _script_of(format_id: str, path: str) -> str | None:
    name = path.rpartition("/")[2]
    is_script = format_id == "uv" and name.endswith(_SCRIPT_LOCK)
    return name.removesuffix(".lock") if is_script else None
