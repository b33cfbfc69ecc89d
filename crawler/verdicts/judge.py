"""Assertions in, verdicts out. Only a standing malicious claim makes a malicious verdict.

A removal, a 404 or a quarantine alone is never malice. What a record says of a name is about the incarnation of
the name in which it was said; the files of another owner are never meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from crawler.model import (
    UNVERIFIED_FILE,
    Assertion,
    Claim,
    IndexState,
    ProjectKey,
    Subject,
    Verdict,
    VerdictState,
)
from crawler.verdicts.allowance import apply_allowlist
from crawler.verdicts.disagreement import note_disagreement
from crawler.verdicts.dossier import Dossier, Ruling, dossier_of
from crawler.verdicts.incarnations import Incarnation
from crawler.verdicts.index import IndexObservation
from crawler.verdicts.inventory import KnownFile
from crawler.verdicts.most_used import MOST_USED
from crawler.verdicts.non_malicious import collateral, non_malicious_ruling
from crawler.verdicts.ranges import range_ruling
from crawler.verdicts.support import with_support

__all__ = ["judge"]


def judge(
    project: ProjectKey,
    assertions: Iterable[Assertion],
    now: datetime,
    protected: Collection[ProjectKey] = MOST_USED,
) -> tuple[Verdict, ...]:
    """Return the verdicts on `project`, its releases and its files; one a subject, in stable order.

    `now` (UTC) bounds dates of the future, and ends what somebody vouches for. A `protected` project
    is at most suspicious by a record that names no version; what a record says of a range has a verdict of its
    own, for versions that no feed names. What `assertions` say of files of other
    projects tells whose bytes a digest is. A subject of which nothing is to be said gets no verdict. The
    order of the assertions does not matter.
    """
    dossier = dossier_of(project, assertions, now, protected)
    return (*_project(dossier), *_ranges(dossier), *_releases(dossier), *_files(dossier))


def _judged(
    dossier: Dossier, subject: Subject, ruling: Ruling | None, observation: IndexObservation | None
) -> Iterator[Verdict]:
    """Yield the verdict that `ruling` becomes beside what speaks against it, if it becomes one."""
    final = apply_allowlist(
        dossier, subject, None if ruling is None else note_disagreement(dossier, subject, ruling)
    )
    if final is not None:
        yield dossier.verdict(subject, final, observation)


def _project(dossier: Dossier) -> Iterator[Verdict]:
    observation = dossier.index.project()
    claims = dossier.blanket()
    ruling = (
        _on_project(dossier, claims, observation)
        if claims
        else non_malicious_ruling(dossier, dossier.whole, observation)
    )
    yield from _judged(dossier, dossier.whole, ruling, observation)


def _on_project(
    dossier: Dossier, claims: Sequence[Assertion], observation: IndexObservation | None
) -> Ruling:
    incarnation = _incarnation_of(dossier, claims)
    if dossier.history.alive not in {None, incarnation}:
        return _reused(claims, incarnation, "name-reused")
    return _blanket(dossier, claims, incarnation, observation)


def _ranges(dossier: Dossier) -> Iterator[Verdict]:
    """Rule on ranges: for the versions in them that no feed names.

    That a listing leaves such a version out says nothing of it: it may be younger than the listing.
    """
    whole = dossier.index.project()
    gone = whole is not None and whole.state is not IndexState.LISTED
    observation = whole if gone else None
    for stated in dossier.inventory.ranges:
        subject = Subject(project=dossier.project, version=stated)
        claims = dossier.named(stated)
        ruling = (
            _on_range(dossier, claims, observation)
            if claims
            else non_malicious_ruling(dossier, subject, observation)
        )
        yield from _judged(dossier, subject, ruling, observation)


def _on_range(
    dossier: Dossier, claims: Sequence[Assertion], observation: IndexObservation | None
) -> Ruling:
    incarnation = _incarnation_of(dossier, claims)
    if dossier.history.alive not in {None, incarnation}:
        return _reused(claims, incarnation, "name-reused")
    return range_ruling(dossier, claims, incarnation, observation)


def _releases(dossier: Dossier) -> Iterator[Verdict]:
    for version in dossier.inventory.versions:
        subject = Subject(project=dossier.project, version=version)
        observation = dossier.index.release(version)
        ruling = _on_release(dossier, subject, version, observation)
        yield from _judged(dossier, subject, ruling, observation)


def _on_release(
    dossier: Dossier, subject: Subject, version: str, observation: IndexObservation | None
) -> Ruling | None:
    claims = _claims_on(dossier, version)
    if not claims:
        return _innocent_release(dossier, subject, version, observation)
    incarnations = dossier.incarnations_of_release(version)
    known = incarnations if dossier.named(version) else ()
    incarnation = _incarnation_of(dossier, claims, known)
    if incarnations - {incarnation}:
        return _reused(claims, incarnation, _shared(incarnation, incarnations))
    times = (f.uploaded for f in dossier.inventory.files_of(version))
    earliest = min((when for when in times if when is not None), default=None)
    if _came_later(dossier, claims, earliest, observation):
        return _reused(claims, incarnation, "uploaded-after-record")
    return _accused(dossier, version, incarnation, observation)


def _claims_on(dossier: Dossier, version: str | None) -> tuple[Assertion, ...]:
    """Return what accuses a release: a record that names it, or else a range, or else the whole project."""
    return dossier.named(version) or dossier.ranged(version) or dossier.blanket()


def _accused(
    dossier: Dossier,
    version: str | None,
    incarnation: Incarnation,
    observation: IndexObservation | None,
) -> Ruling:
    """Rule by the claims of `_claims_on` on a release, or on a file of it."""
    if named := dossier.named(version):
        return _named(named, incarnation, observation)
    if ranged := dossier.ranged(version):
        return range_ruling(dossier, ranged, incarnation, observation, version)
    return _blanket(dossier, dossier.blanket(), incarnation, observation)


def _innocent_release(
    dossier: Dossier, subject: Subject, version: str, observation: IndexObservation | None
) -> Ruling | None:
    """What nobody accuses may still be locked away together with what somebody does."""
    ruling = non_malicious_ruling(dossier, subject, observation)
    if ruling is None or ruling.state is VerdictState.YANKED:
        return collateral(dossier, version) or ruling
    return ruling


def _files(dossier: Dossier) -> Iterator[Verdict]:
    for known in dossier.inventory.files:
        observation = dossier.index.file(known.subject.version, known.file)
        ruling = _on_file(dossier, known, observation)
        if ruling is not None and known.unverified:
            ruling = replace(ruling, codes=(*ruling.codes, UNVERIFIED_FILE))
        if ruling is not None and ruling.state is VerdictState.MALICIOUS and ruling.explicit:
            ruling = with_support(dossier, known, ruling, observation)
        yield from _judged(dossier, known.subject, ruling, observation)


def _on_file(
    dossier: Dossier, known: KnownFile, observation: IndexObservation | None
) -> Ruling | None:
    exact = [
        a for a in dossier.statements.on(known.subject, Claim.MALICIOUS) if known.is_meant_by(a)
    ]
    if exact:
        incarnation = _incarnation_of(dossier, exact, dossier.incarnations_of_file(known))
        codes = ("exact-file", *_still_listed(observation))
        return Ruling(
            state=VerdictState.MALICIOUS, codes=codes, grounds=tuple(exact), incarnation=incarnation
        )
    release = Subject(project=dossier.project, version=known.subject.version)
    claims = _claims_on(dossier, release.version)
    if not claims:
        return _innocent_file(dossier, known, release, observation)
    # Of a file that only a withdrawn record named nobody says any more that it is of this release.
    return None if known.withdrawn else _of_release(dossier, known, claims, observation)


def _of_release(
    dossier: Dossier,
    known: KnownFile,
    claims: Sequence[Assertion],
    observation: IndexObservation | None,
) -> Ruling | None:
    """Rule on a file by `claims` on its release, or on its project."""
    version = known.subject.version
    incarnations = dossier.incarnations_of_release(version)
    incarnation = _incarnation_of(dossier, claims, incarnations if dossier.named(version) else ())
    if dossier.incarnations_of_file(known) - {incarnation}:
        return _reused(claims, incarnation, "name-reused")
    if (
        known.uploaded is None
        and len(dossier.history.incarnations) > 1
        and incarnations != {incarnation}
    ):
        # Whose file it is cannot be told, so of the file itself no more is said than of its release.
        return (
            _reused(claims, incarnation, _shared(incarnation, incarnations))
            if incarnations
            else None
        )
    if _came_later(dossier, claims, known.uploaded, observation):
        return _reused(claims, incarnation, "uploaded-after-record")
    return _accused(dossier, version, incarnation, observation)


def _innocent_file(
    dossier: Dossier, known: KnownFile, release: Subject, observation: IndexObservation | None
) -> Ruling | None:
    """A file is withdrawn with its release, so that a lock's digest finds the withdrawal."""
    ruling = non_malicious_ruling(dossier, known.subject, observation)
    if ruling is not None or release.version is None:
        return ruling
    of_release = non_malicious_ruling(dossier, release, dossier.index.release(release.version))
    withdrawn = dossier.statements.taken_back_on(release, Claim.MALICIOUS)
    return of_release if withdrawn else None


