"""Podfile.lock of CocoaPods.

Source: CocoaPods Core, `lib/cocoapods-core/lockfile.rb`. `SPEC CHECKSUMS` are SHA-1 of the podspec, not
of what is downloaded, so they are no digests of a pin. Subspecs (`Pod/Part`) come in the archive of
their pod: a pod is one pin, whatever parts of it are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Package
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import read_yaml
from crawler.model import Ecosystem, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import redact

__all__ = ["PodfileParser"]

_POD = re.compile(r"([^ ()]++)(?> \(([^()]++)\))?+")
_SECTIONS = frozenset({"PODS", "DEPENDENCIES", "PODFILE CHECKSUM", "COCOAPODS"})


class PodfileParser:
    """Reads `Podfile.lock`."""

    format: Final = "podfile"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of CocoaPods."""
        return path.rpartition("/")[2] == "Podfile.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per pod and version."""
        return read_yaml(data, self.format, Ecosystem.COCOAPODS, _pins)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    if not _SECTIONS & root.values.keys():
        raise Malformed("no Podfile.lock: neither `PODS` nor `COCOAPODS`")
    origins = _origins(root)
    seen: set[tuple[str, str | None]] = set()
    pods = root.entries("PODS")
    for number, entry in enumerate(pods):
        for stated in entry if isinstance(entry, dict) else (entry,):
            pod = _POD.fullmatch(stated) if isinstance(stated, str) else None
            if pod is None:
                root.skip(f"PODS[{number}]", "not `name (version)`")
                continue
            name, version = pod[1].partition("/")[0], pod[2]
            if (name, version) not in seen:
                seen.add((name, version))
                origin = origins.get(name, Origin(kind=OriginKind.REGISTRY))
                package = Package.called(name, version, origin, Ecosystem.COCOAPODS)
                yield package.bare_pin(places.item(pods, number), _url(origin))


def _url(origin: Origin) -> str | None:
    is_file = origin.kind is OriginKind.URL and not origin.location.endswith(".podspec")
    return origin.location if is_file else None


def _origins(root: TableReader) -> Mapping[str, Origin]:
    """Return where each pod comes from; what was checked out last says it best."""
    found: dict[str, Origin] = {}
    repos = _section(root, "SPEC REPOS")
    for repo in repos.values:
        registry = Origin(kind=OriginKind.REGISTRY, location=redact(repo))
        found.update((name, registry) for name in repos.entries(repo) if isinstance(name, str))
    for section in ("EXTERNAL SOURCES", "CHECKOUT OPTIONS"):
        sources = _section(root, section)
        for name in sources.values:
            source = sources.table(name)
            origin = None if source is None else _origin(source)
            if origin is not None:
                found[name.partition("/")[0]] = origin
    return found


def _section(root: TableReader, key: str) -> TableReader:
    return root.table(key) or root.inner(key, {})


def _origin(source: TableReader) -> Origin | None:
    git = source.text(":git")
    if git is not None:
        commit = source.text(":commit")
        location = redact(git)
        return Origin(kind=OriginKind.GIT, location=f"{location}#{commit}" if commit else location)
    place = source.text(":path")
    if place is not None:
        return Origin(kind=OriginKind.DIRECTORY, location=redact(place))
    url = source.text(":http") or source.text(":podspec")
    if url is None:
        source.skip(":git", "no source that is known")
        return None
    kind = OriginKind.URL if "://" in url else OriginKind.PATH
    return Origin(kind=kind, location=redact(url))
