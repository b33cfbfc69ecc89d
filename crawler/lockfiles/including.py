"""Which files of a repository another one includes, whatever they are called.

Requirements files by `-r` and `-c`, as pip follows them; manifests by what their tools have in place of it; settings by
the name that they give a lock; scripts, images and CI files by the commands in them, which run in their own folder or
at the root.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crawler.lockfiles.commands import command_kind, requirements_of_commands
from crawler.lockfiles.pip_runs import resolved
from crawler.lockfiles.registry import GUESSED, UNNAMED, parse, reading_of
from crawler.model import ParseResult

__all__ = ["Included", "included_by", "may_include"]

_LOCK_OF = {"deno-json": "deno.lock", "yarnrc-yml": "yarn.lock"}
"""What others name a lock, by the reading of the file that names it."""
_INCLUDING = frozenset(
    {
        GUESSED,
        UNNAMED,
        "conda-environment",
        "hatch-manifest",
        "noxfile",
        "pip-conf",
        "pyproject",
        "readthedocs",
        "requirements",
        "requirements-input",
        "setup-cfg",
        "setup-py",
        "tox-manifest",
        *_LOCK_OF,
    }
)
"""Readings of files that include others."""
_REQUIREMENTS = "requirements.txt"
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """A file that another one includes."""

    path: str
    """In the repository."""
    read_as: str
    """The name of a file that is read as this one is."""


def may_include(path: str) -> bool:
    """Say by its name alone whether the file at `path` may include others."""
    return reading_of(path) in _INCLUDING or command_kind(path) is not None


def included_by(
    path: str,
    data: bytes,
    read_as: str = "",
    reading: Callable[[str, bytes], ParseResult] = parse,
) -> tuple[Included, ...]:
    """Return what the file at `path` includes, at most 1,000 files, in their order.

    `read_as` is that of a file which is itself included, `reading` what parses, and may be one that is guarded. What lies outside of the repository, or on another
    machine, is none of them.
    """
    stated = (one.at for one in reading(read_as or path, data).skipped if one.at is not None)
    inside = [there for one in stated if (there := resolved(path, one)) is not None]
    if not read_as and command_kind(path) is not None:
        ways = requirements_of_commands(data)
        inside += [there for at in (path, "") for one in ways if (there := resolved(at, one))]
    paths = tuple(dict.fromkeys(inside))[:_MOST]
    name = _LOCK_OF.get(reading_of(path), _REQUIREMENTS)
    return tuple(Included(path=one, read_as=name) for one in paths)
