"""Pins times verdicts: which pin is a ghost, how sure, and why. The heart of "no false accusation".

The tiers are those of docs/architecture.md, "Identity: the file decides".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from crawler.fields import stated_instant
from crawler.matching.codes import Code
from crawler.matching.identity import (
    host_of,
    identify,
    is_file_of,
    is_served_by,
    profile_of,
    registry_of,
    stated,
)
from crawler.matching.support import is_stated, one_source
from crawler.matching.tampering import difference_of, is_foreign, tampering
from crawler.model import Confidence, Ecosystem, IndexState, Match, OriginKind, Tier, VerdictState
from crawler.model.urls import is_local, is_path
from crawler.model.version_ranges import in_range, is_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crawler.matching.identity import Identity
    from crawler.matching.index import VerdictIndex
    from crawler.model import Algorithm, Distribution, Pin, Registry, Verdict

__all__ = ["match", "origin_codes", "strength", "unrequired"]

_NEVER_INSTALLED = "never-installed"
"""The flag of a pin whose environment marker holds nowhere."""
_SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")


def match(
    pins: Iterable[Pin],
    verdicts: VerdictIndex,
    registries: Mapping[Ecosystem, Registry],
) -> tuple[Match, ...]:
    """Return what the verdicts say of `pins`: at most one match by a verdict and one of tier T each."""
    return tuple(
        found for pin in pins for found in _matches(pin, verdicts, registries.get(pin.ecosystem))
    )


def strength(codes: Iterable[Code]) -> Confidence:
    """Return the strongest confidence that all of `codes` allow."""
    return min((code.ceiling for code in codes), key=lambda c: c.rank)


def unrequired(pins: Iterable[Pin]) -> Iterator[Match]:
    """Yield what is counted of `pins` that nothing in their lock requires: one match for each release."""
    first = {(pin.name, pin.version): pin for pin in reversed(list(pins))}
    for pin in reversed(first.values()):
        yield _matched(pin, Tier.N, (Code.ORPHAN,), None)


def _matches(pin: Pin, verdicts: VerdictIndex, registry: Registry | None) -> Iterator[Match]:
    """Yield the matches of `pin`; `registry` is the public one of its ecosystem, which locks are tampered to pose as."""
    place = registry_of(pin, registry)
    identity = identify(pin, place)
    by_verdict = None if verdicts.is_empty else _by_verdict(pin, identity, verdicts, place)
    if by_verdict is not None and not _is_vouched_for(identity, verdicts):
        yield by_verdict
    profile = None if registry is None else profile_of(pin)
    if registry is None or profile is None:
        return
    if tampered := tampering(profile, registry):
        found = _matched(pin, Tier.T, tampered, None)
        yield _with_difference(found, profile.host, registry)


def _with_difference(match: Match, host: str, registry: Registry) -> Match:
    """Return `match`, and of a look-alike host also how its name differs."""
    told = f"{Code.LOOKALIKE_HOST.text}: {difference_of(host, registry)}"
    reasons = tuple(
        replace(one, text=told) if one.code == Code.LOOKALIKE_HOST.code else one
        for one in match.reasons
    )
    return replace(match, reasons=reasons)


def _by_verdict(
    pin: Pin, identity: Identity, verdicts: VerdictIndex, registry: Registry | None
) -> Match | None:
    return (
        _by_file(pin, identity, verdicts)
        or _by_name(pin, identity, verdicts, registry)
        or _by_removed_file(pin, identity, verdicts, registry)
    )


def _matched(pin: Pin, tier: Tier, codes: tuple[Code, ...], verdict: Verdict | None) -> Match:
    if _NEVER_INSTALLED in pin.flags:
        codes = (*codes, Code.NEVER_INSTALLED)
    return Match(
        pin=pin,
        tier=tier,
        confidence=strength(codes),
        reasons=tuple(code.reason() for code in codes),
        verdict=verdict,
    )


def _by_file(pin: Pin, identity: Identity, verdicts: VerdictIndex) -> Match | None:
    """Match by a digest: the file itself, on whatever host."""
    known = [
        v
        for v in _of_file(identity, verdicts)
        if _is_corroborated(pin, v) and is_stated(identity, v)
    ]
    malicious = [v for v in known if v.state is VerdictState.MALICIOUS]
    disputed = len(malicious) < len(known)
    found = [_accused(pin, identity, verdict, disputed=disputed) for verdict in malicious]
    return max(found, key=lambda m: m.confidence.rank, default=None)


def _of_file(identity: Identity, verdicts: VerdictIndex) -> tuple[Verdict, ...]:
    """Return the verdicts on files with a digest of the pin, each once."""
    return tuple(dict.fromkeys(v for d in identity.digests for v in verdicts.by_digest(d)))


def _accused(pin: Pin, identity: Identity, verdict: Verdict, *, disputed: bool) -> Match:
    codes = [Code.FILE_DIGEST]
    if disputed or _contradicts(identity, verdict):
        codes.append(Code.DIGEST_CONFLICT)
    codes += one_source(pin, identity, verdict)
    if verdict.index_state is IndexState.LISTED:
        codes.append(Code.RELEASE_LISTED)
    codes += _disagreement(verdict)
    if _asks_index(pin):
        codes.append(Code.ASKS_INDEX)
    if pin.origin.kind is OriginKind.BUNDLED:
        codes.append(Code.BUNDLED)
    if not verdict.explicit:
        return _matched(pin, Tier.C, (*codes, _by_name_only(verdict)), verdict)
    return _matched(pin, Tier.A, tuple(codes), verdict)


def _is_corroborated(pin: Pin, verdict: Verdict) -> bool:
    """Say whether the digests of a verdict can be believed of this pin.

    A file that is only said to exist may be a link to somebody else's: its name must be the pin's too.
    """
    file = verdict.subject.file
    return not verdict.is_hearsay or (file is not None and file.filename == pin.filename)


def _is_vouched_for(identity: Identity, verdicts: VerdictIndex) -> bool:
    """Say whether a person allowed the pinned file, and no digest of the pin is of a malicious one."""
    states = {v.state for v in _of_file(identity, verdicts)}
    return VerdictState.ALLOWED in states and VerdictState.MALICIOUS not in states


def _contradicts(identity: Identity, verdict: Verdict) -> bool:
    """Say whether the pin states digests of an algorithm, and that of the file is none of them."""
    file = verdict.subject.file
    return file is not None and any(
        (known := file.digest(algorithm)) is not None and known not in stated
        for algorithm, stated in _by_algorithm(identity).items()
    )


def _by_algorithm(identity: Identity) -> Mapping[Algorithm, set[str]]:
    """Return the hex digits that the pin states per algorithm; several where it lists several files."""
    found: dict[Algorithm, set[str]] = {}
    for digest in identity.digests:
        found.setdefault(digest.algorithm, set()).add(digest.hex)
    return found


def _by_name(
    pin: Pin, identity: Identity, verdicts: VerdictIndex, registry: Registry | None
) -> Match | None:
    """Match by (name, version), then by name; the strongest of what the pin states."""
    candidates = [v for key in identity.releases if (v := verdicts.by_release(*key)) is not None]
    stated = {project for project, _ in identity.releases}
    judged = {v.subject.project for v in candidates}
    candidates += [v for key in identity.releases for v in verdicts.by_range(*key)]
    candidates += [
        v
        for project in identity.projects
        if project not in judged & stated and (v := verdicts.by_project(project)) is not None
    ]
    found = [
        m for v in candidates if (m := _named(pin, identity, v, verdicts, registry)) is not None
    ]
    return max(found, key=lambda m: m.confidence.rank, default=None)


def _named(
    pin: Pin,
    identity: Identity,
    verdict: Verdict,
    verdicts: VerdictIndex,
    registry: Registry | None,
) -> Match | None:
    lowering = (*origin_codes(pin, registry), *_reuse(pin, identity, verdict, verdicts))
    match verdict.state:
        case VerdictState.YANKED | VerdictState.WITHDRAWN | VerdictState.ALLOWED:
            return None  # it installs from the index, nobody accuses it any more, or one vouches for it
        case VerdictState.REMOVED:
            return _census(pin, Code.UNKNOWN_GHOST, lowering, verdict)
        case VerdictState.OWNER_REMOVED:
            return _census(pin, Code.OWNER_REMOVED, lowering, verdict)
        case _ if is_range(verdict.subject.version) and not _lies_in(identity, verdict):
            return _matched(pin, Tier.C, (Code.RANGE_UNKNOWN, *lowering), verdict)
        case VerdictState.MALICIOUS if verdict.explicit and verdict.subject.version is not None:
            return _listed(pin, lowering, verdict)
        case _:
            return _matched(pin, Tier.C, (_by_name_only(verdict), *lowering), verdict)


def _lies_in(identity: Identity, verdict: Verdict) -> bool:
    """Say whether a release that the pin states lies in the range of `verdict`."""
    judged = verdict.subject
    return any(
        project == judged.project and in_range(judged.version or "", version)
        for project, version in identity.releases
    )


def _is_by_range(verdict: Verdict) -> bool:
    return any(reason.code == "version-range" for reason in verdict.reasons)


def _by_name_only(verdict: Verdict) -> Code:
    """Return why a verdict binds no release: of a malicious one its record means all, or too wide a range."""
    if verdict.state is VerdictState.MALICIOUS and _is_by_range(verdict):
        return Code.OPEN_RANGE
    return _BY_NAME_ONLY[verdict.state]


_BY_NAME_ONLY = {
    VerdictState.MALICIOUS: Code.EVERY_VERSION,
    VerdictState.QUARANTINED: Code.QUARANTINE_ONLY,
    VerdictState.SUSPICIOUS: Code.SUSPICIOUS_ONLY,
    VerdictState.NAME_REUSED: Code.NAME_REUSED,
}


def _listed(pin: Pin, lowering: tuple[Code, ...], verdict: Verdict) -> Match:
    """Match a release that a record names; what lowers it far enough makes it tier C."""
    named = Code.LISTED_RANGE if _is_by_range(verdict) else Code.LISTED_RELEASE
    codes = (named, *_index_state(verdict), *_disagreement(verdict), *lowering)
    if _asks_index(pin):
        codes = (*codes, Code.ASKS_INDEX)
    by_name_only = strength(codes).rank <= Confidence.POSSIBLE.rank
    return _matched(pin, Tier.C if by_name_only else Tier.B, codes, verdict)


def _asks_index(pin: Pin) -> bool:
    of_registry = pin.origin.kind is OriginKind.REGISTRY and not is_path(pin.origin.location)
    return pin.url is None and of_registry


def _disagreement(verdict: Verdict) -> tuple[Code, ...]:
    """A person looks first where one who accused has thought better of it."""
    disputed = any(r.code == Code.FEEDS_DISAGREE.code for r in verdict.reasons)
    return (Code.FEEDS_DISAGREE,) if disputed else ()


def _by_removed_file(
    pin: Pin, identity: Identity, verdicts: VerdictIndex, registry: Registry | None
) -> Match | None:
    """Count a file that was removed while its release is still listed."""
    known = [
        *_of_file(identity, verdicts),
        *(
            v
            for release in identity.releases
            for v in verdicts.files_of(*release)
            if v.subject.file is not None and v.subject.file.filename == pin.filename
        ),
    ]
    for verdict in known:
        if verdict.state is VerdictState.REMOVED:
            return _census(pin, Code.UNKNOWN_GHOST, origin_codes(pin, registry), verdict)
    return None


def _census(pin: Pin, code: Code, lowering: tuple[Code, ...], verdict: Verdict) -> Match | None:
    """Count a ghost that nobody accuses, if the pin really is one: a file of the public registry."""
    return None if lowering or pin.url is None else _matched(pin, Tier.U, (code,), verdict)


def origin_codes(pin: Pin, registry: Registry | None) -> tuple[Code, ...]:
    """Name what makes a pin of the same name another thing than the registry's file."""
    match pin.origin.kind:
        case OriginKind.REGISTRY:
            return _from_registry(pin, registry)
        case OriginKind.URL | OriginKind.FIND_LINKS:
            return _from_url(pin, registry)
        case OriginKind.BUNDLED:
            return (Code.BUNDLED,)
        case OriginKind.GIT:  # packages of Swift are called by the URL of their repository
            return () if pin.ecosystem is Ecosystem.SWIFT else (Code.GIT_SOURCE,)
        case OriginKind.PATH | OriginKind.DIRECTORY:
            return (Code.PATH_SOURCE,)
        case OriginKind.EDITABLE | OriginKind.VIRTUAL | OriginKind.WORKSPACE:
            return (Code.WORKSPACE_SOURCE,)
        case _:
            assert_never(pin.origin.kind)


