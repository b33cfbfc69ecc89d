"""Who stands behind the digest of an accused file: one row of one feed convicts nobody.

A wrong digest in one record accuses whoever pins the file that it really is of. So each digest is kept
with those who state it. Where one root source alone accuses, these speak against it: the index lists
that very file; somebody knows the digest as that of another release's file; the project is one of the
most used, and the index has not removed the release. A second root answers all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from crawler.model import (
    Assertion,
    Claim,
    Digest,
    DigestSupport,
    Doubt,
    IndexState,
    Subject,
)
from crawler.verdicts.dossier import Dossier, Ruling
from crawler.verdicts.index import IndexObservation
from crawler.verdicts.inventory import KnownFile
from crawler.verdicts.known_files import release_of
from crawler.verdicts.sources import root_of
from crawler.verdicts.withdrawals import ACCUSING

__all__ = ["with_support"]

_TAKEN_OFF = frozenset({IndexState.GONE, IndexState.QUARANTINED})


def with_support(
    dossier: Dossier, known: KnownFile, ruling: Ruling, observation: IndexObservation | None
) -> Ruling:
    """Return `ruling`, by which `known` is malicious, with the support of each of its digests.

    `observation` is what the index says of the file.
    """
    release = _release(dossier, known)
    of_file = _accusing_file(dossier, known)
    of_release = (*dossier.named(release.version), *dossier.ranged(release.version))
    alone = len(_roots(dossier, (*of_file, *of_release))) == 1
    against = (*_doubts(dossier, release, observation, by_digest=bool(of_file)),) if alone else ()
    behind = [a for a in of_file or of_release if not (a.subject.file and a.subject.file.digests)]
    support = tuple(_of_digest(dossier, known, d, behind, against) for d in known.file.digests)
    found = dict.fromkeys(doubt for one in support for doubt in one.doubts)
    return replace(ruling, codes=(*ruling.codes, *found), support=support)


def _release(dossier: Dossier, known: KnownFile) -> Subject:
    version = known.subject.version or release_of(dossier.project, known.file.filename)
    return Subject(project=dossier.project, version=version)


def _accusing_file(dossier: Dossier, known: KnownFile) -> tuple[Assertion, ...]:
    """Return what accuses the file itself, or the same bytes under the name of another project."""
    own = [a for a in dossier.statements.on(known.subject, Claim.MALICIOUS) if known.is_meant_by(a)]
    same = (a for digest in known.file.digests for a in dossier.stating.get(digest, ()))
    return (*own, *(a for a in same if a.claim is Claim.MALICIOUS))


def _doubts(
    dossier: Dossier, release: Subject, observation: IndexObservation | None, *, by_digest: bool
) -> Iterator[Doubt]:
    """Yield what the index says for the file, or fails to say against it."""
    state = None if observation is None else observation.state
    if state is IndexState.LISTED and by_digest:
        yield Doubt.LISTED
    if not dossier.protected or state in _TAKEN_OFF:
        return
    version = release.version
    above = dossier.index.project() if version is None else dossier.index.release(version)
    if above is None and state is None:
        yield Doubt.PROTECTED_UNKNOWN
    elif above is None or above.state not in _TAKEN_OFF:
        yield Doubt.PROTECTED


def _of_digest(
    dossier: Dossier,
    known: KnownFile,
    digest: Digest,
    behind: Iterable[Assertion],
    against: tuple[Doubt, ...],
) -> DigestSupport:
    """Return the support of one digest: who states it for this file, and who is `behind` its name.

    Whoever accuses the same bytes under another name states it, too. No root is left of a digest that
    only a withdrawn record stated.
    """
    said = dossier.stating.get(digest, ())
    others = [a for a in said if a.claim not in ACCUSING and _is_of_another(a, known)]
    stating = [a for a in said if a.claim is not Claim.ALLOWED and a not in others]
    roots = _roots(dossier, (*stating, *behind)) if stating else ()
    if len(roots) == 1 and others:
        against = (Doubt.OTHER_FILE, *against)
    return DigestSupport(digest=digest, roots=roots, doubts=against)


def _roots(dossier: Dossier, assertions: Iterable[Assertion]) -> tuple[str, ...]:
    return tuple(sorted({root_of(a, dossier.roots) for a in assertions}))


def _is_of_another(assertion: Assertion, known: KnownFile) -> bool:
    """Say whether an assertion speaks of another project or release than that of `known`."""
    own, other = known.subject, assertion.subject
    if own.project.unplaced != other.project.unplaced:
        return True
    return None not in {own.version, other.version} and own.version != other.version
