"""Names, versions and file names of distributions, normalised the way their registries do.

Sources: PyPA "Names and normalization" (PEP 503), PEP 440, PEP 427 (wheel file names), PEP 625 (sdist
file names).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from urllib.parse import unquote

from packaging.utils import canonicalize_name
from packaging.version import Version

from crawler.model.semver_order import parse_semver
from crawler.model.urls import normalize

__all__ = [
    "Ecosystem",
    "file_name_of",
    "normalize_name",
    "normalize_version",
    "project_of_file",
    "release_of_tarball",
]

_VALID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_WHEEL = re.compile(r"(?P<name>[^/]+?)-(?P<version>[^-/]+)(?:-\d[^-/]*)?-[^-/]+-[^-/]+-[^-/]+\.whl")
_SDIST = re.compile(r"(?P<name>[^/]+)-(?P<version>[^-/]+)\.(?:tar\.gz|zip|tar\.bz2|tgz|tar\.xz)")
_TARBALL = re.compile(
    r"/(?P<name>(?:@[^/@]+/)?(?P<bare>[^/@]+))/-/(?:@[^/@]+/)?(?P<file>[^/]+)\.(?:tgz|tar\.gz)\Z"
)
_LONGEST_URL = 2_000
_NUMBERS = re.compile(r"(?:0|[1-9][0-9]*+)(?>\.(?:0|[1-9][0-9]*+))*+")
"""Most versions; this is their canonical form already."""
_WHEEL_PARTS = 5
"""PEP 427: name, version, and the tags of Python, ABI and platform."""
_LONGEST_NAME = 214
_LONGEST_REMEMBERED = 100
"""Characters of a version, or of name and version; longer ones are a stranger's and fill no memory."""


class Ecosystem(StrEnum):
    """Where a name belongs; the values are the types of package URLs (purl)."""

    PYPI = "pypi"
    NPM = "npm"
    CARGO = "cargo"
    COCOAPODS = "cocoapods"
    COMPOSER = "composer"
    CONDA = "conda"
    DENO = "deno"
    GEM = "gem"
    GOLANG = "golang"
    HEX = "hex"
    MAVEN = "maven"
    NUGET = "nuget"
    PUB = "pub"
    SWIFT = "swift"


_OF_TAGS = frozenset({Ecosystem.COMPOSER, Ecosystem.GOLANG, Ecosystem.SWIFT})


def normalize_name(ecosystem: Ecosystem, name: str) -> str | None:
    """Return the registry's own spelling of `name`, or None where it is no name of that registry.

    Look-alikes from other alphabets (U+212A for K) are no names: `canonicalize_name` alone would
    fold them into an innocent project.
    """
    if len(name) > _LONGEST_NAME:
        return None
    match ecosystem:
        case Ecosystem.PYPI:
            return canonicalize_name(name) if _VALID.fullmatch(name) else None
        case Ecosystem.NUGET | Ecosystem.COMPOSER | Ecosystem.HEX | Ecosystem.SWIFT:
            return name.lower() if _is_plain(name) else None
        case _:
            return name if _is_plain(name) else None


def _is_plain(name: str) -> bool:
    return bool(name) and name.isascii() and name.isprintable() and " " not in name


def normalize_version(ecosystem: Ecosystem, version: str) -> str:
    """Return `version` in its canonical form, or unchanged where it has none.

    That of PyPI is PEP 440's; npm lists a version without a `v` in front and without build metadata. Of Composer and Go
    a lock has the tag, with the `v`, and an advisory often has it without.
    """
    canonical = None
    if ecosystem is Ecosystem.PYPI:
        canonical = _pep440(version)
    elif ecosystem is Ecosystem.NPM and ("+" in version or version.startswith("v")):
        parsed = parse_semver(version)
        canonical = None if parsed is None else str(parsed)
    elif ecosystem in _OF_TAGS and version[:1] in "vV" and version[1:2].isdigit():
        canonical = version[1:]
    return version if canonical is None else canonical