def _from_registry(pin: Pin, registry: Registry | None) -> tuple[Code, ...]:
    location = pin.origin.location
    if pin.url is None and not location.startswith(" ") and is_path(location):
        return (Code.PATH_SOURCE,)
    if registry is None or not _is_ours(pin, registry):
        return (Code.PRIVATE_REGISTRY,)
    return (Code.OTHER_INDEX,) if _asks_others_too(pin, registry) else ()


def _asks_others_too(pin: Pin, registry: Registry) -> bool:
    """Say whether a pin without URL may come from somewhere else than `registry`: pip takes it from any that it asks."""
    places = pin.origin.location.split(" ") if pin.url is None else []
    return registry.ecosystem is Ecosystem.PYPI and any(
        place and not registry.is_asked(place) for place in places
    )


def _from_url(pin: Pin, registry: Registry | None) -> tuple[Code, ...]:
    if pin.url is None and is_local(pin.origin.location):
        return (Code.PATH_SOURCE,)
    ours = registry is not None and is_file_of(registry, pin.url or pin.origin.location)
    return () if ours else (Code.FOREIGN_URL,)


def _is_ours(pin: Pin, registry: Registry) -> bool:
    """Say whether a registry entry means `registry`, among others where several are asked.

    A file on its own file host that is what the entry says is its file, whatever index the lock names. Locks of npm name no registry;
    the tarball's URL, where there is one, begins with that of its own.
    """
    location = pin.origin.location
    if registry.ecosystem is Ecosystem.NPM:
        place = pin.url or location
        return not place or is_served_by(registry, place)
    if pin.url is not None and is_file_of(registry, pin.url) and len(stated(pin)) == 1:
        return True
    if location:
        asked = location.split(" ")
        return any(not one or registry.is_asked(one) for one in asked)
    return pin.url is None or not is_foreign(host_of(pin.url), registry)


