"""Submodules of repositories that are visited: what is asked for besides locks, and what it names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from crawler.errors import Refused
from crawler.git.gitmodules import GITMODULES, resolve_url, submodule_urls
from crawler.model import ReadRequest, SeenFile, Skipped, Visit, Worth
from crawler.model.urls import redact_text

__all__ = [
    "MOST_SUBMODULES",
    "asking_for_submodules",
    "refused_submodule",
    "wanting_submodules",
    "with_submodules",
]

MOST_SUBMODULES = 20
"""Of one repository that are visited."""


def wanting_submodules(wanted: Callable[[str], int]) -> Callable[[str], int]:
    """Return `wanted`, with the file that names submodules behind all locks."""
    return lambda path: Worth.POSSIBLE if path == GITMODULES else wanted(path)


def asking_for_submodules(request: ReadRequest) -> ReadRequest:
    """Return `request`, asking for the file that names submodules as well."""

    def known(files: Collection[SeenFile]) -> Collection[str]:
        locks = [one for one in files if one.path != GITMODULES]
        return request.known(locks) if locks else ()

    return replace(request, wanted=wanting_submodules(request.wanted), known=known)


def with_submodules(brought: Visit) -> Visit:
    """Return a visit with the submodules that it found, and without the file that names them."""
    naming = {one.oid for one in brought.sightings if one.path == GITMODULES}
    if not naming:
        return brought
    others = tuple(one for one in brought.sightings if one.path != GITMODULES)
    locks = {one.oid for one in others}
    urls: list[str] = []
    skipped: list[Skipped] = []
    texts = [blob.data for blob in brought.blobs if blob.oid in naming]
    for url in dict.fromkeys(url for text in texts for url in submodule_urls(text)):
        try:
            urls.append(resolve_url(url, brought.repository.clone_url))
        except Refused as error:
            skipped.append(refused_submodule(url, str(error)))
    return replace(
        brought,
        sightings=others,
        blobs=tuple(blob for blob in brought.blobs if blob.oid not in naming or blob.oid in locks),
        skipped=(*brought.skipped, *skipped, *_beyond(len(urls))),
        submodules=tuple(urls[:MOST_SUBMODULES]),
    )


def _beyond(count: int) -> Iterator[Skipped]:
    if count > MOST_SUBMODULES:
        reason = f"only the first {MOST_SUBMODULES} submodules of a repository are visited"
        yield Skipped(
            context=GITMODULES, reason=reason, at=GITMODULES, times=count - MOST_SUBMODULES
        )


def refused_submodule(url: str, why: str) -> Skipped:
    """Say that a submodule is not visited, and why."""
    shown = ascii(redact_text(url)[:200])
    return Skipped(context=GITMODULES, reason=f"submodule {shown}: {why}", at=GITMODULES)
