"""What the manifests of JavaScript state exactly: a tarball, a checkout, or one version of a package.

Source: npm, `npm-package-arg` and "package.json" (`overrides`); yarn, "Manifest" (`resolutions`) and "Protocols"
(`npm:1.0.0` is a version, `patch:`); pnpm, "Settings" (`overrides`, catalogs). A range is resolved anew by each install and pins nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote

from crawler.lockfiles.javascript.npm_sources import REGISTRY, npm_package, origin_of
from crawler.lockfiles.javascript.tarballs import tarball_pin
from crawler.lockfiles.python.manifests import MANIFEST
from crawler.model import Ecosystem, LineSpan, OriginKind, Pin, normalize_name
from crawler.model.semver import parse_range, parse_semver

__all__ = ["chosen", "override_target", "stated_pin"]

_ALIAS = "npm:"
_PATCH = "patch:"
_INTEGRITY = re.compile(r"\+sha[0-9]{1,3}[.-].*")
"""What corepack and pnpm keep behind a version that they install by themselves."""
_ARCHIVE = re.compile(r"(?:^|&)__archiveUrl=([^&]*+)")
"""From where yarn takes the archive of `npm:1.0.0::__archiveUrl=...`."""
_LONGEST_RANGE = 100
_BOUNDED = re.compile(r"[0-9][ \t]|\|\||[<>][= \t]{0,9}[0-9v]")
"""A range that may have one version only."""
_EXACT = re.compile(r"[=v \t]*+([0-9].*+)")
_LONGEST_KEY = 1_000
_KEY = re.compile(r"(?:.*[/>])?([^/@>]{1,214})(?:@(.{1,300}))?")
_SCOPED_KEY = re.compile(r"(?:.*[/>])?(@[^/@>]{1,214}/[^/@>]{1,214})(?:@(.{1,300}))?")


def stated_pin(name: str, specifier: str, lines: LineSpan) -> Pin | None:
    """Return the pin of the dependency `name` where `specifier` leaves no choice, else None."""
    stated, _, bound = _unpatched(specifier.strip()).partition("::")
    stated = _INTEGRITY.sub("", stated)
    if (archive := _ARCHIVE.search(bound)) is not None:
        stated = unquote(archive[1])
    if stated.startswith(_ALIAS):
        real, _, version = stated.removeprefix(_ALIAS).rpartition("@")
        name, stated = (real, version) if real else _unnamed(name, version)
    if (exact := _exact(stated)) is not None:
        pin = npm_package(name, exact, REGISTRY).bare_pin(lines)
    elif (origin := origin_of(stated)) is None or normalize_name(Ecosystem.NPM, name) is None:
        return None
    elif origin.kind is OriginKind.URL:
        pin = tarball_pin(name, None, origin, lines, url=stated)
    elif origin.kind is OriginKind.GIT:
        pin = npm_package(name, None, origin).bare_pin(lines)
    else:
        return None
    return replace(pin, flags=(*pin.flags, MANIFEST))


def _unnamed(name: str, stated: str) -> tuple[str, str]:
    """Return what `npm:` means before a version alone, as berry writes it, or before a name alone."""
    return (stated, "") if _exact(stated) is None else (name, stated)


def _unpatched(stated: str) -> str:
    """Return what a `patch:` of yarn changes: `patch:zz@npm%3A1.0.0#./zz.patch`."""
    if not stated.startswith(_PATCH):
        return stated
    patched = unquote(stated.removeprefix(_PATCH).partition("#")[0])
    name, _, version = patched.rpartition(f"@{_ALIAS}")
    return f"{_ALIAS}{name}@{version}" if name else patched


def _exact(stated: str) -> str | None:
    """Return the version that a specifier is, or the one that a range has."""
    exact = _EXACT.fullmatch(stated)
    if exact is not None and parse_semver(exact[1]) is not None:
        return exact[1].strip()
    may_be_one = len(stated) <= _LONGEST_RANGE and _BOUNDED.search(stated)
    within = parse_range(stated) if may_be_one else None
    only = None if within is None else within.only
    return None if only is None else str(only)


def override_target(key: str) -> tuple[str, bool] | None:
    """Return the package whose dependency the key of an override replaces, and whether everywhere.

    `zz`, `**/zz` and `zz@^1` speak of every place but for a range; `a>zz`, `a/zz` and `a/**/zz` of one.
    """
    if len(key) > _LONGEST_KEY:
        return None
    if key.startswith("**/"):
        key = key.removeprefix("**/")
    found = _SCOPED_KEY.fullmatch(key) or _KEY.fullmatch(key)
    if found is None:
        return None
    return found[1], found[2] is None and found[1] == key


def chosen(pins: Iterable[Pin], instead: Mapping[str, str]) -> Iterator[Pin]:
    """Yield `pins` without those versions in whose place an override takes another; `instead` by name."""
    for pin in pins:
        version = instead.get(pin.name or "", pin.version)
        if pin.version is None or version == pin.version:
            yield pin
