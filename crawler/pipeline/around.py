"""What lies around a lock: the names beside it, the READMEs above it, and what they ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from crawler import lockfiles
from crawler.linking import readme_sketch
from crawler.matching import asked_around, asked_by_name, sets_task, speaks_of_samples
from crawler.model import (
    Finding,
    Reader,
    ReadRequest,
    Repository,
    SeenFile,
    Surroundings,
    Visit,
    Worth,
)

__all__ = ["LockSurroundings", "surroundings", "visit_around", "with_questions"]

_MOST_READMES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSurroundings:
    """What was seen around the locks of a repository."""

    names: Mapping[str, Mapping[str, str]]
    """Commit -> path -> blob oid."""
    readmes: Mapping[str, str]
    """Blob oid -> text."""


def visit_around(
    reader: Reader,
    repository: Repository,
    request: ReadRequest,
    near: Collection[str],
) -> tuple[Visit, LockSurroundings | None]:
    """Read one repository like `visit`, and the names and READMEs around the locks at the paths `near`.

    Returns the visit of its locks and what was seen around; None where not all names could be seen.
    """
    hood = lockfiles.Neighbourhood(near)
    others: set[str] = set()

    def wanted(path: str) -> int:
        worth = request.wanted(path)
        if worth <= Worth.NONE and path not in others and hood.wants(path):
            others.add(path)
        return Worth.POSSIBLE if path in others else worth

    def known(files: Collection[SeenFile]) -> Collection[str]:
        texts = {one.oid for one in files if hood.wants_text(one.path)}
        locks = [one for one in files if one.path not in others]
        named_only = {one.oid for one in files} - {one.oid for one in locks}
        return (named_only | set(request.known(locks))) - texts

    (brought,) = reader.read([repository], replace(request, known=known, wanted=wanted))
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for seen in brought.sightings:
        names[seen.commit][seen.path] = seen.oid
    texts = {blob.oid: blob.data.decode("utf-8", "replace") for blob in brought.blobs}
    readmes = {seen.oid for seen in brought.sightings if hood.wants_text(seen.path)}
    sightings = tuple(one for one in brought.sightings if one.path not in others)
    of_locks = {one.oid for one in sightings}
    locks_only = replace(
        brought,
        sightings=sightings,
        blobs=tuple(blob for blob in brought.blobs if blob.oid in of_locks),
        skipped=tuple(one for one in brought.skipped if others.isdisjoint({one.at, one.context})),
    )
    around = LockSurroundings(
        names=names, readmes={oid: texts[oid] for oid in readmes & texts.keys()}
    )
    return locks_only, around if hood.is_whole else None


def surroundings(
    finding: Finding, names: Mapping[str, str], readmes: Mapping[str, str], ghosts: int
) -> Surroundings:
    """Return what lies around the lock of `finding`: blob oids by path, and the text of READMEs by oid."""
    sighting = finding.sighting
    speaking = sorted(
        path
        for path, oid in names.items()
        if oid in readmes and speaks_of_samples(readmes[oid], finding)
    )
    around = lockfiles.around(sighting.path, names, sighting.commit)
    topmost = min(
        (path for path, oid in names.items() if oid in readmes),
        key=lambda path: (path.count("/"), path),
        default=None,
    )
    return replace(
        around,
        readmes=tuple(speaking[:_MOST_READMES]),
        ghosts=ghosts,
        readme_sketch="" if topmost is None else readme_sketch(readmes[names[topmost]]),
        sets_task=_sets_task(sighting.path, names, readmes),
    )


def _sets_task(lock: str, names: Mapping[str, str], readmes: Mapping[str, str]) -> bool | None:
    """Say whether a README above `lock` sets a task; None where none does, and one was not read."""
    above = {oid for path, oid in names.items() if lockfiles.is_readme_above(path, lock)}
    if any(sets_task(readmes[oid]) for oid in sorted(above & readmes.keys())):
        return True
    return False if above <= readmes.keys() else None


def with_questions(finding: Finding, around: Surroundings | None) -> Finding:
    """Return `finding` with what the names of its place ask, and what lies `around` it."""
    renamed = lockfiles.is_renamed(finding.sighting.path, finding.format)
    by_name = asked_by_name(finding.repository, finding.sighting, renamed=renamed)
    asked = () if around is None else asked_around(around)
    return replace(finding, questions=(*by_name, *asked))
