"""Manifests by chance, and the packages that they name: what real tools lock of them has no orphan.

The same number makes the same project: requirements with markers, extras and groups, overrides, forks by platform,
workspaces and scripts; peers, optional and bundled packages, aliases and nested versions.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from random import Random

from tests.servers.npm_registry import NpmPackage
from workers.demo.web import Request, Response, text

__all__ = ["Generated", "GeneratedIndex", "npm_packages", "npm_project", "python_project"]

_PROJECTS = 40
_VERSIONS = ("1.0", "1.5", "2.0")
_MARKERS = (
    "sys_platform == 'win32'",
    "sys_platform != 'win32'",
    "python_version >= '3.12'",
    "platform_machine == 'arm64' and sys_platform == 'darwin'",
)
_EXTRAS = ("fast", "docs")
_NPM_VERSIONS = ("1.0.0", "1.2.0", "2.0.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A project, not locked yet."""

    files: Mapping[str, str]
    lock: Sequence[str]
    """The command."""
    path: str
    """Of the lock."""


def _name(number: int) -> str:
    return f"zz-ghost-p{number}"


class GeneratedIndex:
    """A Python index of 40 projects that require one another; the same ones always."""

    def __init__(self) -> None:
        """Make the wheels."""
        rng = Random("index")
        self._wheels = {
            f"{_name(number).replace('-', '_')}-{version}-py3-none-any.whl": _wheel(
                number, version, tuple(_required_by(rng, number))
            )
            for number in range(_PROJECTS)
            for version in _VERSIONS
        }

    def __call__(self, request: Request) -> Response:
        """Answer a page of the index (PEP 503), or a wheel."""
        name = request.path.rstrip("/").rpartition("/")[2]
        if name in self._wheels:
            return Response(body=self._wheels[name])
        prefix = f"{name.replace('-', '_')}-"
        links = [f'<a href="/files/{w}">{w}</a>' for w in self._wheels if w.startswith(prefix)]
        if not links:
            return text(HTTPStatus.NOT_FOUND, "not found")
        return Response(
            body=b"<!DOCTYPE html>\n" + "\n".join(links).encode(), media_type="text/html"
        )


def _required_by(rng: Random, number: int) -> Iterator[str]:
    """Yield what a release requires: mostly of higher numbers, so that circles are few."""
    for _ in range(rng.randrange(4)):
        other = rng.randrange(_PROJECTS) if rng.random() < 0.1 else rng.randrange(number, _PROJECTS)
        if other == number:
            continue
        marks = [rng.choice(_MARKERS)] if rng.random() < 0.3 else []
        marks += [f"extra == '{rng.choice(_EXTRAS)}'"] if rng.random() < 0.3 else []
        extras = f"[{rng.choice(_EXTRAS)}]" if rng.random() < 0.2 else ""
        yield f"{_name(other)}{extras}" + (f"; {' and '.join(marks)}" if marks else "")


def _wheel(number: int, version: str, requires: Sequence[str]) -> bytes:
    escaped = _name(number).replace("-", "_")
    info = f"{escaped}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {_name(number)}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in _EXTRAS]
    lines += [f"Requires-Dist: {one}" for one in requires]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{info}/METADATA", "\n".join(lines) + "\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


def _requirements(rng: Random, most: int) -> list[str]:
    """Return requirements of a project; some are forked by platform into two versions."""
    found = []
    for number in rng.sample(range(_PROJECTS), rng.randrange(most + 1)):
        extras = f"[{rng.choice(_EXTRAS)}]" if rng.random() < 0.3 else ""
        if rng.random() < 0.15:
            found += [
                f"{_name(number)}==1.0; sys_platform == 'win32'",
                f"{_name(number)}==2.0; sys_platform != 'win32'",
            ]
            continue
        bound = rng.choice(["", ">=1.0", "<3.0", ""])
        marker = f"; {rng.choice(_MARKERS)}" if rng.random() < 0.25 else ""
        found.append(f"{_name(number)}{extras}{bound}{marker}")
    return found


def python_project(tool: str, number: int) -> Generated:
    """Return the project `number` of uv or poetry."""
    rng = Random(f"{tool} {number}")
    if tool == "uv" and rng.random() < 0.15:
        return _script(rng)
    tables = _project("zz-ghost-app", rng)
    groups = {"dev": _requirements(rng, 2), "docs": _requirements(rng, 2)}
    tables += "\n[dependency-groups]\n"
    tables += "".join(f"{name} = {json.dumps(listed)}\n" for name, listed in groups.items())
    tables += 'all = [{ include-group = "docs" }]\n'
    files = {}
    if tool == "poetry":
        tables += "\n[tool.poetry]\npackage-mode = false\n"
        if rng.random() < 0.5:
            others = dict.fromkeys(rng.sample(range(_PROJECTS), 2), '"*"')
            others[rng.randrange(_PROJECTS)] = (
                '{ version = "*", markers = "sys_platform == \'win32\'" }'
            )
            lines = "".join(f"{_name(n)} = {value}\n" for n, value in others.items())
            tables += f"[tool.poetry.group.lint]\noptional = true\n[tool.poetry.group.lint.dependencies]\n{lines}"
        tables += (
            '[[tool.poetry.source]]\nname = "loopback"\nurl = "http://index.example/simple/"\n'
        )
        return Generated(
            files={"pyproject.toml": tables},
            lock=("poetry", "lock", "--no-interaction"),
            path="poetry.lock",
        )
    tables += "\n[tool.uv]\n"
    for key in ("override-dependencies", "constraint-dependencies", "dev-dependencies"):
        if rng.random() < 0.3:
            tables += f"{key} = {json.dumps(_requirements(rng, 2))}\n"
    if rng.random() < 0.3:
        tables += '[tool.uv.workspace]\nmembers = ["members/*"]\n[tool.uv.sources]\nzz-ghost-one = { workspace = true }\n'
        files["members/one/pyproject.toml"] = _project("zz-ghost-one", rng)
        files["members/two/pyproject.toml"] = _project("zz-ghost-two", rng)
    files["pyproject.toml"] = tables
    return Generated(files=files, lock=("uv", "lock"), path="uv.lock")


