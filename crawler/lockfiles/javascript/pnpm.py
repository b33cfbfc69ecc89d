"""pnpm-lock.yaml of every version, and the locks of branches (`pnpm-lock.<branch>.yaml`).

`shrinkwrap.yaml` of pnpm 1 and 2 has keys like those of version 5, and one registry for all of them (pnpm/spec,
`shrinkwrap/3.8.md`).

Sources: pnpm, `packages/dependency-path` and `lockfile/types` (resolutions: `integrity`, `tarball`,
`type: git | directory | binary | variations`). pnpm 11 and later write two documents, the environment
first. Without `tarball` the URL follows from name, version and the configured registry; one without scheme
is below that registry (`lockfile/utils`, `pkgSnapshotToResolution.ts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, file_name, integrity_of
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.reading import Tool
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import members, read_yaml
from crawler.lockfiles.javascript.npm_sources import origin_of
from crawler.lockfiles.javascript.pnpm_keys import DependencyPath, read_key
from crawler.model import (
    Digest,
    Ecosystem,
    LineSpan,
    Origin,
    OriginKind,
    ParseResult,
    Pin,
    release_of_tarball,
)
from crawler.model.urls import is_path, redact

__all__ = ["PnpmParser"]

_NAME = re.compile(r"pnpm-lock(?:\.[^/]+)?\.yaml|shrinkwrap\.yaml")
_OF_OLD = "shrinkwrapVersion"
_KNOWN_VERSIONS = frozenset({"5", "6", "7", "9", "12"})
_MOST_VARIANTS = 100
_BESIDE = frozenset({OriginKind.PATH, OriginKind.DIRECTORY, OriginKind.WORKSPACE})
_TOOL = Tool(syntax=True, replaces=True, merges=True)


class PnpmParser:
    """Reads `pnpm-lock.yaml`, `pnpm-lock.<branch>.yaml` and `shrinkwrap.yaml` of pnpm 1 and 2."""

    format: Final = "pnpm"
    version: Final = 4

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of pnpm."""
        return _NAME.fullmatch(path.rpartition("/")[2]) is not None

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per entry of `packages`, of all documents; peers make no second one."""
        return read_yaml(data, self.format, Ecosystem.NPM, _pins, _TOOL)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    if not {"lockfileVersion", _OF_OLD, "packages", "importers"} & root.values.keys():
        raise Malformed("no pnpm-lock.yaml: neither `lockfileVersion` nor `packages`")
    old = _OF_OLD in root.values and "lockfileVersion" not in root.values
    if not old:
        _check_version(root)
    for key, entry, lines in members(root, "packages", places):
        found = _Reader(key, entry, lines).pins()
        yield from _of_registry(found, root.text("registry") or "") if old else found


def _check_version(root: TableReader) -> None:
    version = root.text("lockfileVersion")
    if "lockfileVersion" not in root.values:
        root.refuse("lockfileVersion", "missing")
    if version is None or version.partition(".")[0] not in _KNOWN_VERSIONS:
        root.skip("lockfileVersion", "missing or unknown; the keys are read by their shape")


def _of_registry(pins: Iterator[Pin], registry: str) -> Iterator[Pin]:
    """Yield `pins` as those of the `registry` that a shrinkwrap file names for all whose key names none."""
    for pin in pins:
        left_open = pin.origin.kind is OriginKind.REGISTRY and not pin.origin.location
        kept = replace(pin.origin, location=redact(registry))
        yield replace(pin, origin=kept) if left_open else pin


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one entry of `packages`."""

    key: str
    fields: TableReader
    lines: LineSpan

    def pins(self) -> Iterator[Pin]:
        """Yield the pin of this entry; of a runtime one for each platform."""
        path = read_key(self.key)
        resolution = self.fields.table("resolution")
        if resolution is None:
            if "resolution" not in self.fields.values:
                self.fields.skip("resolution", "missing")
            yield self._package(path, _registry(path)).bare_pin(self.lines)
            return
        variants = resolution.tables("variants")
        for number, variant in variants if "variants" in resolution.values else ():
            inner = variant.table("resolution")
            if inner is None or number >= _MOST_VARIANTS:
                variant.skip("resolution", "missing, or too many")
                continue
            yield self._pin(path, inner)
        if "variants" not in resolution.values:
            yield self._pin(path, resolution)

    def _package(self, path: DependencyPath, origin: Origin) -> Package:
        """Return the package; what its entry calls itself counts more than its key."""
        told = path.of_tarball
        name = path.name if told else self.fields.text("name") or path.name
        if name is None:
            self.fields.skip("name", "neither here nor in the key")
        version = path.version if told else self.fields.text("version") or path.version
        return Package.called(name, version, origin, Ecosystem.NPM)

    def _pin(self, path: DependencyPath, resolution: TableReader) -> Pin:
        origin, url = _origin(path, resolution)
        package = self._package(_as_installed(path, origin, resolution, url), origin)
        if origin.kind in {OriginKind.GIT, OriginKind.DIRECTORY, OriginKind.WORKSPACE}:
            return package.bare_pin(self.lines)
        digests = _digests(resolution)
        place = url or (origin.location if origin.kind is OriginKind.PATH else None)
        name = None if place is None else file_name(place.removeprefix("file:"))
        return package.pin(Artifact(lines=self.lines, url=url, filename=name, digests=digests))


