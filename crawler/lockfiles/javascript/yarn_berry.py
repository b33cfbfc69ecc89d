"""Entries of yarn 2 to 4: a locator `name@protocol:reference[::parameters]` each.

Source: berry, `yarnpkg-core/sources/structUtils.ts` (parseLocator, parseRange) and the plug-ins npm
(`__archiveUrl`), git (`#commit=`), http, file, link, patch and workspace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote

from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.javascript.npm_sources import origin_of
from crawler.lockfiles.javascript.tarballs import tarball_pin
from crawler.lockfiles.javascript.yarn_classic import Pattern, is_git, split_pattern
from crawler.model import LineSpan, Origin, OriginKind, Pin
from crawler.model.semver import parse_semver
from crawler.model.urls import redact

__all__ = ["locator_pin"]

_DEEPEST_PATCH = 8
_LOCAL = ("file", "link", "portal", "exec", "workspace")


def locator_pin(values: Mapping[str, str], lines: LineSpan, notes: Notes) -> Pin:
    """Return the pin of an entry with a `resolution`; a patch counts as the package it patches."""
    name, reference = _unpatched(split_pattern(values["resolution"]))
    protocol, colon, rest = reference.partition(":")
    origin = _origin("" if not colon or rest.startswith(":") else protocol, rest, reference)
    if origin is None:
        notes.skip(lines.first, "a protocol that is not known")
        origin = Origin(kind=OriginKind.URL, location=redact(reference))
    url = _archive_url(rest) if origin.kind is OriginKind.REGISTRY else None
    if origin.kind is OriginKind.URL:
        url = origin.location
    version = values.get("version")
    if origin.kind is OriginKind.REGISTRY and parse_semver(fetched := rest.partition("::")[0]):
        version = fetched  # seen of yarn 4.5.3: `version` beside it is not looked at
    pin = tarball_pin(name or None, version, origin, lines, url=url)
    return _without_no_hash(pin)


def _unpatched(pattern: Pattern) -> Pattern:
    """Return the locator inside of `patch:name@npm%3A1.0.0#patch file::parameters`."""
    for _ in range(_DEEPEST_PATCH):
        if not pattern.wanted.startswith("patch:"):
            break
        pattern = split_pattern(unquote(pattern.wanted.removeprefix("patch:").partition("#")[0]))
    return pattern


def _origin(protocol: str, rest: str, reference: str) -> Origin | None:
    local = origin_of(reference.partition("::")[0]) if not protocol else None
    if local is not None:
        return local
    protocol = protocol.lower()
    if protocol == "npm":
        return Origin(kind=OriginKind.REGISTRY)
    if protocol in _LOCAL:
        place = rest.partition("#")[0].partition("::")[0]
        return origin_of(f"{protocol}:{place}")
    if is_git(reference) or "#commit" in reference:
        return Origin(kind=OriginKind.GIT, location=redact(reference.partition("::")[0]))
    if protocol in {"http", "https"}:
        return Origin(kind=OriginKind.URL, location=redact(reference.partition("::")[0]))
    return None


def _archive_url(rest: str) -> str | None:
    """Return the URL that a package of the registry is fetched from where it is not the usual one."""
    for field in rest.partition("::")[2].split("&"):
        key, _, value = field.partition("=")
        if key == "__archiveUrl":
            return unquote(value)
    return None


def _without_no_hash(pin: Pin) -> Pin:
    """Berry states no hash of the tarball at all: that it is missing says nothing."""
    return replace(pin, flags=tuple(flag for flag in pin.flags if flag != "no-hash"))
