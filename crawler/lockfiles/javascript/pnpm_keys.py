"""The keys of `packages` in a pnpm lock: four grammars in ten years, told apart by their shape.

| lockfileVersion | key |
|---|---|
| 5.0 - 5.4 | `/name/1.0.0`, `/name/1.0.0_peer@1.0.0`, `host/name/1.0.0` |
| 6.0 - 7.0 | `/name@1.0.0(peer@1.0.0)`, `host/name@1.0.0` |
| 9.0 | `name@1.0.0`, `name@file:..`, `name@https://..` |
| 12 | `name@registry:1.0.0` |

Source: pnpm, `packages/dependency-path/src/index.ts` of each version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["DependencyPath", "read_key"]

_AT = re.compile(r"((?:@[^/@:()]++/)?[^/@:()]++)@(.++)")
_SLASH = re.compile(r"((?:@[^/@:()]++/)?[^/@:()]++)/([^/@:()]++)(?:[/@(].*+)?")
_HOST = re.compile(r"((?=[^/.]++\.)[^/@:()]++)/(.++)")
_VERSION = re.compile(r"(?>([A-Za-z][A-Za-z0-9._-]*+):)?+(v?+[0-9][A-Za-z0-9.+-]*+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyPath:
    """What a key says of its package."""

    name: str | None = None
    version: str | None = None
    """None where the key has a URL, a path or a commit in its place."""
    registry: str = ""
    """Host (version 5) or name (version 12) of the registry; empty for the configured one."""
    place: str = ""
    """What stands in the place of the version: a URL, a path or a commit; or all of a key without a name."""

    of_tarball: bool = False
    """Whether name and version are those of the tarball, which are not those of the key."""

    @property
    def is_release(self) -> bool:
        """Whether the key names a release of a registry and not a URL or a path."""
        return self.version is not None and self.name is not None


def read_key(key: str) -> DependencyPath:
    """Return what `key` says; nothing where it is of no grammar (`file:..`, `host/user/repo/sha`)."""
    if key.startswith("/"):
        return _local(key[1:], "", place=key)
    at = _AT.fullmatch(_without_peers(key))
    if at is not None:
        return _release(at[1], at[2], "")
    host = _HOST.fullmatch(key)
    return DependencyPath(place=key) if host is None else _local(host[2], host[1])


def _local(rest: str, registry: str, place: str = "") -> DependencyPath:
    """Read the part behind the registry, in the grammar of version 6 or 5; `place` is what it is of no grammar."""
    at = _AT.fullmatch(_without_peers(rest))
    if at is not None:
        return _release(at[1], at[2], registry)
    slash = _SLASH.fullmatch(rest)
    if slash is None:
        return DependencyPath(registry=registry, place=place)
    release = _release(slash[1], slash[2].partition("_")[0], registry)
    return release if release.is_release else DependencyPath(registry=registry, place=place)


def _without_peers(key: str) -> str:
    return key.partition("(")[0]


def _release(name: str, stated: str, registry: str) -> DependencyPath:
    version = _VERSION.fullmatch(stated)
    if version is None:
        return DependencyPath(name=name, registry=registry, place=stated)
    return DependencyPath(name=name, version=version[2], registry=version[1] or registry)
