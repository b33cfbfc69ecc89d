"""A real tool at work: a project in an empty home, with nothing but the loopback registries in reach."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.servers.npm_registry import NpmPackage
from tests.servers.registries import INDEX_URL, Registries, Served

__all__ = [
    "FOLDER",
    "NEEDS_TOOLS",
    "Case",
    "Project",
    "Stated",
    "environment",
    "npm_pin",
    "python_pin",
]

FOLDER = os.environ.get("GHOSTCRAWL_TEST_TOOLS", "")
"""Where the real tools are; empty where there are none."""
NEEDS_TOOLS = pytest.mark.skipif(
    not FOLDER,
    reason="GHOSTCRAWL_TEST_TOOLS names no folder; fill one with `.ci/tools FOLDER`",
)
_SECONDS = 100.0
_TRUSTED = "index.example files.index.example"
_SETTINGS = {
    "LANG": "C.UTF-8",
    "NPM_CONFIG_FETCH_RETRIES": "0",
    "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    "PDM_CHECK_UPDATE": "0",
    "PIPENV_IGNORE_VIRTUALENVS": "1",
    "PIPENV_VENV_IN_PROJECT": "1",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_INDEX_URL": INDEX_URL,
    "PIP_RETRIES": "0",
    "PIP_TRUSTED_HOST": _TRUSTED,
    "PNPM_CONFIG_FETCH_RETRIES": "0",
    "POETRY_VIRTUALENVS_IN_PROJECT": "true",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    "UV_DEFAULT_INDEX": INDEX_URL,
    "UV_HTTP_RETRIES": "0",
    "UV_NO_CONFIG": "1",
    "UV_PYTHON": sys.executable,
    "UV_PYTHON_DOWNLOADS": "never",
    "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
}
"""No setting of a tool says what a lock contains; they only keep the machine out."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stated:
    """What a lock states of one artifact, as `ghostcrawl pins` has to show it."""

    name: str
    version: str | None
    url: str | None = None
    filename: str | None = None
    hashes: tuple[str, ...] = ()
    """`algorithm:hex`, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One tool, used in one way."""

    name: str
    """What the test report calls it."""
    files: Mapping[str, str]
    """The project before it is locked. WHEEL and NPM stand for URLs of the registries."""
    lock: tuple[tuple[str, ...], ...]
    """The commands that lock it; the first word of the first is the tool."""
    path: str
    """Of the lock."""
    source: tuple[str, ...]
    """How the source of a pin begins, as `ghostcrawl pins` writes it: one of these."""
    pins: Callable[[Registries], tuple[Stated, ...]]
    install: tuple[str, ...] = ()
    """The command that installs from the lock; empty where this is not tried."""
    installed: str = ""
    """What then is there of `zz-ghost-lib`: a pattern for `Path.glob`."""
    ghost: bool = True
    """Whether that goes on working after `zz-ghost-lib` is removed."""
    asks: bool = False
    """Whether a ghost asks the index all the same, and goes on without its answer."""

    @property
    def tool(self) -> str:
        return self.lock[0][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The folder in which a tool works; `home` beside it was empty at first."""

    folder: Path
    case: Case
    registries: Registries
    tools: Path
    """The folder with one command for each tool."""

    @classmethod
    def made(cls, folder: Path, case: Case, registries: Registries, tools: Path) -> Project:
        """Write the project of `case`, not locked yet."""
        project = cls(folder=folder, case=case, registries=registries, tools=tools)
        (folder / "home").mkdir(parents=True)
        wheel = registries.wheel("zz-ghost-lib", "1.0.0").url
        for path, text in case.files.items():
            filled = text.replace("WHEEL", wheel).replace("NPM", registries.npm_url)
            (folder / path).write_text(filled, "utf-8")
        return project

    @property
    def lock(self) -> Path:
        return self.folder / self.case.path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command of a tool in the folder."""
        return subprocess.run(
            words,
            cwd=self.folder,
            env=environment(self.folder / "home", self.tools, self.registries.proxies),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )

    def cloned(self, folder: Path) -> Project:
        """Return the project as a stranger gets it: its files and its lock, no cache."""
        clone = replace(self, folder=folder)
        (folder / "home").mkdir(parents=True)
        for path in (*self.case.files, self.case.path):
            (folder / path).write_bytes((self.folder / path).read_bytes())
        return clone


def environment(home: Path, tools: Path, proxies: Mapping[str, str]) -> Mapping[str, str]:
    """Return what a tool of the folder `tools` inherits: an empty `home`, and nothing of this machine's settings."""
    places = (str(tools), str(Path(sys.executable).parent), os.environ["PATH"])
    return {"HOME": str(home), "PATH": os.pathsep.join(places), **_SETTINGS, **proxies}


def python_pin(file: Served, name: str, version: str, *, url: bool) -> Stated:
    """Return the pin of a file of the Python index; `url` says whether the lock stores its URL."""
    return Stated(
        name=name,
        version=version,
        url=file.url if url else None,
        filename=file.filename,
        hashes=(f"sha256:{file.sha256}",),
    )


def npm_pin(package: NpmPackage, base: str | None, *, sha1: bool = False) -> Stated:
    """Return the pin of an npm package; `base` begins its URL where the lock stores one.

    With `sha1` the URL carries the SHA-1 of the tarball, as yarn 1 writes it.
    """
    fragment = f"#{package.sha1}" if sha1 else ""
    hashes = (f"sha512:{package.sha512}",)
    return Stated(
        name=package.name,
        version=package.version,
        url=None if base is None else f"{base}{package.path}{fragment}",
        filename=None if base is None else package.filename,
        hashes=(f"sha1:{package.sha1}", *hashes) if sha1 else hashes,
    )
