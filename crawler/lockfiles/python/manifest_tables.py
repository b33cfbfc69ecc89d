"""Where tools keep what they install in `pyproject.toml` and in manifests of their own.

Source: uv, "Settings" and "Managing dependencies"; poetry, "The pyproject.toml file"; pdm, "Manage dependencies"
and "Configure the project"; hatch, "Environment configuration", "Build configuration" and "Advanced environment
configuration" (overrides); rye, "pyproject.toml"; flit, "pyproject.toml"; pixi, "Manifest"; setuptools, "Dynamic
Metadata"; hatch-requirements-txt, README; tox, "Configuration" (TOML); cibuildwheel, "Options"; briefcase,
"Project configuration options"; scikit-build-core, "Configuration"; conda-lock, "Source files".
"""

from __future__ import annotations

from crawler.lockfiles.documents.positions import ANY, STRINGS, Wanted
from crawler.lockfiles.python.manifests import BARE, FILES, LINKS, NAMED, TEXT, WORDS

__all__ = ["HATCH", "PIXI", "TOOLS", "TOX", "UV"]

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
_HATCH_LISTS: Wanted = {
    "dependencies": STRINGS,
    "extra-dependencies": STRINGS,
    "set-dependencies": STRINGS,
    "set-extra-dependencies": STRINGS,
}
_HATCH_ENVIRONMENT: Wanted = {**_HATCH_LISTS, "overrides": {ANY: {ANY: _HATCH_LISTS}}}
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
    "metadata": {
        "hooks": {
            "requirements_txt": {
                "files": FILES,
                "filename": FILES,
                "optional-dependencies": {ANY: FILES},
            }
        }
    },
}
_PIXI_OPTIONS: Wanted = {"find-links": LINKS, "dependency-overrides": {ANY: NAMED}}
_PIXI_PART: Wanted = {"pypi-dependencies": {ANY: NAMED}, "pypi-options": _PIXI_OPTIONS}
_PIXI_TARGETS: Wanted = {**_PIXI_PART, "target": {ANY: _PIXI_PART}}
PIXI: Wanted = {**_PIXI_TARGETS, "feature": {ANY: _PIXI_TARGETS}}
_DYNAMIC: Wanted = {"file": FILES}
_TOX_LISTS: Wanted = {"deps": STRINGS, "requires": STRINGS, "constraints": STRINGS}
TOX: Wanted = {
    "requires": STRINGS,
    "env_run_base": _TOX_LISTS,
    "env_pkg_base": _TOX_LISTS,
    "env_base": {ANY: _TOX_LISTS},
    "env": {ANY: _TOX_LISTS},
}
_WHEELS_PART: Wanted = {"test-requires": WORDS}
_WHEELS: Wanted = {
    **_WHEELS_PART,
    **dict.fromkeys(("linux", "macos", "windows", "pyodide", "android", "ios"), _WHEELS_PART),
    "overrides": _WHEELS_PART,
}
_APP_PART: Wanted = {"requires": STRINGS, "test_requires": STRINGS}
_APP_PLATFORM: Wanted = {**_APP_PART, ANY: _APP_PART}
_APP: Wanted = {
    **_APP_PART,
    **dict.fromkeys(("macOS", "windows", "linux", "iOS", "android", "web"), _APP_PLATFORM),
}
TOOLS: Wanted = {
    "uv": UV,
    "poetry": {
        "dependencies": _POETRY,
        "dev-dependencies": _POETRY,
        "group": {ANY: {"dependencies": _POETRY}},
        "requires-plugins": _POETRY,
        "build-constraints": {ANY: _POETRY},
    },
    "pdm": {
        "dev-dependencies": {ANY: STRINGS},
        "resolution": {"overrides": {ANY: BARE}},
    },
    "hatch": HATCH,
    "rye": {"dev-dependencies": STRINGS},
    "flit": {
        "metadata": {
            "requires": STRINGS,
            "dev-requires": STRINGS,
            "requires-extra": {ANY: STRINGS},
        }
    },
    "pixi": PIXI,
    "setuptools": {"dynamic": {"dependencies": _DYNAMIC, "optional-dependencies": {ANY: _DYNAMIC}}},
    "tox": {**TOX, "legacy_tox_ini": TEXT},
    "cibuildwheel": _WHEELS,
    "briefcase": {**_APP, "app": {ANY: _APP}},
    "scikit-build": {"build": {"requires": STRINGS}},
}
"""Below `tool` of a `pyproject.toml`."""