def file_name_of(url: str) -> str | None:
    """Return the percent-decoded last path segment of `url` (no query, no fragment), or None."""
    path = url.partition("#")[0].partition("?")[0]
    name = unquote(path.replace("\\", "/").rsplit("/", 1)[-1])
    return name or None


def release_of_tarball(url: str) -> tuple[str, str] | None:
    """Return (name, version) that the URL of a tarball in npm's layout states, or None.

    `https://npm.example/@scope/name/-/name-1.0.0.tgz`: what is installed is that, whatever a lock calls
    its entry.
    """
    if len(url) > _LONGEST_URL:
        return None
    found = _TARBALL.search(normalize(url))
    if found is None:
        return None
    name, bare, file = found["name"], found["bare"], found["file"]
    version = file.removeprefix(f"{bare}-")
    return (name, version) if version and version != file else None


def project_of_file(file_name: str, expected: str | None = None) -> tuple[str, str] | None:
    """Return (normalised name, canonical version) that a Python file name states, or None.

    The installer believes the wheel's own name, whatever the lock entry calls it. In the name of an
    old sdist any dash may be the one before the version (`zz-1.0-2.tar.gz` is version 1.0.post2), so
    the one that makes it a file of `expected` (a normalised name) wins.
    """
    usual = _usual(file_name)
    if usual is not None:
        return usual
    wheel = _WHEEL.fullmatch(file_name)
    if wheel is not None:
        return _stated(wheel["name"], wheel["version"].replace("_", "-"))
    sdist = _SDIST.fullmatch(file_name)
    if sdist is None:
        return None
    stem = f"{sdist['name']}-{sdist['version']}"
    if expected is not None:
        for dash in re.finditer("-", stem):
            found = _stated(stem[: dash.start()], stem[dash.end() :])
            if found is not None and found[0] == expected:
                return found
    name = normalize_name(Ecosystem.PYPI, sdist["name"])
    return None if name is None else (name, normalize_version(Ecosystem.PYPI, sdist["version"]))


def _usual(file_name: str) -> tuple[str, str] | None:
    """Read a wheel without a build tag or an sdist with one dash, as most are; None: look closer."""
    if "/" in file_name:
        return None
    if file_name[-4:] == ".whl":
        parts = file_name[:-4].split("-")
        if len(parts) != _WHEEL_PARTS or "" in parts:
            return None
        return _stated(parts[0], parts[1].replace("_", "-"))
    name, _, version = file_name.partition("-")
    if "-" in version or version[-7:] != ".tar.gz":
        return None
    return _stated(name, version[:-7])


def _stated(name: str, version: str) -> tuple[str, str] | None:
    """Return both normalised, or None where the version is none of PEP 440."""
    remembered = len(name) + len(version) <= _LONGEST_REMEMBERED
    return _both(name, version) if remembered else _both.__wrapped__(name, version)


@lru_cache(maxsize=8_192)
def _both(name: str, version: str) -> tuple[str, str] | None:
    """All files of a release state the same, so it is read once."""
    normalized = normalize_name(Ecosystem.PYPI, name)
    canonical = _pep440(version)
    return None if normalized is None or canonical is None else (normalized, canonical)


def _pep440(version: str) -> str | None:
    """Return `version` in the canonical form of PEP 440, or None where it has none."""
    return (
        _canonical(version)
        if len(version) <= _LONGEST_REMEMBERED
        else _canonical.__wrapped__(version)
    )


@lru_cache(maxsize=16_384)
def _canonical(version: str) -> str | None:
    """All files of a release state the same version, so it is read once."""
    if _NUMBERS.fullmatch(version):
        return version
    try:
        return str(Version(version)) if version.isascii() else None
    except ValueError:  # InvalidVersion, and numbers of more digits than Python converts
        return None
