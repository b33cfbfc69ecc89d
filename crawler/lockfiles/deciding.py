"""Which locks decide what is installed of a manifest: those of the same tools, in its folder or above it."""

from __future__ import annotations

__all__ = ["decides"]

_OF_PYTHON = frozenset({"uv", "pylock", "poetry", "pdm", "requirements", "pixi", "pex"})
_OF_JAVASCRIPT = frozenset({"npm", "yarn", "pnpm", "bun", "bunb", "deno"})
_LOCKS_OF = {
    "pyproject": _OF_PYTHON,
    "requirements-input": frozenset({"requirements", "pylock"}),
    "pipfile-manifest": frozenset({"pipfile"}),
    "pixi-manifest": frozenset({"pixi"}),
    "setup-cfg": _OF_PYTHON,
    "setup-py": _OF_PYTHON,
    "conda-environment": frozenset({"condalock", "conda-explicit", "pixi"}),
    "package-json": _OF_JAVASCRIPT,
    "package-yaml": frozenset({"pnpm"}),
    "pnpm-workspace": frozenset({"pnpm"}),
    "yarnrc-yml": frozenset({"yarn"}),
    "deno-json": frozenset({"deno"}),
}
"""By the format of a manifest; what no lock speaks for (hooks of pre-commit, environments of hatch) has none."""


def decides(lock: tuple[str, str], manifest: tuple[str, str]) -> bool:
    """Say whether the first file decides what is installed of the second; each is a path and a format.

    A workspace has one lock, above the manifests of its members.
    """
    (lock_path, lock_format), (path, manifest_format) = lock, manifest
    if lock_format not in _LOCKS_OF.get(manifest_format, ()):
        return False
    around = lock_path.rpartition("/")[0]
    return not around or path.startswith(f"{around}/")
