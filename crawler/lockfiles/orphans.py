"""Entries that nothing requires: no resolver writes one, and whoever edits a lock by hand may.

An entry is required where a way leads to it from the project: its dependencies, groups, extras and overrides,
and what those require. An entry that only unrequired entries require is not required either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.errors import GiveUp
from crawler.lockfiles.javascript.npm_requiring import requirements_of_npm
from crawler.lockfiles.python.poetry_requiring import requirements_of_poetry
from crawler.lockfiles.python.uv_requiring import requirements_of_uv
from crawler.lockfiles.registry import reading_of

if TYPE_CHECKING:
    from crawler.lockfiles.requiring import Release, Requirements

__all__ = ["manifest_beside", "orphans"]

_MANIFESTS = {"poetry": "pyproject.toml"}
"""By the reading of locks whose roots stand elsewhere."""


def manifest_beside(path: str) -> str | None:
    """Return the path of the manifest that `orphans` needs of the lock at `path`; None where it needs none."""
    name = _MANIFESTS.get(reading_of(path))
    return None if name is None else f"{path[: len(path) - len(path.rpartition('/')[2])]}{name}"


def orphans(path: str, data: bytes, manifest: bytes | None = None) -> frozenset[Release] | None:
    """Return the releases that the lock `data` at `path` has, and that nothing requires; never raises.

    `manifest` is what lies at `manifest_beside`. None where that cannot be told: of other formats, of locks that
    state no roots, and of those that are no proper documents.
    """
    try:
        known = _requirements(reading_of(path), data, manifest)
        return None if known is None else known.orphans()
    except GiveUp:
        return None


def _requirements(
    reading: str, data: bytes, manifest: bytes | None
) -> Requirements[Any, Any] | None:
    match reading:
        case "uv":
            return requirements_of_uv(data)
        case "npm":
            return requirements_of_npm(data)
        case "poetry" if manifest is not None:
            return requirements_of_poetry(data, manifest)
        case _:
            return None
