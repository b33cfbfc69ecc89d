"""Writes locks the way uv writes them, with every trap as one small change of an entry.

Formats: `uv.lock` version 1 revision 3 (uv, `crates/uv-resolver/src/lock`), script locks (the same, with
the requirements in `[manifest]`), and `pylock.toml` (PEP 751).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from crawler.model import path_of
from workers.demo.model import WorldFile

__all__ = [
    "FILES",
    "INDEX",
    "MIRROR",
    "PUBLIC",
    "LockedFile",
    "LockedPackage",
    "RegistryAddress",
    "pin",
    "pylock",
    "script_lock",
    "sourced",
    "uv_lock",
]

INDEX = "https://index.example/simple"
FILES = "https://files.index.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAddress:
    """A registry as a lock names it, and where its files lie."""

    registry: str
    files: str
    """Base URL, no trailing slash."""
    digest_path: bool = True
    """Whether the URL path is made of the file's BLAKE2b-256; else of project and version."""

    def url(self, name: str, version: str, file: WorldFile) -> str:
        """Return the URL of `file` at this place."""
        if self.digest_path:
            return f"{self.files}{path_of(file.blake2b_256, quote(file.filename))}"
        return f"{self.files}/{name}/{version}/{quote(file.filename)}"


PUBLIC = RegistryAddress(registry=INDEX, files=FILES)
MIRROR = RegistryAddress(registry="https://mirror.example/simple", files="https://mirror.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """One file of an entry; what is None is not written."""

    url: str
    filename: str
    sha256: str | None
    size: int | None
    uploaded_at: str | None

    @property
    def is_sdist(self) -> bool:
        """Whether this goes under `sdist` rather than `wheels`."""
        return not self.filename.endswith(".whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One pinned package."""

    name: str
    version: str
    source: tuple[str, str]
    """Kind and location as uv writes them: `("registry", "https://…")`, `("editable", "libs/a")`."""
    artifacts: tuple[LockedFile, ...] = ()

    def without_hashes(self) -> LockedPackage:
        """Remove every hash: installers then check nothing."""
        bare = (replace(artifact, sha256=None) for artifact in self.artifacts)
        return replace(self, artifacts=tuple(bare))

    def without_upload_times(self) -> LockedPackage:
        """Write it as tools before revision 2 did."""
        bare = (replace(artifact, uploaded_at=None) for artifact in self.artifacts)
        return replace(self, artifacts=tuple(bare))

    def named(self, name: str) -> LockedPackage:
        """Claim that these files belong to the project `name`."""
        return replace(self, name=name)


def pin(
    name: str, version: str, files: Iterable[WorldFile], place: RegistryAddress = PUBLIC
) -> LockedPackage:
    """Return an entry that pins `files` of a registry."""
    artifacts = tuple(
        LockedFile(
            url=place.url(name, version, file),
            filename=file.filename,
            sha256=file.sha256,
            size=len(file.data),
            uploaded_at=file.uploaded_at,
        )
        for file in files
    )
    return LockedPackage(
        name=name, version=version, source=("registry", place.registry), artifacts=artifacts
    )


def sourced(name: str, version: str, kind: str, location: str) -> LockedPackage:
    """Return an entry without files: `kind` is `git`, `directory`, `editable` or `virtual`."""
    return LockedPackage(name=name, version=version, source=(kind, location))


def uv_lock(  # noqa: PLR0913 - the parts of a lock
    project: str,
    entries: Iterable[LockedPackage],
    *,
    specifiers: Sequence[tuple[str, str]] = (),
    constraints: Sequence[tuple[str, str]] = (),
    comment: str = "",
    revision: int = 3,
) -> bytes:
    """Return the `uv.lock` of `project`, whose direct dependencies are all entries.

    `specifiers` and `constraints` are (name, specifier) pairs that stand in the metadata only.
    """
    packages = sorted(entries, key=lambda entry: entry.name)
    direct = [(entry.name, "") for entry in packages if entry.name != project]
    manifest = f"[manifest]\nconstraints = {_requirements(constraints)}\n\n" if constraints else ""
    blocks = [_block(entry) for entry in packages]
    blocks.append(_root(project, [name for name, _ in direct], specifiers or direct))
    return f"{_head(revision, comment)}{manifest}{chr(10).join(blocks)}".encode()


def script_lock(entries: Iterable[LockedPackage]) -> bytes:
    """Return the lock of a script with inline metadata (PEP 723): `tool.py.lock`."""
    packages = sorted(entries, key=lambda entry: entry.name)
    wanted = _requirements([(entry.name, "") for entry in packages])
    blocks = chr(10).join(_block(entry) for entry in packages)
    return f"{_head(3, '')}[manifest]\nrequirements = {wanted}\n\n{blocks}".encode()


def pylock(entries: Iterable[LockedPackage]) -> bytes:
    """Return a `pylock.toml` with the same pins."""
    head = 'lock-version = "1.0"\ncreated-by = "uv"\nrequires-python = ">=3.11"\n'
    packages = sorted(entries, key=lambda entry: entry.name)
    return (head + "".join(f"\n{_pylock_package(entry)}" for entry in packages)).encode()


def _head(revision: int, comment: str) -> str:
    note = "".join(f"# {line}\n" for line in comment.splitlines())
    return f'{note}version = 1\nrevision = {revision}\nrequires-python = ">=3.11"\n\n'


def _block(entry: LockedPackage) -> str:
    kind, location = entry.source
    lines = [
        "[[package]]",
        f"name = {_text(entry.name)}",
        f"version = {_text(entry.version)}",
        f"source = {{ {kind} = {_text(location)} }}",
    ]
    lines += [f"sdist = {_artifact(a)}" for a in entry.artifacts if a.is_sdist]
    wheels = [f"    {_artifact(a)}," for a in entry.artifacts if not a.is_sdist]
    if wheels:
        lines += ["wheels = [", *wheels, "]"]
    return "\n".join(lines) + "\n"


def _root(project: str, direct: Sequence[str], specifiers: Sequence[tuple[str, str]]) -> str:
    lines = [
        "[[package]]",
        f"name = {_text(project)}",
        'version = "0.1.0"',
        'source = { virtual = "." }',
    ]
    if direct:
        names = [f"    {{ name = {_text(name)} }}," for name in direct]
        lines += ["dependencies = [", *names, "]"]
    if specifiers:
        lines += ["", "[package.metadata]", f"requires-dist = {_requirements(specifiers)}"]
    return "\n".join(lines) + "\n"


def _requirements(pairs: Sequence[tuple[str, str]]) -> str:
    rows = []
    for name, specifier in pairs:
        wanted = f", specifier = {_text(specifier)}" if specifier else ""
        rows.append(f"{{ name = {_text(name)}{wanted} }}")
    if len(rows) == 1:
        return f"[{rows[0]}]"
    return "[\n" + "".join(f"    {row},\n" for row in rows) + "]"


def _artifact(artifact: LockedFile) -> str:
    parts = [f"url = {_text(artifact.url)}"]
    if artifact.sha256 is not None:
        parts.append(f"hash = {_text(f'sha256:{artifact.sha256}')}")
    if artifact.size is not None:
        parts.append(f"size = {artifact.size}")
    if artifact.uploaded_at is not None:
        parts.append(f"upload-time = {_text(artifact.uploaded_at)}")
    return "{ " + ", ".join(parts) + " }"


def _pylock_package(entry: LockedPackage) -> str:
    lines = [
        "[[packages]]",
        f"name = {_text(entry.name)}",
        f"version = {_text(entry.version)}",
        f"index = {_text(entry.source[1])}",
    ]
    lines += [f"sdist = {_pylock_file(a)}" for a in entry.artifacts if a.is_sdist]
    wheels = [_pylock_file(a) for a in entry.artifacts if not a.is_sdist]
    if wheels:
        lines.append(f"wheels = [{', '.join(wheels)}]")
    return "\n".join(lines) + "\n"


def _pylock_file(artifact: LockedFile) -> str:
    parts = [f"url = {_text(artifact.url)}"]
    if artifact.uploaded_at is not None:
        parts.append(f"upload-time = {artifact.uploaded_at}")
    if artifact.size is not None:
        parts.append(f"size = {artifact.size}")
    if artifact.sha256 is not None:
        parts.append(f"hashes = {{ sha256 = {_text(artifact.sha256)} }}")
    return "{ " + ", ".join(parts) + " }"


def _text(value: str) -> str:
    return json.dumps(value)
