"""Assertions in, verdicts out. Only a standing malicious claim makes a malicious verdict.

A removal, a 404 or a quarantine alone is never malice. What a record says of a name is about the life of
the name in which it was said; the files of another owner are never meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from crawler.model import HEARSAY, Assertion, Claim, IndexState, ProjectKey, State, Subject, Verdict
from crawler.verdicts.allowance import spared
from crawler.verdicts.case import Case, Ruling, case_of
from crawler.verdicts.disagreement import weighed
from crawler.verdicts.incarnations import Incarnation
from crawler.verdicts.index import Word
from crawler.verdicts.inventory import KnownFile
from crawler.verdicts.milder import collateral, milder
from crawler.verdicts.most_used import MOST_USED
from crawler.verdicts.support import supported

__all__ = ["judge"]


def judge(
    project: ProjectKey,
    assertions: Iterable[Assertion],
    now: datetime,
    protected: Collection[ProjectKey] = MOST_USED,
) -> tuple[Verdict, ...]:
    """Return the verdicts on `project`, its releases and its files; one a subject, in stable order.

    `now` (UTC) bounds dates of the future, and ends what somebody vouches for. A `protected` project
    is at most suspicious by a record that names no version. What `assertions` say of files of other
    projects tells whose bytes a digest is. A subject of which nothing is to be said gets no verdict. The
    order of the assertions does not matter.
    """
    case = case_of(project, assertions, now, protected)
    return (*_project(case), *_releases(case), *_files(case))


def _judged(
    case: Case, subject: Subject, ruling: Ruling | None, word: Word | None
) -> Iterator[Verdict]:
    """Yield the verdict that `ruling` becomes beside what speaks against it, if it becomes one."""
    final = spared(case, subject, None if ruling is None else weighed(case, subject, ruling))
    if final is not None:
        yield case.verdict(subject, final, word)


def _project(case: Case) -> Iterator[Verdict]:
    word = case.index.project()
    claims = case.blanket()
    ruling = _on_project(case, claims, word) if claims else milder(case, case.whole, word)
    yield from _judged(case, case.whole, ruling, word)


def _on_project(case: Case, claims: Sequence[Assertion], word: Word | None) -> Ruling:
    life = _life_of(case, claims)
    if case.history.alive not in {None, life}:
        return _reused(claims, life, "name-reused")
    return _blanket(case, claims, life, word)


def _releases(case: Case) -> Iterator[Verdict]:
    for version in case.inventory.versions:
        subject = Subject(project=case.project, version=version)
        word = case.index.release(version)
        ruling = _on_release(case, subject, version, word)
        yield from _judged(case, subject, ruling, word)


def _on_release(case: Case, subject: Subject, version: str, word: Word | None) -> Ruling | None:
    named = case.statements.on(subject, Claim.MALICIOUS)
    claims = named or case.blanket()
    if not claims:
        return _innocent_release(case, subject, version, word)
    lives = case.lives_of_release(version)
    life = _life_of(case, claims, lives if named else ())
    if lives - {life}:
        return _reused(claims, life, _shared(life, lives))
    times = (f.uploaded for f in case.inventory.files_of(version))
    earliest = min((when for when in times if when is not None), default=None)
    if _came_later(case, claims, earliest, word):
        return _reused(claims, life, "uploaded-after-record")
    return _named(claims, life, word) if named else _blanket(case, claims, life, word)


def _innocent_release(
    case: Case, subject: Subject, version: str, word: Word | None
) -> Ruling | None:
    """What nobody accuses may still be locked away together with what somebody does."""
    ruling = milder(case, subject, word)
    if ruling is None or ruling.state is State.YANKED:
        return collateral(case, version) or ruling
    return ruling


def _files(case: Case) -> Iterator[Verdict]:
    for known in case.inventory.files:
        word = case.index.file(known.subject.version, known.file)
        ruling = _on_file(case, known, word)
        if ruling is not None and known.lent:
            ruling = replace(ruling, codes=(*ruling.codes, HEARSAY))
        if ruling is not None and ruling.state is State.MALICIOUS and ruling.explicit:
            ruling = supported(case, known, ruling, word)
        yield from _judged(case, known.subject, ruling, word)


def _on_file(case: Case, known: KnownFile, word: Word | None) -> Ruling | None:
    exact = [a for a in case.statements.on(known.subject, Claim.MALICIOUS) if known.is_meant_by(a)]
    if exact:
        life = _life_of(case, exact, case.lives_of_file(known))
        codes = ("exact-file", *_still_listed(word))
        return Ruling(state=State.MALICIOUS, codes=codes, grounds=tuple(exact), life=life)
    release = Subject(project=case.project, version=known.subject.version)
    named = () if release.version is None else case.statements.on(release, Claim.MALICIOUS)
    claims = named or case.blanket()
    if not claims:
        return _innocent_file(case, known, release, word)
    # Of a file that only a withdrawn record named nobody says any more that it is of this release.
    return None if known.withdrawn else _of_release(case, known, claims, word, named=bool(named))


def _of_release(
    case: Case, known: KnownFile, claims: Sequence[Assertion], word: Word | None, *, named: bool
) -> Ruling | None:
    """Rule on a file by `claims` on its release (`named`), or on its project."""
    lives = case.lives_of_release(known.subject.version)
    life = _life_of(case, claims, lives if named else ())
    if case.lives_of_file(known) - {life}:
        return _reused(claims, life, "name-reused")
    if known.uploaded is None and len(case.history.lives) > 1 and lives != {life}:
        # Whose file it is cannot be told, so of the file itself no more is said than of its release.
        return _reused(claims, life, _shared(life, lives)) if lives else None
    if _came_later(case, claims, known.uploaded, word):
        return _reused(claims, life, "uploaded-after-record")
    return _named(claims, life, word) if named else _blanket(case, claims, life, word)


def _innocent_file(
    case: Case, known: KnownFile, release: Subject, word: Word | None
) -> Ruling | None:
    """A file is withdrawn with its release, so that a lock's digest finds the withdrawal."""
    ruling = milder(case, known.subject, word)
    if ruling is not None or release.version is None:
        return ruling
    of_release = milder(case, release, case.index.release(release.version))
    withdrawn = case.statements.taken_back_on(release, Claim.MALICIOUS)
    return of_release if withdrawn else None


