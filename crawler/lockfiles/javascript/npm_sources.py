"""Where JavaScript package managers take a package from, by what their locks write.

Source: npm, `npm-package-arg` (the kinds of a specifier); bun, `src/install/resolution.zig`.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Package, integrity_of
from crawler.lockfiles.documents.fields import TableReader
from crawler.model import Digest, Ecosystem, Origin, OriginKind
from crawler.model.semver_order import parse_semver
from crawler.model.urls import is_path, redact

__all__ = [
    "REGISTRY",
    "is_link",
    "is_tarball",
    "npm_package",
    "origin_of",
    "sri_of",
    "without_scheme",
]

REGISTRY = Origin(kind=OriginKind.REGISTRY)
"""The one that is configured."""

_GIT = ("git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:")
_TARBALL = re.compile(r"\.(?:tgz|tar\.gz|tar)\Z", re.IGNORECASE)
_BLANKS = "".join(map(chr, range(0x21)))
"""What the WHATWG's reading of a URL drops before it."""
_SCHEME = re.compile(r"(?:file|link|portal|workspace|symlink|exec|root):", re.IGNORECASE)


def is_link(location: str) -> bool:
    """Say whether `location` is a URL of a file to download."""
    return location[:40].lstrip(_BLANKS)[:8].lower().startswith(("https:", "http:"))


def is_tarball(location: str) -> bool:
    """Say whether `location` names an archive, not a folder."""
    return _TARBALL.search(unquote(re.split(r"[?#]", location, maxsplit=1)[0])) is not None


def origin_of(location: str) -> Origin | None:
    """Return the origin that `location` names, or None where it is no location but a version."""
    stated = redact(location)
    lower = location[:12].lower()
    if is_link(location):
        return Origin(kind=OriginKind.URL, location=stated)
    if lower.startswith(_GIT):
        return Origin(kind=OriginKind.GIT, location=stated)
    if lower.startswith("file:") or is_path(location) or _is_bare_archive(location):
        kind = OriginKind.PATH if is_tarball(location) else OriginKind.DIRECTORY
        return Origin(kind=kind, location=without_scheme(stated))
    if lower.startswith(("link:", "portal:", "symlink:", "exec:")):
        return Origin(kind=OriginKind.DIRECTORY, location=without_scheme(stated))
    if lower.startswith(("workspace:", "root:")):
        return Origin(kind=OriginKind.WORKSPACE, location=without_scheme(stated))
    return None


def _is_bare_archive(location: str) -> bool:
    """Say whether `location` is the path of an archive without `./` before it; `1.0.0-rc.tgz` is a version."""
    return ":" not in location and is_tarball(location) and parse_semver(location) is None


def without_scheme(location: str) -> str:
    """Return the path of `file:path`, `link:path` or `workspace:path`."""
    return _SCHEME.sub("", location, count=1)


def npm_package(name: str | None, version: str | None, origin: Origin) -> Package:
    """Return the package of the npm ecosystem."""
    return Package.called(name, version, origin, Ecosystem.NPM)


def sri_of(table: TableReader, key: str) -> tuple[Digest, ...]:
    """Return the digests that the integrity string at `key` states; a bad one is skipped."""
    stated = table.text(key)
    if not stated:
        return ()
    try:
        return integrity_of(stated)
    except Malformed as error:
        table.skip(key, str(error))
        return ()