def _index_state(verdict: Verdict) -> tuple[Code, ...]:
    match verdict.index_state:
        case IndexState.LISTED:
            return (Code.RELEASE_LISTED,)
        case IndexState.UNKNOWN:
            return (Code.INDEX_UNKNOWN,)
        case IndexState.GONE | IndexState.QUARANTINED:
            return ()
        case _:
            assert_never(verdict.index_state)


def _reuse(
    pin: Pin, identity: Identity, verdict: Verdict, verdicts: VerdictIndex
) -> tuple[Code, ...]:
    """Say whether the pin is another file than the one that was judged, under the same name."""
    version = verdict.subject.version
    siblings = () if version is None else verdicts.files_of(verdict.subject.project, version)
    other_file = any(
        v.subject.file is not None
        and not v.is_hearsay
        and (v.subject.file.filename == pin.filename or pin.ecosystem is Ecosystem.NPM)
        and _contradicts(identity, v)
        for v in siblings  # a release of npm is one tarball, whatever a mirror calls it
    )
    no_known_file = _are_all_files(v.subject.file for v in siblings if not v.is_hearsay) and all(
        _contradicts(identity, v) for v in siblings
    )
    known_otherwise = any(
        v.state is not VerdictState.MALICIOUS and not v.is_hearsay
        for v in _of_file(identity, verdicts)
    )
    reused = other_file or no_known_file or known_otherwise or _other_incarnation(pin, verdict)
    return (Code.NAME_REUSED,) if reused else ()


def _are_all_files(known: Iterable[Distribution | None]) -> bool:
    """Say whether a release of the Python index has no file but those that are `known`.

    One sdist and one wheel for every platform are what a release has; beside either of them alone, or
    beside a wheel for one platform, there may be others.
    """
    names = [file.filename for file in known if file is not None]
    return any(name.endswith("-none-any.whl") for name in names) and any(
        name.endswith(_SDISTS) for name in names
    )


def _other_incarnation(pin: Pin, verdict: Verdict) -> bool:
    """Say whether the file was uploaded before the judged project was created, or after its removal."""
    uploaded = stated_instant(pin.uploaded_at, assumed=None)
    if uploaded is None:
        return False
    begun, ended = verdict.incarnation_from, verdict.incarnation_until
    return (begun is not None and uploaded < begun) or (ended is not None and uploaded > ended)
