"""Decides what to look for on Git hosts, the most precise first; pure.

A digest or the 60 hex digits in the URL path of a file are single rare tokens: a code search for one
finds that ghost and nothing else. A file name finds mirrors and locks without digests. A project's
name also finds every innocent that mentions it, so it is the last resort, and never asked where the
digest of a file of that project is known. A digest that is only hearsay is asked for too, and takes no
other query away: else a made-up one would hide the ghost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.model import (
    Algorithm,
    Ecosystem,
    Level,
    Query,
    QueryKind,
    Target,
    VerdictState,
    digest_in_path,
    normalize_name,
)
from crawler.model.version_ranges import is_range

if TYPE_CHECKING:
    from crawler.model import Distribution, ProjectKey, Subject, Verdict

__all__ = ["can_be_locked", "plan"]

_SOUGHT = frozenset({VerdictState.MALICIOUS, VerdictState.QUARANTINED})
_COLLATERAL = "collateral-quarantine"
"""Reason of what is locked away with a project of which only other versions are accused: its name finds
innocents only."""
_LEVELS = (Level.FILE, Level.RELEASE, Level.PROJECT)
_PRECISION = tuple(QueryKind)
_NEVER_LOCKED = (".egg", ".exe", ".msi", ".rpm", ".deb", ".dmg")
_MOST_TAUGHT = 2
"""Locks list all files of a release, so one finds the others; a second, should one be made up."""


def plan(
    verdicts: Iterable[Verdict],
    taught: Mapping[Subject, Sequence[Distribution]] = MappingProxyType({}),
) -> tuple[Target, ...]:
    """Return a target per malicious or quarantined subject, with the queries that find it.

    `taught` are files that only locks state for a release: their digests are asked for as well.

    A query stands once, at the most precise target that asks it; a subject all of whose queries stand
    elsewhere has no target of its own. Order: by the precision of the first query, then by subject;
    the order of `verdicts` plays no part.
    """
    sought = [v for v in verdicts if _is_sought(v) and can_be_locked(v.subject)]
    subjects = sorted({v.subject for v in sought}, key=_order)
    with_digest = {
        (v.subject.project, version)
        for v in sought
        if v.subject.file is not None and _tokens(v.subject.file) and not v.is_hearsay
        for version in (v.subject.version, None)
    }
    planned: list[Target] = []
    asked: set[Query] = set()
    for subject in subjects:
        words = _queries(subject, with_digest, taught.get(subject, ())[:_MOST_TAUGHT])
        queries = tuple(q for q in dict.fromkeys(words) if q not in asked)
        asked.update(queries)
        if queries:
            planned.append(Target(subject=subject, queries=queries))
    return tuple(sorted(planned, key=lambda target: _PRECISION.index(target.queries[0].kind)))


def can_be_locked(subject: Subject) -> bool:
    """Say whether a lock can pin `subject` at all: its tool takes such a name and such a file.

    No tool takes a name that its registry would refuse; those of Python lock wheels and source archives,
    never eggs, installers or packages of an operating system, which the index kept for many years.
    """
    project = subject.project
    if normalize_name(project.ecosystem, project.name) is None:
        return False
    if subject.file is None or project.ecosystem is not Ecosystem.PYPI:
        return True
    return not subject.file.filename.lower().endswith(_NEVER_LOCKED)


def _is_sought(verdict: Verdict) -> bool:
    return verdict.state in _SOUGHT and all(r.code != _COLLATERAL for r in verdict.reasons)


def _queries(
    subject: Subject,
    with_digest: set[tuple[ProjectKey, str | None]],
    taught: Sequence[Distribution],
) -> Iterator[Query]:
    """Yield the queries of `subject`, the most precise first.

    Locks list all files of a release, so where one of its digests can be asked for, its names are
    not: few requests, and none that finds the wrong thing. Of a range of versions the name is all there is.
    """
    by_name = subject.version is None or is_range(subject.version)
    if subject.file is not None:
        tokens = _tokens(subject.file)
        yield from tokens
        if not tokens and (subject.project, subject.version) not in with_digest:
            yield Query(kind=QueryKind.FILE_NAME, text=subject.file.filename)
    elif (subject.project, None if by_name else subject.version) in with_digest:
        return
    elif subject.version is not None and not by_name:
        yield from (token for file in taught for token in _tokens(file))
        for stem in _file_stems(subject.project, subject.version):
            yield Query(kind=QueryKind.FILE_NAME, text=stem)
    else:
        yield Query(kind=QueryKind.NAME, text=subject.project.name)


def _tokens(file: Distribution) -> tuple[Query, ...]:
    """Return the searches for what a lock spells out of the digests of `file`."""
    known = {d.algorithm: d.hex for d in file.digests if d.identifies}
    sha256 = known.get(Algorithm.SHA256)
    blake2b = known.get(Algorithm.BLAKE2B_256) or _digest_in_url(file.url)
    found: list[Query] = []
    if sha256 is not None:
        found.append(Query(kind=QueryKind.DIGEST, text=sha256))
    if blake2b is not None:
        found.append(Query(kind=QueryKind.URL_PATH, text=blake2b[4:]))
    return tuple(found)


def _digest_in_url(url: str | None) -> str | None:
    try:
        digest = None if url is None else digest_in_path(urlsplit(url).path)
    except ValueError:
        return None
    return None if digest is None else digest.hex


def _file_stems(project: ProjectKey, version: str) -> Iterator[str]:
    """Yield `name-version` as file names begin.

    Wheels (PEP 427) and newer sdists (PEP 625) write `_` for `-` in the name; older sdists keep it.
    An npm tarball leaves the scope out.
    """
    match project.ecosystem:
        case Ecosystem.PYPI:
            yield f"{project.name.replace('-', '_')}-{version.replace('-', '_')}"
            yield f"{project.name}-{version}"
        case Ecosystem.NPM:
            yield f"{project.name.rpartition('/')[2]}-{version}"


def _order(subject: Subject) -> tuple[int, str, str, str, str]:
    digests = () if subject.file is None else subject.file.digests
    return (
        _LEVELS.index(subject.level),
        subject.project.ecosystem,
        subject.project.name,
        str(subject),
        repr((digests, subject.file and (subject.file.url, subject.file.uploaded_at))),
    )
