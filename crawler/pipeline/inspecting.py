"""From the bytes of a lock to its matches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler import lockfiles
from crawler.matching import (
    VerdictIndex,
    WatchKeys,
    indicators_of,
    is_concerned,
    match_whole,
    unrequired,
)
from crawler.model import LockBlob, LockId, Match, ParseResult, Sighting, Verdict, Visit

if TYPE_CHECKING:
    from crawler.lockfiles import Release
    from crawler.model import Ecosystem, Registry

__all__ = [
    "Inspection",
    "Lookup",
    "Parse",
    "ParseUnknown",
    "inspect",
    "inspect_unknown",
    "locks_of",
    "manifest_of",
    "orphans_at",
    "places",
    "rejudge",
    "with_orphans",
]

Lookup = Callable[[WatchKeys], Iterable[Verdict]]
"""Returns the current verdicts on anything that the keys name."""

Parse = Callable[[str, bytes], ParseResult]
"""Reads a lock: path and bytes in, pins out; never raises for what it contains."""

ParseUnknown = Callable[[str, bytes, lockfiles.KnownTexts], lockfiles.LockReading]
"""Reads what is not known of a lock, as `Parse` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A lock, read and judged; true wherever the same blob is read in the same way."""

    result: ParseResult
    matches: tuple[Match, ...]
    concerned: frozenset[bytes] = frozenset()
    """Keys of those packages that were read of which a verdict speaks, or with which somebody tampered."""


def places(sightings: Iterable[Sighting]) -> Mapping[LockId, tuple[Sighting, ...]]:
    """Return where each lock was seen."""
    seen: defaultdict[LockId, list[Sighting]] = defaultdict(list)
    for one in sightings:
        seen[lockfiles.lock_id(one.path, one.oid)].append(one)
    return {lock: tuple(there) for lock, there in seen.items()}


def locks_of(brought: Visit) -> Mapping[LockId, LockBlob]:
    """Return the locks that a visit brought: its blobs, each at one path of every way it is read in."""
    blobs = {blob.oid: blob for blob in brought.blobs}
    locks = {lockfiles.lock_id(blob.path, oid): blob for oid, blob in blobs.items()}
    for lock, there in places(brought.sightings).items():
        if lock.oid in blobs:
            locks[lock] = replace(blobs[lock.oid], path=there[0].path)
    return locks


def inspect(
    blob: LockBlob,
    lookup: Lookup,
    registries: Mapping[Ecosystem, Registry],
    parse: Parse = lockfiles.parse,
) -> Inspection:
    """Parse a lock as its path says and judge all its pins; `parse` may be one that is guarded."""
    return rejudge(parse(blob.path, blob.data), lookup, registries)


def inspect_unknown(
    reading: lockfiles.LockReading, lookup: Lookup, registries: Mapping[Ecosystem, Registry]
) -> Inspection:
    """Judge what was read of a lock, and tell which of its packages may be passed over another time."""
    indicators = indicators_of(reading.result.pins, registries)
    verdicts = VerdictIndex(lookup(indicators.keys))
    if not is_concerned(indicators, verdicts, registries):
        return Inspection(result=reading.result, matches=())
    concerned = (
        one.key
        for one in reading.packages
        if is_concerned(indicators_of(one.pins, registries), verdicts, registries)
    )
    return Inspection(
        result=reading.result,
        matches=match_whole(reading.result, indicators, verdicts, registries),
        concerned=frozenset(concerned),
    )


def rejudge(
    result: ParseResult, lookup: Lookup, registries: Mapping[Ecosystem, Registry]
) -> Inspection:
    """Judge pins that were read before: the retro-hunt, which asks no host."""
    indicators = indicators_of(result.pins, registries)
    verdicts = VerdictIndex(lookup(indicators.keys))
    matches = match_whole(result, indicators, verdicts, registries)
    return Inspection(result=result, matches=matches)


def with_orphans(inspection: Inspection, blob: LockBlob, manifest: bytes | None) -> Inspection:
    """Return `inspection` of the lock `blob` and what it has that nothing requires: counted, never an accusation.

    `manifest` is what lies beside it (`lockfiles.manifest_beside`).
    """
    orphans = lockfiles.orphans(blob.path, blob.data, manifest)
    if not orphans:
        return inspection
    left = (pin for pin in inspection.result.pins if (pin.name, pin.version) in orphans)
    return replace(inspection, matches=(*inspection.matches, *unrequired(left)))


def manifest_of(sighting: Sighting, brought: Visit) -> bytes | None:
    """Return the manifest that has the roots of the lock at `sighting`; None where it was not brought."""
    place = (sighting.commit, lockfiles.manifest_beside(sighting.path))
    there = {seen.oid for seen in brought.sightings if (seen.commit, seen.path) == place}
    return next((blob.data for blob in brought.blobs if blob.oid in there), None)


def orphans_at(sighting: Sighting, brought: Visit) -> Collection[Release] | None:
    """Return what nothing requires of the lock at `sighting`; None where that cannot be told."""
    data = next((blob.data for blob in brought.blobs if blob.oid == sighting.oid), None)
    if data is None:
        return None
    return lockfiles.orphans(sighting.path, data, manifest_of(sighting, brought))
