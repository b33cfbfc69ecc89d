"""Where tools keep what they install in `pyproject.toml` and in manifests of their own.

Source: uv, "Settings" and "Managing dependencies"; poetry, "The pyproject.toml file"; pdm, "Manage dependencies"
and "Configure the project"; hatch, "Environment configuration" and "Build configuration"; rye, "pyproject.toml";
flit, "pyproject.toml"; pixi, "Manifest".
"""

from __future__ import annotations

from crawler.lockfiles.documents.positions import ANY, STRINGS, Wanted
from crawler.lockfiles.python.manifests import BARE, LINKS, NAMED

__all__ = ["HATCH", "PIXI", "TOOLS", "UV"]

UV: Wanted = {
    "sources": {ANY: NAMED},
    "dev-dependencies": STRINGS,
    "override-dependencies": STRINGS,
    "constraint-dependencies": STRINGS,
    "build-constraint-dependencies": STRINGS,
    "extra-build-dependencies": {ANY: STRINGS},
    "find-links": LINKS,
    "pip": {"find-links": LINKS, "extra-build-dependencies": {ANY: STRINGS}},
}
_POETRY: Wanted = {ANY: BARE}
_HATCH_ENVIRONMENT: Wanted = {"dependencies": STRINGS, "extra-dependencies": STRINGS}
_HATCH_HOOKS: Wanted = {ANY: {"dependencies": STRINGS}}
_HATCH_BUILD: Wanted = {
    "dependencies": STRINGS,
    "hooks": _HATCH_HOOKS,
    "targets": {ANY: {"dependencies": STRINGS, "hooks": _HATCH_HOOKS}},
}
HATCH: Wanted = {
    "envs": {ANY: _HATCH_ENVIRONMENT},
    "env": {"requires": STRINGS},
    "build": _HATCH_BUILD,
}
_PIXI_PART: Wanted = {"pypi-dependencies": {ANY: NAMED}, "pypi-options": {"find-links": LINKS}}
_PIXI_TARGETS: Wanted = {**_PIXI_PART, "target": {ANY: _PIXI_PART}}
PIXI: Wanted = {**_PIXI_TARGETS, "feature": {ANY: _PIXI_TARGETS}}
TOOLS: Wanted = {
    "uv": UV,
    "poetry": {
        "dependencies": _POETRY,
        "dev-dependencies": _POETRY,
        "group": {ANY: {"dependencies": _POETRY}},
        "requires-plugins": _POETRY,
    },
    "pdm": {
        "dev-dependencies": {ANY: STRINGS},
        "resolution": {"overrides": {ANY: BARE}},
    },
    "hatch": HATCH,
    "rye": {"dev-dependencies": STRINGS},
    "flit": {"metadata": {"requires": STRINGS, "requires-extra": {ANY: STRINGS}}},
    "pixi": PIXI,
}
"""Below `tool` of a `pyproject.toml`."""
