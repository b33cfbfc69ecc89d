"""The story on one page: plan, search, visit, inspect, verify, render.

Each function is one step; what it needs comes in as values or as one of the interfaces, what it found
goes out as values. Who calls it when, and where results are kept, is the business of `workers`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler import lockfiles, reporting, targeting
from crawler.linking import readme_sketch
from crawler.matching import (
    VerdictIndex,
    WatchKeys,
    asked_around,
    asked_by_name,
    identify,
    indicators_of,
    is_concerned,
    match_whole,
    place,
    registry_of,
    sets_task,
    speaks_of_samples,
    under_settings,
    unrequired,
)
from crawler.model import (
    Algorithm,
    Evidence,
    Finding,
    LineSpan,
    LockBlob,
    LockId,
    Match,
    ParseResult,
    Pin,
    Reader,
    ReadRequest,
    Repository,
    SeenFile,
    Sighting,
    Surroundings,
    Verdict,
    Visit,
    Worth,
    is_request,
    path_of,
    project_of_file,
)
from crawler.model.urls import redact_text

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.hosts.interface import Host, Searcher, SearchPage
    from crawler.lockfiles import Release
    from crawler.model import (
        Distribution,
        Ecosystem,
        Liveness,
        Query,
        Registry,
        Report,
        Subject,
        Target,
    )
    from crawler.reporting.interface import Edition, ExportFile

__all__ = [
    "Inspection",
    "LockSurroundings",
    "Lookup",
    "Parse",
    "ParseUnknown",
    "RegistrySettings",
    "evidence",
    "findings",
    "inspect",
    "inspect_unknown",
    "locks_of",
    "manifest_of",
    "orphans_at",
    "places",
    "plan",
    "rejudge",
    "render",
    "search",
    "settings_among",
    "surroundings",
    "verify",
    "visit",
    "visit_around",
    "with_orphans",
    "with_questions",
    "without_repeats",
]

Lookup = Callable[[WatchKeys], Iterable[Verdict]]
"""Returns the current verdicts on anything that the keys name."""

Parse = Callable[[str, bytes], ParseResult]
"""Reads a lock: path and bytes in, pins out; never raises for what it contains."""

ParseUnknown = Callable[[str, bytes, lockfiles.KnownTexts], lockfiles.LockReading]
"""Reads what is not known of a lock, as `Parse` does."""

_LONGEST_EXCERPT = 40
_MOST_READMES = 3
_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A lock, read and judged; true wherever the same blob is read in the same way."""

    result: ParseResult
    matches: tuple[Match, ...]
    concerned: frozenset[bytes] = frozenset()
    """Keys of those packages that were read of which a verdict speaks, or with which somebody tampered."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LockSurroundings:
    """What was seen around the locks of a repository."""

    names: Mapping[str, Mapping[str, str]]
    """Commit -> path -> blob oid."""
    readmes: Mapping[str, str]
    """Blob oid -> text."""


def plan(
    verdicts: Iterable[Verdict], taught: Mapping[Subject, Sequence[Distribution]]
) -> tuple[Target, ...]:
    """Decide what to look for; `taught` are files of releases that only locks speak of."""
    return targeting.plan(verdicts, taught)


def search(host: Searcher, query: Query, cursor: str | None) -> SearchPage:
    """Ask one page of one query."""
    return host.search(query, cursor)


def visit(
    reader: Reader,
    repositories: Sequence[Repository],
    request: ReadRequest,
) -> Iterator[Visit]:
    """Read the locks of `repositories` that are not known yet."""
    return reader.read(repositories, request)


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


def evidence(
    finding: Finding,
    blob: LockBlob,
    host: Host,
    registries: Mapping[Ecosystem, Registry],
    now: datetime,
) -> Evidence:
    """Take down what a third party needs, from the bytes of the lock itself."""
    pin, sighting = finding.match.pin, finding.sighting
    lines = pin.lines
    return Evidence(
        permalink=host.permalink(finding.repository, sighting.commit, sighting.path, lines),
        blob_oid=blob.oid,
        lock_sha256=hashlib.sha256(blob.data).hexdigest(),
        lock_size=len(blob.data),
        lines=lines,
        excerpt="" if lines is None else _excerpt(blob.data, lines),
        liveness=None,
        still_at_head=None,
        collected_at=now,
        viewer_url=_viewer_page(pin, registry_of(pin, registries.get(pin.ecosystem))),
    )


def _viewer_page(pin: Pin, registry: Registry | None) -> str | None:
    """Return the page of the registry's viewer that shows the pinned file, where that can be known.

    Its shape is that of pypi/inspector: /project/<name>/<version>/packages/<2>/<2>/<60>/<file>/.
    """
    digests = identify(pin).digests
    digest = next((d for d in digests if d.algorithm is Algorithm.BLAKE2B_256), None)
    stated = None if pin.filename is None else project_of_file(pin.filename, pin.name)
    if registry is None or not registry.viewer_url or digest is None or stated is None:
        return None
    name, version = stated
    path = quote(path_of(digest.hex, pin.filename or ""))
    return f"{registry.viewer_url}/project/{name}/{quote(version)}{path}/"


def _excerpt(data: bytes, lines: LineSpan) -> str:
    """Cut the lines out of the lock; credentials are redacted, long lines and spans are cut."""
    text = data.decode("utf-8", errors="replace").split("\n")[lines.first - 1 : lines.last]
    return "\n".join(
        redact_text(line.rstrip("\r"))[:_LONGEST_LINE] for line in text[:_LONGEST_EXCERPT]
    )


def verify(
    known: Evidence,
    url: str | None,
    ask: Callable[[str], Liveness],
    *,
    still_at_head: bool | None,
    now: datetime,
) -> Evidence:
    """Check a finding again: `ask` sends one HEAD for the file; the caller looked at the repository."""
    answer = None if url is None else ask(url)
    return replace(known, liveness=answer, still_at_head=still_at_head, verified_at=now)


def render(
    reports: Sequence[Report], formats: Iterable[str], edition: Edition
) -> Iterator[ExportFile]:
    """Turn reports into the documents of each format, as an edition of its time and sender.

    What is found in private repositories is for the operator alone.
    """
    for_others = [one for one in reports if not one.finding.repository.private]
    for name in formats:
        chosen = reporting.FORMATS[name]
        shown = reports if chosen.is_for_operator else for_others
        yield from chosen.renderer(edition).render(shown)