def _life_of(
    case: Case, claims: Sequence[Assertion], known: Iterable[Incarnation] = ()
) -> Incarnation:
    """Return the life that `claims` are about: the one when they were made, or the last before it.

    A claim on a release (`known`: the lives it had) is about one of those; the latest claim counts. A
    record dated by the day alone may seem older than the life it is about, so the date of its latest
    state is tried too.
    """
    life = case.history.at(max(claim.valid_from for claim in claims))
    restated = case.history.at(max(claim.observed_at for claim in claims))
    candidates = set(known)
    nearest = (*case.history.up_to(life), *reversed(case.history.up_to(restated)))
    return next((near for near in nearest if near in candidates), life)


def _came_later(
    case: Case, claims: Sequence[Assertion], uploaded: datetime | None, word: Word | None
) -> bool:
    """Say whether the index lists a thing that is younger than what is said of it.

    Where the birth of the project is known, a younger upload still is the same owner's.
    """
    if uploaded is None or word is None or word.state is not IndexState.LISTED:
        return False
    told_of_birth = case.history.at(uploaded).born is not None
    return not told_of_birth and uploaded > max(claim.observed_at for claim in claims)


def _reused(claims: Sequence[Assertion], life: Incarnation, code: str) -> Ruling:
    return Ruling(state=State.NAME_REUSED, codes=(code,), grounds=tuple(claims), life=life)


def _shared(life: Incarnation, lives: Collection[Incarnation]) -> str:
    """Return the code of a release that other lives than the accused one had, or had as well."""
    return "version-in-two-incarnations" if life in lives else "name-reused"


def _named(claims: Sequence[Assertion], life: Incarnation, word: Word | None) -> Ruling:
    codes = ("listed-version", *_still_listed(word))
    return Ruling(state=State.MALICIOUS, codes=codes, grounds=tuple(claims), life=life)


def _blanket(
    case: Case, claims: Sequence[Assertion], life: Incarnation, word: Word | None
) -> Ruling:
    """Rule by a record of every version; what the index goes on listing is no more than suspicious."""
    listed = _still_listed(word)
    doubtful = case.protected or (bool(listed) and case.too_late(claims))
    protected = ("most-used-project",) if case.protected else ()
    return Ruling(
        state=State.SUSPICIOUS if doubtful else State.MALICIOUS,
        codes=("every-version", *protected, *listed),
        grounds=tuple(claims),
        explicit=False,
        life=life,
    )


def _still_listed(word: Word | None) -> tuple[str, ...]:
    return ("still-listed",) if word is not None and word.state is IndexState.LISTED else ()
