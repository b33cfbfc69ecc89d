"""What a pin really names: digests of its file, and the projects and versions it states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import (
    Digest,
    Ecosystem,
    ProjectKey,
    digest_in_path,
    normalize_name,
    normalize_version,
    project_of_file,
)
from crawler.model.urls import normalize

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from crawler.model import Pin, Registry

__all__ = [
    "Identity",
    "WatchKeys",
    "host_of",
    "identify",
    "is_served_by",
    "keys_of",
    "keys_of_all",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """All that one pin states, in the forms that verdicts are keyed by."""

    digests: tuple[Digest, ...]
    """Identifying ones only, of the hashes and of the URL path."""
    releases: tuple[tuple[ProjectKey, str], ...]
    """As the file name states it first (the installer believes that), then as the entry states it."""
    projects: tuple[ProjectKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchKeys:
    """What to ask the ledger for, to judge all pins of a lock at once."""

    digests: frozenset[Digest]
    releases: frozenset[tuple[ProjectKey, str]]
    projects: frozenset[ProjectKey]


def identify(pin: Pin) -> Identity:
    """Return what `pin` names."""
    digests = {d: None for d in pin.digests if d.algorithm.identifies}
    if pin.url is not None and (in_path := digest_in_path(normalize(pin.url))):
        digests[in_path] = None
    releases: dict[tuple[ProjectKey, str], None] = {}
    projects: dict[ProjectKey, None] = {}
    for name, version in _stated(pin):
        project = ProjectKey(ecosystem=pin.ecosystem, name=name)
        projects[project] = None
        if version:
            releases[project, version] = None
    return Identity(digests=tuple(digests), releases=tuple(releases), projects=tuple(projects))


def _stated(pin: Pin) -> Iterable[tuple[str, str | None]]:
    name = None if pin.name is None else normalize_name(pin.ecosystem, pin.name)
    if pin.ecosystem is Ecosystem.PYPI and pin.filename is not None:
        in_file = project_of_file(pin.filename, name)
        if in_file is not None:
            yield in_file
    if name is not None:
        yield name, None if pin.version is None else normalize_version(pin.ecosystem, pin.version)


def keys_of(identities: Collection[Identity]) -> WatchKeys:
    """Return everything that the verdicts on pins of these `identities` may be keyed by."""
    return WatchKeys(
        digests=frozenset(d for i in identities for d in i.digests),
        releases=frozenset(r for i in identities for r in i.releases),
        projects=frozenset(p for i in identities for p in i.projects),
    )


def keys_of_all(keys: Iterable[WatchKeys]) -> WatchKeys:
    """Return all of `keys` as one."""
    some = tuple(keys)
    return WatchKeys(
        digests=frozenset().union(*(one.digests for one in some)),
        releases=frozenset().union(*(one.releases for one in some)),
        projects=frozenset().union(*(one.projects for one in some)),
    )


def host_of(url: str) -> str:
    """Return the lower-case host (with a port that is not the default) of `url`, or an empty string."""
    _, found, rest = normalize(url).partition("://")
    return rest.partition("/")[0] if found else ""


def is_served_by(registry: Registry, place: str) -> bool:
    """Say whether `place`, a registry's base or a file below it, belongs to `registry` or a mirror.

    By file host, or by all of the base: several registries may share a host. Whether it is http or
    https does not matter, and version 5 of pnpm's lock names the host alone.
    """
    bases = (registry.index_url, *registry.mirrors)
    return host_of(place) in registry.file_hosts or any(
        _base(place).startswith(_base(base)) for base in bases
    )


def _base(place: str) -> str:
    normal = normalize(place)
    _, found, rest = normal.partition("://")
    return f"{(rest if found else normal).rstrip('/')}/"
