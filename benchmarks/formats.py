"""One generator per lock format, in the words of the tool that writes it; hosts are reserved names.

Each takes a project and its packages and returns the text of its lock. `generate` decides which packages a
lock has; here is only how they are written. Formats that no benchmark asks for are not here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Artifact",
    "Package",
    "npm",
    "pdm",
    "pipfile",
    "pixi",
    "poetry",
    "pylock",
    "requirements",
    "uv",
]

_INDEX = "https://index.example/simple"
_FILES = "https://files.index.example"
_NPM = "https://registry.npm.example"
_TIME = "2026-01-28T10:17:05.322Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that does not exist."""

    filename: str
    blake2b_256: str
    sha256: str
    sha512: bytes
    size: int

    @property
    def url(self) -> str:
        """Where an index would serve it."""
        b = self.blake2b_256
        return f"{_FILES}/packages/{b[:2]}/{b[2:4]}/{b[4:]}/{self.filename}"

    @property
    def integrity(self) -> str:
        """As npm writes it (W3C SRI)."""
        return f"sha512-{base64.b64encode(self.sha512).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A release that does not exist; its first artifact is the source distribution."""

    name: str
    version: str
    artifacts: tuple[Artifact, ...]
    requires: tuple[str, ...]

    @property
    def tarball(self) -> str:
        """Where a registry of npm would serve it."""
        return f"{_NPM}/{self.name}/-/{self.name}-{self.version}.tgz"


def uv(project: str, packages: Sequence[Package]) -> str:
    """Return a uv.lock that `uv export --frozen` accepts."""
    needed = "".join(f'    {{ name = "{package.name}" }},\n' for package in packages)
    root = f'[[package]]\nname = "{project}"\nversion = "0.1.0"\nsource = {{ virtual = "." }}\n'
    head = 'version = 1\nrevision = 3\nrequires-python = ">=3.9"\n\n'
    blocks = "\n".join(map(_uv_block, packages))
    return f"{head}{blocks}\n{root}dependencies = [\n{needed}]\n"


def _uv_block(package: Package) -> str:
    sdist, *wheels = (
        f'{{ url = "{a.url}", hash = "sha256:{a.sha256}", size = {a.size}, upload-time = "{_TIME}" }}'
        for a in package.artifacts
    )
    listed = "".join(f"    {wheel},\n" for wheel in wheels)
    return (
        f'[[package]]\nname = "{package.name}"\nversion = "{package.version}"\n'
        f'source = {{ registry = "{_INDEX}" }}\nsdist = {sdist}\nwheels = [\n{listed}]\n'
    )


def pylock(_project: str, packages: Sequence[Package]) -> str:
    """Return a pylock.toml (PEP 751) as uv exports it."""
    head = 'lock-version = "1.0"\ncreated-by = "uv"\nrequires-python = ">=3.9"\n\n'
    return head + "\n".join(map(_pylock_block, packages))


def _pylock_block(package: Package) -> str:
    sdist, *wheels = (
        f'{{ url = "{a.url}", upload-time = {_TIME}, size = {a.size}, '
        f'hashes = {{ sha256 = "{a.sha256}" }} }}'
        for a in package.artifacts
    )
    listed = "".join(f"    {wheel},\n" for wheel in wheels)
    return (
        f'[[packages]]\nname = "{package.name}"\nversion = "{package.version}"\n'
        f'index = "{_INDEX}"\nsdist = {sdist}\nwheels = [\n{listed}]\n'
    )


def poetry(_project: str, packages: Sequence[Package]) -> str:
    """Return a poetry.lock 2.1."""
    blocks = "\n".join(
        f'[[package]]\nname = "{p.name}"\nversion = "{p.version}"\ndescription = "{" ".join(p.requires)}"\n'
        f'optional = false\npython-versions = ">=3.9"\ngroups = ["main"]\n{_files(p)}'
        for p in packages
    )
    tail = f'[metadata]\nlock-version = "2.1"\npython-versions = ">=3.9"\ncontent-hash = "{"0" * 64}"\n'
    return f"{blocks}\n{tail}"


def pdm(_project: str, packages: Sequence[Package]) -> str:
    """Return a pdm.lock 4.5."""
    head = '[metadata]\ngroups = ["default"]\nstrategy = ["inherit_metadata"]\nlock_version = "4.5.0"\n\n'
    return head + "\n".join(
        f'[[package]]\nname = "{p.name}"\nversion = "{p.version}"\nrequires_python = ">=3.9"\n'
        f'summary = "{" ".join(p.requires)}"\ngroups = ["default"]\n{_files(p)}'
        for p in packages
    )


def _files(package: Package) -> str:
    listed = "".join(
        f'    {{file = "{a.filename}", hash = "sha256:{a.sha256}"}},\n' for a in package.artifacts
    )
    return f"files = [\n{listed}]\n"


def npm(project: str, packages: Sequence[Package]) -> str:
    """Return a package-lock.json 3."""
    root = {
        "name": project,
        "version": "0.1.0",
        "dependencies": {p.name: p.version for p in packages},
    }
    entries = {
        f"node_modules/{p.name}": {
            "version": p.version,
            "resolved": p.tarball,
            "integrity": p.artifacts[0].integrity,
            "license": "MIT",
            "dependencies": dict.fromkeys(p.requires, "^1.0.0"),
            "engines": {"node": ">=18"},
        }
        for p in packages
    }
    lock = {"name": project, "version": "0.1.0", "lockfileVersion": 3, "requires": True}
    return json.dumps({**lock, "packages": {"": root, **entries}}, indent=2) + "\n"


def pipfile(_project: str, packages: Sequence[Package]) -> str:
    """Return a Pipfile.lock 6."""
    meta = {
        "hash": {"sha256": "0" * 64},
        "pipfile-spec": 6,
        "sources": [{"name": "pypi", "url": _INDEX, "verify_ssl": True}],
    }
    default = {
        p.name: {
            "hashes": [f"sha256:{a.sha256}" for a in p.artifacts],
            "index": "pypi",
            "version": f"=={p.version}",
        }
        for p in packages
    }
    return json.dumps({"_meta": meta, "default": default, "develop": {}}, indent=4) + "\n"


def pixi(_project: str, packages: Sequence[Package]) -> str:
    """Return a pixi.lock 6 of wheels and source distributions."""
    urls = "".join(f"      - pypi: {p.artifacts[-1].url}\n" for p in packages)
    entries = "".join(
        f"- pypi: {p.artifacts[-1].url}\n  name: {p.name}\n  version: {p.version}\n"
        f"  sha256: {p.artifacts[-1].sha256}\n  requires_python: '>=3.9'\n"
        for p in packages
    )
    head = (
        f"version: 6\nenvironments:\n  default:\n    channels: []\n    indexes:\n    - {_INDEX}\n"
    )
    return f"{head}    packages:\n      linux-64:\n{urls}packages:\n{entries}"


def requirements(_project: str, packages: Sequence[Package]) -> str:
    """Return requirements with hashes, as `uv export` writes them."""
    return "".join(
        f"{p.name}=={p.version} \\\n"
        + " \\\n".join(f"    --hash=sha256:{a.sha256}" for a in p.artifacts)
        + "\n"
        for p in packages
    )
