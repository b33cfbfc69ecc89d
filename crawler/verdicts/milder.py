"""Rulings that accuse nobody: quarantine, suspicion, withdrawal, removal, yank.

They are tried in this order, the most serious first; what holds for a project, a release and a file alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crawler.model import Assertion, Claim, IndexState, Level, State, Subject
from crawler.verdicts.case import Case, Ruling
from crawler.verdicts.index import Word

__all__ = ["collateral", "milder"]


def milder(case: Case, subject: Subject, word: Word | None) -> Ruling | None:
    """Return the first ruling that fits, or None where nothing is to be said of the subject."""
    return next(_rulings(case, subject, word), None)


def _rulings(case: Case, subject: Subject, word: Word | None) -> Iterator[Ruling]:
    said = case.statements
    yield from _quarantine(case, subject, word)
    suspicious = said.on(subject, Claim.SUSPICIOUS)
    if suspicious:
        yield Ruling(state=State.SUSPICIOUS, codes=("suspicious",), grounds=suspicious)
    withdrawn = said.taken_back_on(subject, Claim.MALICIOUS)
    if withdrawn:
        yield _withdrawn(withdrawn)
    yield from _removal(case, subject, word)
    yield from _clearance(case, subject, word)
    if subject.level is Level.PROJECT and len(case.history.lives) > 1:
        births = said.on(subject, Claim.CREATED, Claim.REMOVED, Claim.OWNER_REMOVED, Claim.LISTED)
        yield Ruling(
            state=State.NAME_REUSED,
            codes=("name-reused",),
            grounds=births,
            since=case.history.lives[-1].born,
            life=case.history.lives[-1],
        )
    yanks = said.on(subject, Claim.YANKED, Claim.UNYANKED)
    if yanks and yanks[-1].claim is Claim.YANKED:
        yield Ruling(state=State.YANKED, codes=("yanked",), grounds=(yanks[-1],))


def _quarantine(case: Case, subject: Subject, word: Word | None) -> Iterator[Ruling]:
    """Quarantine holds until it is cleared; removal does not clear it."""
    locks = _locks(case, subject)
    if not locks or (case.statements.on(subject, Claim.QUARANTINED) == () and _lifted(word)):
        return
    last = locks[-1]
    if last.claim is not Claim.QUARANTINED or _born_after(case, last):
        return
    if _lifted(word) and word is not None and word.at > _restated_until(last, word):
        return
    gone = word is not None and word.state is IndexState.GONE
    named = subject.level is Level.PROJECT and case.names_parts()
    codes = (
        "quarantined",
        *(("removed-after-quarantine",) if gone else ()),
        *(("collateral-quarantine",) if named else ()),
    )
    yield Ruling(
        state=State.QUARANTINED,
        codes=codes,
        grounds=_since_cleared(locks),
        life=case.history.lives[-1],
    )


def _since_cleared(locks: Sequence[Assertion]) -> tuple[Assertion, ...]:
    """Return the quarantines behind the last clearance: who saw it late does not make it younger."""
    cleared = max((n for n, a in enumerate(locks) if a.claim is not Claim.QUARANTINED), default=-1)
    return tuple(locks[cleared + 1 :])


def collateral(case: Case, version: str) -> Ruling | None:
    """Return the quarantine that a release shares with its project while records name only others."""
    if not case.names_parts():
        return None
    ruling = next(_quarantine(case, case.whole, case.index.project()), None)
    lives = case.lives_of_release(version)
    if ruling is None or (lives and ruling.life not in lives):
        return None
    return replace(ruling, codes=("collateral-quarantine",))


def _locks(case: Case, subject: Subject) -> Sequence[Assertion]:
    """Return quarantines (also those no longer restated) and clearances, in order of time."""
    said = case.statements
    standing = said.on(subject, Claim.QUARANTINED, Claim.QUARANTINE_CLEARED)
    lapsed = said.taken_back_on(subject, Claim.QUARANTINED)
    return sorted((*lapsed, *standing), key=lambda a: a.valid_from)


def _restated_until(lock: Assertion, word: Word) -> datetime:
    """Return until when a quarantine was said: one that lapsed by the very listing held no longer."""
    lapsed = lock.retracted_at is not None and lock.retracted_at <= word.at
    return datetime.min.replace(tzinfo=UTC) if lapsed else lock.observed_at


def _lifted(word: Word | None) -> bool:
    return word is not None and word.state is IndexState.LISTED


def _born_after(case: Case, lock: Assertion) -> bool:
    alive = case.history.alive
    return alive is not None and alive.born is not None and alive.born > lock.valid_from


def _withdrawn(claims: Sequence[Assertion]) -> Ruling:
    times = [a.retracted_at for a in claims if a.retracted_at is not None]
    return Ruling(
        state=State.WITHDRAWN,
        codes=("record-withdrawn",),
        grounds=tuple(claims),
        since=max(times, default=None),
    )


def _removal(case: Case, subject: Subject, word: Word | None) -> Iterator[Ruling]:
    if word is None or word.state is not IndexState.GONE:
        return
    by_owner = case.statements.on(subject, Claim.OWNER_REMOVED)
    removed = case.statements.on(subject, Claim.REMOVED)
    if by_owner:
        yield Ruling(state=State.OWNER_REMOVED, codes=("owner-removed",), grounds=(by_owner[-1],))
    elif removed:
        yield Ruling(state=State.REMOVED, codes=("removed",), grounds=(removed[-1],))
    else:
        yield from _vanished(case, subject)


def _vanished(case: Case, subject: Subject) -> Iterator[Ruling]:
    """A release or file that was listed once and is no longer, while its project lives on."""
    listed = case.statements.taken_back_on(subject, Claim.LISTED)
    if listed and case.history.alive is not None:
        times = [a.retracted_at for a in listed if a.retracted_at is not None]
        yield Ruling(
            state=State.REMOVED, codes=("removed",), grounds=listed, since=max(times, default=None)
        )


def _clearance(case: Case, subject: Subject, word: Word | None) -> Iterator[Ruling]:
    locks = _locks(case, subject)
    if not locks or _born_after(case, locks[-1]):
        return
    cleared = locks[-1].claim is Claim.QUARANTINE_CLEARED
    yield Ruling(
        state=State.WITHDRAWN,
        codes=("quarantine-cleared",),
        grounds=tuple(locks),
        since=locks[-1].valid_from if cleared or word is None else word.at,
    )