def _registry(path: DependencyPath) -> Origin:
    return Origin(kind=OriginKind.REGISTRY, location=path.registry)


def _origin(path: DependencyPath, resolution: TableReader) -> tuple[Origin, str | None]:
    """Return where the package comes from, and the URL of its archive where it is stated."""
    repository = resolution.text("repo")
    if repository is not None:
        commit = resolution.text("commit")
        location = redact(repository)
        stated = f"{location}#{commit}" if commit else location
        return Origin(kind=OriginKind.GIT, location=stated), None
    directory = resolution.text("directory")
    if directory is not None:
        return Origin(kind=OriginKind.DIRECTORY, location=redact(directory)), None
    tarball = resolution.text("tarball") or resolution.text("url")
    if tarball is None:
        if "integrity" not in resolution.values:
            resolution.skip("integrity", "no resolution that is known")
        return _elsewhere(path) or _registry(path), None
    return _of_tarball(path, tarball, resolution)


def _of_tarball(
    path: DependencyPath, tarball: str, resolution: TableReader
) -> tuple[Origin, str | None]:
    """Return the origin of an archive, and its URL where it is one; without `file:` it may be below the registry."""
    location = redact(tarball)
    if "://" not in tarball or is_path(tarball):
        if tarball.lower().startswith("file:"):
            return _elsewhere(path) or Origin(kind=OriginKind.PATH, location=location), None
        of_registry = _release_below(path, tarball) is not None
        return (None if of_registry else _elsewhere(path)) or _registry(path), None
    if path.is_release and resolution.text("type") is None:
        return _registry(path), location
    return Origin(kind=OriginKind.URL, location=location), location


def _as_installed(
    path: DependencyPath, origin: Origin, resolution: TableReader, url: str | None
) -> DependencyPath:
    """Return `path` with the release that a tarball below its registry states: that one is installed."""
    tarball = resolution.text("tarball")
    if tarball is None or url is not None or origin.kind is not OriginKind.REGISTRY:
        return path
    stated = _release_below(path, tarball)
    if stated is None or stated == (path.name, path.version):
        return path
    resolution.skip("tarball", "of another release than the entry says; that one is installed")
    return replace(path, name=stated[0], version=stated[1], of_tarball=True)


def _release_below(path: DependencyPath, tarball: str) -> tuple[str, str] | None:
    """Return (name, version) that `tarball` states, which pnpm fetches from below the registry."""
    return release_of_tarball(f"https://{path.registry or 'registry'}/{tarball}")


def _elsewhere(path: DependencyPath) -> Origin | None:
    """Return the file or folder beside the lock that a key names, if it does."""
    origin = origin_of(path.place)
    return origin if origin is not None and origin.kind in _BESIDE else None


def _digests(resolution: TableReader) -> tuple[Digest, ...]:
    stated = resolution.text("integrity")
    try:
        return () if stated is None else integrity_of(stated)
    except Malformed as error:
        resolution.skip("integrity", str(error))
        return ()
