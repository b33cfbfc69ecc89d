"""Where JavaScript package managers take a package from, by what their locks write.

Source: npm, `npm-package-arg` (the kinds of a specifier); bun, `src/install/resolution.zig`.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Package, integrity_of
from crawler.lockfiles.fields import Fields
from crawler.lockfiles.plain_urls import plain_file_name
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import redact

__all__ = [
    "REGISTRY",
    "is_link",
    "is_tarball",
    "npm_package",
    "origin_of",
    "sri_of",
    "usual_pin",
    "usual_sri",
    "without_scheme",
]

REGISTRY = Origin(kind=OriginKind.REGISTRY)
"""The one that is configured."""

_GIT = ("git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:")
_TARBALL = re.compile(r"\.(?:tgz|tar\.gz|tar)\Z", re.IGNORECASE)
_SCHEME = re.compile(r"(?:file|link|portal|workspace|symlink|root):", re.IGNORECASE)

_USUAL = {("sha512", 95): Algorithm.SHA512, ("sha1", 33): Algorithm.SHA1}
"""By the algorithm and the length of the one integrity string that nearly all entries have."""
_NO_HASH = ("no-hash",)


def is_link(location: str) -> bool:
    """Say whether `location` is a URL of a file to download."""
    return location[:8].lower().startswith(("https:", "http:"))


def is_tarball(location: str) -> bool:
    """Say whether `location` names an archive, not a folder."""
    return _TARBALL.search(re.split(r"[?#]", location, maxsplit=1)[0]) is not None


def origin_of(location: str) -> Origin | None:
    """Return the origin that `location` names, or None where it is no location but a version."""
    stated = redact(location)
    lower = location[:12].lower()
    if is_link(location):
        return Origin(kind=OriginKind.URL, location=stated)
    if lower.startswith(_GIT):
        return Origin(kind=OriginKind.GIT, location=stated)
    if lower.startswith("file:"):
        kind = OriginKind.PATH if is_tarball(location) else OriginKind.DIRECTORY
        return Origin(kind=kind, location=without_scheme(stated))
    if lower.startswith(("link:", "portal:", "symlink:")):
        return Origin(kind=OriginKind.DIRECTORY, location=without_scheme(stated))
    if lower.startswith(("workspace:", "root:")):
        return Origin(kind=OriginKind.WORKSPACE, location=without_scheme(stated))
    return None


def without_scheme(location: str) -> str:
    """Return the path of `file:path`, `link:path` or `workspace:path`."""
    return _SCHEME.sub("", location, count=1)


def npm_package(name: str | None, version: str | None, origin: Origin) -> Package:
    """Return the package of the npm ecosystem."""
    return Package.called(name, version, origin, Ecosystem.NPM)


def sri_of(table: Fields, key: str) -> tuple[Digest, ...]:
    """Return the digests that the integrity string at `key` states; a bad one is skipped."""
    stated = table.text(key)
    if not stated:
        return ()
    usual = usual_sri(stated)
    if usual is not None:
        return (usual,)
    try:
        return integrity_of(stated)
    except Malformed as error:
        table.skip(key, str(error))
        return ()


def usual_sri(stated: object) -> Digest | None:
    """Return the digest of an integrity string that is one SHA-512 or SHA-1, else None."""
    if not isinstance(stated, str):
        return None
    algorithm = _USUAL.get((stated.partition("-")[0], len(stated)))
    if algorithm is None:
        return None
    try:
        value = binascii.a2b_base64(stated[len(algorithm) + 1 :], strict_mode=True).hex()
        return Digest(algorithm=algorithm, hex=value)
    except ValueError:
        return None


def usual_pin(
    name: str, values: Mapping[str, object], url: object, first: int, last: int
) -> Pin | None:
    """Return the pin of a release as nearly all are stated, None where that takes a closer look.

    `values` hold its `version` and `integrity`; it is a tarball at `url`, or at the place that follows
    from name and version where `url` is None, and stands on the lines `first` to `last`.
    """
    version, integrity = values.get("version"), values.get("integrity")
    digest = usual_sri(integrity)
    filename = plain_file_name(url) if isinstance(url, str) else None
    if not isinstance(version, str) or (url is not None and filename is None):
        return None
    if digest is None and integrity is not None:
        return None
    return Pin(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=version,
        origin=REGISTRY,
        lines=LineSpan(first=first, last=last),
        url=None if filename is None else str(url),
        filename=filename,
        digests=() if digest is None else (digest,),
        flags=_NO_HASH if digest is None and filename is not None else (),
    )
