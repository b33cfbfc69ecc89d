"""What the manifests of JavaScript state exactly: a tarball, a checkout, or one version of a package.

Source: npm, `npm-package-arg` and "package.json" (`overrides`); yarn, "Manifest" (`resolutions`); pnpm, "Settings"
(`overrides`, catalogs). A range is resolved anew by each install and pins nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from crawler.lockfiles.javascript.npm_sources import REGISTRY, npm_package, origin_of
from crawler.lockfiles.javascript.tarballs import tarball_pin
from crawler.lockfiles.python.manifests import MANIFEST
from crawler.model import Ecosystem, LineSpan, OriginKind, Pin, normalize_name
from crawler.model.semver import parse_semver

__all__ = ["chosen", "override_target", "stated_pin"]

_ALIAS = "npm:"
_EXACT = re.compile(r"[=v \t]*+([0-9].*+)")
_LONGEST_KEY = 1_000
_KEY = re.compile(r"(?:.*[/>])?([^/@>]{1,214})(?:@(.{1,300}))?")
_SCOPED_KEY = re.compile(r"(?:.*[/>])?(@[^/@>]{1,214}/[^/@>]{1,214})(?:@(.{1,300}))?")


def stated_pin(name: str, specifier: str, lines: LineSpan) -> Pin | None:
    """Return the pin of the dependency `name` where `specifier` leaves no choice, else None."""
    stated = specifier.strip()
    if stated.startswith(_ALIAS):
        real, _, version = stated.removeprefix(_ALIAS).rpartition("@")
        name, stated = (real, version) if real else _unnamed(name, version)
    exact = _EXACT.fullmatch(stated)
    if exact is not None and parse_semver(exact[1]) is not None:
        pin = npm_package(name, exact[1].strip(), REGISTRY).bare_pin(lines)
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
    return (name, stated) if _EXACT.fullmatch(stated) else (stated, "")


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
