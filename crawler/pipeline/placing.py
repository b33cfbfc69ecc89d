"""From the matches of a lock to findings: where it was seen, and as the settings of its repository have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crawler import lockfiles
from crawler.matching import place, under_settings
from crawler.model import Finding, LockId, Match, Pin, Repository, Sighting, is_request

if TYPE_CHECKING:
    from crawler.model import Ecosystem, Registry
    from crawler.pipeline.inspecting import Inspection

__all__ = ["RegistrySettings", "findings", "settings_among", "without_repeats"]


@dataclass(frozen=True, kw_only=True)
class RegistrySettings:
    """What a repository says of the registries that its tools are to ask."""

    read: Mapping[str, Sequence[Pin]]
    """What its files say of registries, by path (`lockfiles.settings_in`)."""
    registries: Mapping[Ecosystem, Registry]

    @cached_property
    def index(self) -> lockfiles.IndexSettings:
        """What was read, as it is asked for."""
        return lockfiles.IndexSettings.among(self.read)


def settings_among(
    judged: Mapping[LockId, Inspection],
    seen: Mapping[LockId, Sequence[Sighting]],
    registries: Mapping[Ecosystem, Registry],
) -> RegistrySettings:
    """Return what the files of a repository, `judged` where they were `seen`, say of registries.

    What a request brings along says nothing of the repository: whoever sets a lure might hide it so.
    """
    read = {
        sighting.path: said
        for lock, inspection in judged.items()
        if (said := lockfiles.settings_in(inspection.result.pins))
        for sighting in seen.get(lock, ())
        if not is_request(sighting.ref)
    }
    return RegistrySettings(read=read, registries=registries)


def findings(
    inspection: Inspection,
    repository: Repository,
    sightings: Iterable[Sighting],
    settings: RegistrySettings | None = None,
) -> tuple[Finding, ...]:
    """Place the matches of a lock; at several heads the first sighting of a path stands for all.

    One at a branch or tag comes before all that only requests lead to.

    All `sightings` are of this very lock: of the same blob, and read in the same way. `settings` are those
    of the repository.
    """
    in_order = sorted(sightings, key=lambda seen: is_request(seen.ref))
    first = {s.path: s for s in reversed(in_order)}
    lock_format = inspection.result.format
    found = (
        place(
            matched,
            repository,
            sighting,
            lock_format,
            renamed=lockfiles.is_renamed(sighting.path, lock_format),
        )
        for sighting in (first.values() if inspection.matches else ())
        for matched in _as_set(inspection, sighting.path, settings)
    )
    return tuple({finding.key: finding for finding in found}.values())


def _as_set(
    inspection: Inspection, path: str, settings: RegistrySettings | None
) -> Sequence[Match]:
    """Return the matches of a lock as the settings that count for it at `path` have them."""
    if settings is None or not settings.read:
        return inspection.matches
    lock_format = inspection.result.format
    counting = settings.index.governing(path, lock_format)
    runs = settings.index.runs_at(path, lock_format)
    return under_settings(inspection.matches, counting, settings.registries, runs)


def without_repeats(found: Iterable[Finding]) -> list[Finding]:
    """Return `found` without what a manifest says of a ghost that a lock deciding over it pins as surely.

    A ghost that only the manifest names, or names more surely, stays: the next install takes it.
    """
    every = list(found)
    locks: defaultdict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for one in every:
        locks[_ghost(one)].append(one)
    return [one for one in every if not any(_says_for(other, one) for other in locks[_ghost(one)])]


def _ghost(finding: Finding) -> tuple[object, ...]:
    place, match = finding.repository, finding.match
    at = (place.host, place.path, finding.sighting.commit)
    return *at, match.pin.ecosystem, match.release, match.verdict is None


def _says_for(lock: Finding, manifest: Finding) -> bool:
    surer = manifest.match.confidence.rank > lock.match.confidence.rank
    return not surer and lockfiles.decides(
        (lock.sighting.path, lock.format), (manifest.sighting.path, manifest.format)
    )
