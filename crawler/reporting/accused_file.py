"""What machines may be told of an accused file, so that they block it and nothing else.

Whoever owns a lock can write anything into it: the digest of somebody's release, or a URL where a harmless
file lies. A list of indicators that repeated it would turn readers against that file. So a lock's words
count only where the verdict, or the public registry's own layout, binds them to the accused file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import digest_in_path
from crawler.model.urls import host_in, normalize
from crawler.reporting.text import ascii_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crawler.model import Digest, Ecosystem, Match, ProjectKey, Registry

__all__ = ["AccusedFile", "accused_digests", "accused_file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusedFile:
    """What identifies an accused file; each part is left out where only the lock vouches for it."""

    digests: Sequence[Digest]
    filename: str | None
    url: str | None
    """As the lock states it, in ASCII."""


def accused_file(match: Match, registries: Mapping[Ecosystem, Registry]) -> AccusedFile:
    """Return what of a match that names malware identifies the file; `registries` are the public ones."""
    return AccusedFile(
        digests=accused_digests(match), filename=_filename(match), url=_url(match, registries)
    )


def accused_digests(match: Match) -> tuple[Digest, ...]:
    """Return the digests of the lock that the verdict knows as those of the accused file.

    None that can be forged, and none that only a link or another lock calls the file's.
    """
    known = _known_digests(match)
    return tuple(one for one in match.pin.digests if one.identifies and one in known)


def _known_digests(match: Match) -> Sequence[Digest]:
    verdict = match.verdict
    if verdict is None or verdict.subject.file is None or verdict.is_hearsay:
        return ()
    return verdict.subject.file.digests


def _filename(match: Match) -> str | None:
    verdict, stated = match.verdict, match.pin.filename
    if verdict is None:
        return None
    if verdict.subject.file is not None:
        return verdict.subject.file.filename
    return stated if stated and _is_named(stated, verdict.subject.project) else None


def _url(match: Match, registries: Mapping[Ecosystem, Registry]) -> str | None:
    verdict, stated = match.verdict, match.pin.url
    if verdict is None or not stated:
        return None
    place = normalize(stated)
    if not place.startswith(("https://", "http://")):
        return None
    if digest_in_path(place) not in _known_digests(match):
        public = registries.get(match.pin.ecosystem)
        registry = None if public is None else public.called(verdict.subject.project.registry)
        ours = registry is not None and host_in(place) in _hosts(registry)
        if not ours or not _is_named(place.rpartition("/")[2], verdict.subject.project):
            return None
    return ascii_url(stated)


def _hosts(registry: Registry) -> set[str]:
    bases = (registry.index_url, *registry.mirrors)
    return {*registry.file_hosts, *(host_in(normalize(base)) for base in bases)}


def _is_named(filename: str, project: ProjectKey) -> bool:
    """Say whether a file has the name of a release of `project`: `zz_ghost-1.0.tar.gz` of `zz-ghost`."""
    return _folded(filename).startswith(f"{_folded(project.name.rpartition('/')[2])}-")


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
