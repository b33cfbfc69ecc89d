"""What a pin really names: digests of its file, and the projects and versions it states."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from crawler.model import (
    Algorithm,
    Digest,
    Ecosystem,
    OriginKind,
    ProjectKey,
    digest_in_path,
    normalize_name,
    normalize_version,
    project_of_file,
    release_of_tarball,
)
from crawler.model.urls import host_in, normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model import Origin, Pin, Registry

__all__ = [
    "Identity",
    "SourceProfile",
    "Stated",
    "differ",
    "host_and_digest",
    "host_of",
    "identify",
    "is_file_of",
    "is_other_release",
    "is_served_by",
    "placed",
    "profile_of",
    "registry_of",
    "stated",
    "stated_by",
]

Stated: TypeAlias = "tuple[ProjectKey, str | None]"
"""A project and the canonical version of a release of it, None or empty where none is stated."""

_LONGEST_REMEMBERED = 100
"""Characters of name and version; longer ones are a stranger's and fill no memory."""
_INDEX_FILE = re.compile(
    r"https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
    r"/packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/(?!\.)[A-Za-z0-9_+~.-]+"
)
"""What nearly all locks of Python write; normalising would give it back as it is."""


class SourceProfile(NamedTuple):
    """All of a pin with a URL that tells whether somebody tampered with its lock."""

    ecosystem: Ecosystem
    origin: Origin
    host: str
    """Lower-case, with a port that is not the default; empty where the URL has none."""
    has_digest: bool
    """Whether the path of the URL carries the digest of the file."""
    differs: bool
    """Whether the file and the entry state two projects."""
    flags: tuple[str, ...]
    other_release: bool
    """Whether the file is of another release of the project than the entry says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """All that one pin states, in the forms that verdicts are keyed by."""

    digests: tuple[Digest, ...]
    """Identifying ones only, of the hashes and of the URL path."""
    releases: tuple[tuple[ProjectKey, str], ...]
    """As the file name states it first (the installer believes that), then as the entry states it."""
    projects: tuple[ProjectKey, ...]


def identify(pin: Pin, registry: Registry | None = None) -> Identity:
    """Return what `pin` names, as `registry_of` places it."""
    digests = dict.fromkeys(pin.digests)
    in_path = None if pin.url is None else host_and_digest(pin.url)[1]
    if in_path is not None:
        digests[Digest(algorithm=Algorithm.BLAKE2B_256, hex=in_path)] = None
    both = placed(stated(pin), registry)
    return Identity(
        digests=tuple(d for d in digests if d.identifies),
        releases=tuple((project, version) for project, version in both if version),
        projects=tuple(dict.fromkeys(project for project, _ in both)),
    )


def profile_of(pin: Pin) -> SourceProfile | None:
    """Return what tells whether somebody tampered with the lock; None for a pin without a URL."""
    if pin.url is None:
        return None
    host, in_path = host_and_digest(pin.url)
    names = stated(pin)
    has_digest = in_path is not None
    release = is_other_release(pin, names)
    return SourceProfile(
        pin.ecosystem, pin.origin, host, has_digest, differ(names), pin.flags, release
    )


def differ(names: Sequence[Stated]) -> bool:
    """Say whether the file and the entry of a pin, which state `names`, are of two projects."""
    return len(names) > 1 and names[0][0] != names[1][0]


def is_other_release(pin: Pin, names: Sequence[Stated]) -> bool:
    """Say whether the tarball of an npm package and its entry, which state `names`, differ in version alone.

    Tools of Python compare the two themselves and refuse; those of npm install the tarball.
    """
    of_one_project = len(names) > 1 and not differ(names)
    return pin.ecosystem is Ecosystem.NPM and of_one_project and bool(names[1][1])


def stated(pin: Pin) -> tuple[Stated, ...]:
    """Return what the file of `pin` states and then what its entry does, once where they agree.

    A file of Python does so by its name, a tarball of npm by its URL.
    """
    if pin.ecosystem is Ecosystem.NPM and pin.url is not None:
        return _stated_by_tarball(pin, pin.url)
    return stated_by(pin.ecosystem, pin.name, pin.version, pin.filename)


def stated_by(
    ecosystem: Ecosystem, name: str | None, version: str | None, filename: str | None
) -> tuple[Stated, ...]:
    """Return what `stated` does for a pin with these."""
    entry = None if name is None else _release(ecosystem, name, version)
    if filename is None or ecosystem is not Ecosystem.PYPI:
        return () if entry is None else (entry,)
    in_file = project_of_file(filename, None if entry is None else entry[0].name)
    if entry is None:
        return () if in_file is None else (_of_file(*in_file),)
    if in_file is None or (entry[0].name == in_file[0] and entry[1] == in_file[1]):
        return (entry,)
    return _of_file(*in_file), entry


def _stated_by_tarball(pin: Pin, url: str) -> tuple[Stated, ...]:
    entry = None if pin.name is None else _release(pin.ecosystem, pin.name, pin.version)
    in_url = release_of_tarball(url)
    tarball = None if in_url is None else _release(pin.ecosystem, *in_url)
    return tuple(dict.fromkeys(one for one in (tarball, entry) if one is not None))


def _of_file(name: str, version: str) -> Stated:
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=name), version


def _release(ecosystem: Ecosystem, name: str, version: str | None) -> Stated | None:
    if len(name) + len(version or "") > _LONGEST_REMEMBERED:
        return _release_once.__wrapped__(ecosystem, name, version)
    return _release_once(ecosystem, name, version)


@lru_cache(maxsize=8_192)
def _release_once(ecosystem: Ecosystem, name: str, version: str | None) -> Stated | None:
    """All artifacts of an entry state the same release, so it is made once."""
    normal = normalize_name(ecosystem, name)
    if normal is None:
        return None
    canonical = None if version is None else normalize_version(ecosystem, version)
    return ProjectKey(ecosystem=ecosystem, name=normal), canonical


def host_and_digest(url: str) -> tuple[str, str | None]:
    """Return the host of `url`, as `host_of` does, and the BLAKE2b-256 that its path carries, or None."""
    usual = _INDEX_FILE.fullmatch(url)
    if usual is not None:
        host, one, two, rest = usual.groups()
        return host, one + two + rest
    normal = normalize(url)
    in_path = digest_in_path(normal)
    return host_in(normal), None if in_path is None else in_path.hex


def host_of(url: str) -> str:
    """Return the lower-case host (with a port that is not the default) of `url`, or an empty string."""
    return host_in(normalize(url))


def placed(names: tuple[Stated, ...], registry: Registry | None) -> tuple[Stated, ...]:
    """Return `names` as projects of `registry`; of None they stay in the public one."""
    if registry is None or not registry.name:
        return names
    return tuple((replace(project, registry=registry.name), v) for project, v in names)


def registry_of(pin: Pin, public: Registry | None) -> Registry | None:
    """Return which of `public` and its others has the file that `pin` takes.

    The one on whose file host it lies; where several share that host, or no URL is stated, the one whose index
    the lock names. A pin that none of them claims is left to `public`; None where it cannot be told.
    """
    if public is None or not public.others:
        return public
    every = (public, *public.others)
    location = pin.origin.location
    is_url = pin.origin.kind in {OriginKind.URL, OriginKind.FIND_LINKS}
    url = pin.url or (location if is_url or pin.ecosystem is Ecosystem.NPM else "")
    serving = [one for one in every if url and is_file_of(one, url)]
    if len(serving) == 1:
        return serving[0]
    asked = () if is_url else location.split(" ")
    for one in serving or every:
        if (one is public and "" in asked) or any(one.is_asked(place) for place in asked):
            return one
    return None if serving else public


def is_file_of(registry: Registry, url: str) -> bool:
    """Say whether a bare URL is one of the registry's files; all but Python keep them below its base."""
    if registry.ecosystem is Ecosystem.PYPI:
        return host_of(url) in registry.file_hosts
    return is_served_by(registry, url)


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