def _incarnation_of(
    dossier: Dossier, claims: Sequence[Assertion], known: Iterable[Incarnation] = ()
) -> Incarnation:
    """Return the incarnation that `claims` are about: the one when they were made, or the last before it.

    A claim on a release (`known`: the incarnations it had) is about one of those; the latest claim counts. A
    record dated by the day alone may seem older than the incarnation it is about, so the date of its latest
    state is tried too.
    """
    incarnation = dossier.history.at(max(claim.valid_from for claim in claims))
    restated = dossier.history.at(max(claim.observed_at for claim in claims))
    candidates = set(known)
    nearest = (*dossier.history.up_to(incarnation), *reversed(dossier.history.up_to(restated)))
    return next((near for near in nearest if near in candidates), incarnation)


def _came_later(
    dossier: Dossier,
    claims: Sequence[Assertion],
    uploaded: datetime | None,
    observation: IndexObservation | None,
) -> bool:
    """Say whether the index lists a thing that is younger than what is said of it.

    Where the birth of the project is known, a younger upload still is the same owner's.
    """
    if uploaded is None or observation is None or observation.state is not IndexState.LISTED:
        return False
    told_of_birth = dossier.history.at(uploaded).born is not None
    return not told_of_birth and uploaded > max(claim.observed_at for claim in claims)


