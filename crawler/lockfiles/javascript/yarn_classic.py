"""Entries of yarn 1: what their patterns ask for and what was resolved.

Source: yarn, `src/util/normalize-pattern.js`, `src/resolvers/exotics/` (git, hosted, tarball, file, link)
and `src/resolvers/exotics/registry-resolver.js` (`alias@npm:real@1`); `resolved` is `url#sha1`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import integrity_of
from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.javascript.npm_sources import origin_of
from crawler.lockfiles.javascript.tarballs import tarball_pin
from crawler.model import Algorithm, Digest, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import is_path, redact

__all__ = ["Pattern", "entry_pin", "is_git", "split_pattern"]

_GIT = re.compile(
    r"git(?:\+[a-z]{2,10})?:|git@|ssh:|(?:github|gitlab|bitbucket|gist):"
    r"|https?://[^\s#]++(?<=\.git)(?:#|\Z)",
    re.IGNORECASE,
)
_HOSTED = re.compile(r"[A-Za-z0-9][\w.-]*+/[\w.-]++(?:#\S*+)?", re.ASCII)
_URL = re.compile(r"https?:", re.IGNORECASE)
_LOCAL = re.compile(r"(?:file|link|portal|workspace):", re.IGNORECASE)
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_ALIAS = "npm:"
_ARCHIVES = (".tgz", ".tar.gz", ".tar")


class Pattern(NamedTuple):
    """`name@range`; the range is empty where none is stated."""

    name: str
    wanted: str


def split_pattern(stated: str) -> Pattern:
    """Split `@scope/name@range` at the `@` that ends the name."""
    name, _, wanted = stated[1:].partition("@")
    return Pattern(stated[:1] + name, wanted)


def is_git(place: str) -> bool:
    """Say whether `place` is a repository in one of the spellings that yarn and npm know."""
    return _GIT.match(place) is not None


def entry_pin(
    patterns: tuple[str, ...], values: Mapping[str, str], lines: LineSpan, notes: Notes
) -> Pin:
    """Return the pin of an entry.

    The name of an alias is the real one, whatever yarn says: 1.22.19 merges `a@npm:b@1` and `b@1` into one
    entry that it gives the `name` of the alias.
    """
    stated = [split_pattern(pattern) for pattern in patterns]
    aliased = [one.wanted.removeprefix(_ALIAS) for one in stated if one.wanted.startswith(_ALIAS)]
    pattern = split_pattern(aliased[0]) if aliased else stated[0]
    name = pattern.name if aliased else values.get("name") or pattern.name
    resolved = values.get("resolved", "")
    place, _, fragment = resolved.partition("#")
    origin = _origin(pattern.wanted, resolved)
    tarball = _URL.match(place) is not None and origin.kind is not OriginKind.GIT
    if "version" not in values:
        notes.skip(lines.first, "an entry without version")
    return tarball_pin(
        name or None,
        values.get("version"),
        origin,
        lines,
        url=resolved if tarball else None,
        digests=_digests(
            values.get("integrity", ""), fragment if tarball else "", lines.first, notes
        ),
    )


def _origin(wanted: str, resolved: str) -> Origin:
    """Return where the package comes from: what was asked for decides, then what was resolved.

    Seen of yarn 1.22.22: a path without `file:` is replaced by a URL that was resolved, and a place that
    is no path is one below the registry.
    """
    beside = wanted if _LOCAL.match(wanted) else resolved.partition("#")[0]
    if (_LOCAL.match(beside) or is_path(beside)) and (origin := origin_of(beside)) is not None:
        return origin
    if is_git(resolved) or _is_commit(resolved):
        return Origin(kind=OriginKind.GIT, location=redact(resolved))
    if _URL.match(wanted) or is_git(wanted) or _HOSTED.fullmatch(wanted):
        kind = OriginKind.URL if _URL.match(resolved or wanted) else OriginKind.GIT
        return Origin(kind=kind, location=redact(resolved or wanted))
    if is_path(wanted) and _URL.match(resolved):
        return Origin(kind=OriginKind.URL, location=redact(resolved))
    return (origin_of(wanted) if is_path(wanted) else None) or Origin(kind=OriginKind.REGISTRY)


def _is_commit(resolved: str) -> bool:
    """Say whether `resolved` is no archive and its fragment a commit, not the sha1 of a file."""
    place, _, fragment = resolved.partition("#")
    archive = place.partition("?")[0].endswith(_ARCHIVES) or "/-/" in place
    return bool(_URL.match(place)) and not archive and _SHA1.fullmatch(fragment) is not None


def _digests(integrity: str, fragment: str, number: int, notes: Notes) -> tuple[Digest, ...]:
    """Return what `integrity` and the sha1 behind `resolved` state; a bad one is noted."""
    found: set[Digest] = set()
    if _SHA1.fullmatch(fragment):
        found.add(Digest(algorithm=Algorithm.SHA1, hex=fragment.lower()))
    for stated in integrity.split():
        try:
            found.update(integrity_of(stated))
        except Malformed as error:
            notes.skip(number, str(error))
    return tuple(sorted(found))