def _project(name: str, rng: Random) -> str:
    extras = {extra: _requirements(rng, 2) for extra in ("one", "two")}
    listed = "".join(f"{extra} = {json.dumps(those)}\n" for extra, those in extras.items())
    return (
        f'[project]\nname = "{name}"\nversion = "0.1.0"\nrequires-python = ">=3.11,<4"\n'
        f"dependencies = {json.dumps(_requirements(rng, 5))}\n"
        f"\n[project.optional-dependencies]\n{listed}"
    )


def _script(rng: Random) -> Generated:
    listed = json.dumps(_requirements(rng, 5))
    block = f'# /// script\n# requires-python = ">=3.11"\n# dependencies = {listed}\n# ///\n'
    return Generated(
        files={"tool.py": block}, lock=("uv", "lock", "--script", "tool.py"), path="tool.py.lock"
    )


def npm_packages() -> tuple[NpmPackage, ...]:
    """Return the packages of a registry of npm that require one another; the same ones always."""
    rng = Random("npm")
    elsewhere = NpmPackage(name="zz-ghost-win", version="1.0.0", more={"os": ["win32"]})
    return elsewhere, *(
        _npm_package(rng, number, version)
        for number in range(_PROJECTS)
        for version in _NPM_VERSIONS
    )


def _npm_package(rng: Random, number: int, version: str) -> NpmPackage:
    more: dict[str, object] = {}
    if rng.random() < 0.2:
        peers = _npm_requirements(rng, number, 2)
        more["peerDependencies"] = peers
        if rng.random() < 0.5:
            more["peerDependenciesMeta"] = {name: {"optional": True} for name in peers}
    if rng.random() < 0.2:
        optional = _npm_requirements(rng, number, 2)
        more["optionalDependencies"] = {**optional, "zz-ghost-win": "1.0.0"}
    inside: tuple[NpmPackage, ...] = ()
    if rng.random() < 0.1:
        inside = (NpmPackage(name="zz-ghost-inside", version="9.0.0"),)
        more["bundleDependencies"] = ["zz-ghost-inside"]
    needs = _npm_requirements(rng, number, 4)
    return NpmPackage(
        name=_name(number),
        version=version,
        dependencies=needs | {one.name: one.version for one in inside},
        more=more,
        inside=inside,
    )


def _npm_requirements(rng: Random, above: int, most: int) -> dict[str, str]:
    """Return what a package requires of those with higher numbers; some are called otherwise."""
    numbers = range(above + 1, _PROJECTS)
    found = {}
    for number in rng.sample(numbers, min(len(numbers), rng.randrange(most + 1))):
        bound = rng.choice(["*", "^1.0.0", "^2.0.0", "1.0.0", ">=1.2.0"])
        if rng.random() < 0.1:
            found[f"zz-ghost-alias{number}"] = f"npm:{_name(number)}@{bound}"
        else:
            found[_name(number)] = bound
    return found


def npm_project(number: int) -> Generated:
    """Return the project `number` of npm."""
    rng = Random(f"project {number}")
    manifest: dict[str, object] = {
        "name": "zz-ghost-app",
        "version": "0.1.0",
        "dependencies": _npm_requirements(rng, -1, 5),
        "devDependencies": _npm_requirements(rng, -1, 3),
        "optionalDependencies": _npm_requirements(rng, -1, 2),
        "peerDependencies": _npm_requirements(rng, -1, 2),
    }
    files = {}
    if rng.random() < 0.3:
        manifest["workspaces"] = ["packages/*"]
        for name in ("one", "two"):
            member = {
                "name": f"zz-ghost-{name}",
                "version": "1.0.0",
                "dependencies": _npm_requirements(rng, -1, 3),
            }
            files[f"packages/{name}/package.json"] = json.dumps(member)
    if rng.random() < 0.4:
        target, other = rng.sample(range(_PROJECTS), 2)
        manifest["overrides"] = {_name(target): rng.choice(["1.0.0", f"npm:{_name(other)}@2.0.0"])}
    files["package.json"] = json.dumps(manifest)
    version = rng.choice(["2", "3"])
    legacy = ["--legacy-peer-deps"] if rng.random() < 0.5 else ["--force"]
    command = (
        "npm",
        "install",
        f"--lockfile-version={version}",
        "--package-lock-only",
        "--no-audit",
        "--no-fund",
        *legacy,
    )
    return Generated(files=files, lock=command, path="package-lock.json")