def _reused(claims: Sequence[Assertion], incarnation: Incarnation, code: str) -> Ruling:
    return Ruling(
        state=VerdictState.NAME_REUSED,
        codes=(code,),
        grounds=tuple(claims),
        incarnation=incarnation,
    )


def _shared(incarnation: Incarnation, incarnations: Collection[Incarnation]) -> str:
    """Return the code of a release that other incarnations than the accused one had, or had as well."""
    return "version-in-two-incarnations" if incarnation in incarnations else "name-reused"


def _named(
    claims: Sequence[Assertion], incarnation: Incarnation, observation: IndexObservation | None
) -> Ruling:
    codes = ("listed-version", *_still_listed(observation))
    return Ruling(
        state=VerdictState.MALICIOUS, codes=codes, grounds=tuple(claims), incarnation=incarnation
    )


def _blanket(
    dossier: Dossier,
    claims: Sequence[Assertion],
    incarnation: Incarnation,
    observation: IndexObservation | None,
) -> Ruling:
    """Rule by a record of every version; what the index goes on listing is no more than suspicious."""
    listed = _still_listed(observation)
    doubtful = dossier.protected or (bool(listed) and dossier.too_late(claims))
    protected = ("most-used-project",) if dossier.protected else ()
    return Ruling(
        state=VerdictState.SUSPICIOUS if doubtful else VerdictState.MALICIOUS,
        codes=("every-version", *protected, *listed),
        grounds=tuple(claims),
        explicit=False,
        incarnation=incarnation,
    )


def _still_listed(observation: IndexObservation | None) -> tuple[str, ...]:
    return (
        ("still-listed",)
        if observation is not None and observation.state is IndexState.LISTED
        else ()
    )
