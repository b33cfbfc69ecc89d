"""Rulings that accuse nobody: quarantine, suspicion, withdrawal, removal, yank.

They are tried in this order, the most serious first; what holds for a project, a release and a file alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crawler.model import Assertion, Claim, IndexState, Level, Subject, VerdictState
from crawler.verdicts.dossier import Dossier, Ruling
from crawler.verdicts.index import IndexObservation

__all__ = ["collateral", "non_malicious_ruling"]


def non_malicious_ruling(
    dossier: Dossier, subject: Subject, observation: IndexObservation | None
) -> Ruling | None:
    """Return the first ruling that fits, or None where nothing is to be said of the subject."""
    return next(_rulings(dossier, subject, observation), None)


def _rulings(
    dossier: Dossier, subject: Subject, observation: IndexObservation | None
) -> Iterator[Ruling]:
    said = dossier.statements
    yield from _quarantine(dossier, subject, observation)
    suspicious = said.on(subject, Claim.SUSPICIOUS)
    if suspicious:
        yield Ruling(state=VerdictState.SUSPICIOUS, codes=("suspicious",), grounds=suspicious)
    withdrawn = said.taken_back_on(subject, Claim.MALICIOUS)
    if withdrawn:
        yield _withdrawn(withdrawn)
    yield from _removal(dossier, subject, observation)
    yield from _clearance(dossier, subject, observation)
    if subject.level is Level.PROJECT and len(dossier.history.incarnations) > 1:
        births = said.on(subject, Claim.CREATED, Claim.REMOVED, Claim.OWNER_REMOVED, Claim.LISTED)
        yield Ruling(
            state=VerdictState.NAME_REUSED,
            codes=("name-reused",),
            grounds=births,
            since=dossier.history.incarnations[-1].born,
            incarnation=dossier.history.incarnations[-1],
        )
    yanks = said.on(subject, Claim.YANKED, Claim.UNYANKED)
    if yanks and yanks[-1].claim is Claim.YANKED:
        yield Ruling(state=VerdictState.YANKED, codes=("yanked",), grounds=(yanks[-1],))


def _quarantine(
    dossier: Dossier, subject: Subject, observation: IndexObservation | None
) -> Iterator[Ruling]:
    """Quarantine holds until it is cleared; removal does not clear it."""
    events = _quarantine_events(dossier, subject)
    if not events or (
        dossier.statements.on(subject, Claim.QUARANTINED) == () and _lifted(observation)
    ):
        return
    last = events[-1]
    if last.claim is not Claim.QUARANTINED or _born_after(dossier, last):
        return
    if (
        _lifted(observation)
        and observation is not None
        and observation.at > _restated_until(last, observation)
    ):
        return
    gone = observation is not None and observation.state is IndexState.GONE
    named = subject.level is Level.PROJECT and dossier.names_parts()
    codes = (
        "quarantined",
        *(("removed-after-quarantine",) if gone else ()),
        *(("collateral-quarantine",) if named else ()),
    )
    yield Ruling(
        state=VerdictState.QUARANTINED,
        codes=codes,
        grounds=_since_cleared(events),
        incarnation=dossier.history.incarnations[-1],
    )


def _since_cleared(events: Sequence[Assertion]) -> tuple[Assertion, ...]:
    """Return the quarantines behind the last clearance: who saw it late does not make it younger."""
    cleared = max((n for n, a in enumerate(events) if a.claim is not Claim.QUARANTINED), default=-1)
    return tuple(events[cleared + 1 :])


def collateral(dossier: Dossier, version: str) -> Ruling | None:
    """Return the quarantine that a release shares with its project while records name only others."""
    if not dossier.names_parts():
        return None
    ruling = next(_quarantine(dossier, dossier.whole, dossier.index.project()), None)
    incarnations = dossier.incarnations_of_release(version)
    if ruling is None or (incarnations and ruling.incarnation not in incarnations):
        return None
    return replace(ruling, codes=("collateral-quarantine",))


def _quarantine_events(dossier: Dossier, subject: Subject) -> Sequence[Assertion]:
    """Return quarantines (also those no longer restated) and clearances, in order of time."""
    said = dossier.statements
    standing = said.on(subject, Claim.QUARANTINED, Claim.QUARANTINE_CLEARED)
    lapsed = said.taken_back_on(subject, Claim.QUARANTINED)
    return sorted((*lapsed, *standing), key=lambda a: a.valid_from)


def _restated_until(quarantine: Assertion, observation: IndexObservation) -> datetime:
    """Return until when a quarantine was said: one that lapsed by the very listing held no longer."""
    lapsed = quarantine.retracted_at is not None and quarantine.retracted_at <= observation.at
    return datetime.min.replace(tzinfo=UTC) if lapsed else quarantine.observed_at


def _lifted(observation: IndexObservation | None) -> bool:
    return observation is not None and observation.state is IndexState.LISTED


def _born_after(dossier: Dossier, quarantine: Assertion) -> bool:
    alive = dossier.history.alive
    return alive is not None and alive.born is not None and alive.born > quarantine.valid_from


def _withdrawn(claims: Sequence[Assertion]) -> Ruling:
    times = [a.retracted_at for a in claims if a.retracted_at is not None]
    return Ruling(
        state=VerdictState.WITHDRAWN,
        codes=("record-withdrawn",),
        grounds=tuple(claims),
        since=max(times, default=None),
    )


def _removal(
    dossier: Dossier, subject: Subject, observation: IndexObservation | None
) -> Iterator[Ruling]:
    if observation is None or observation.state is not IndexState.GONE:
        return
    by_owner = dossier.statements.on(subject, Claim.OWNER_REMOVED)
    removed = dossier.statements.on(subject, Claim.REMOVED)
    if by_owner:
        yield Ruling(
            state=VerdictState.OWNER_REMOVED, codes=("owner-removed",), grounds=(by_owner[-1],)
        )
    elif removed:
        yield Ruling(state=VerdictState.REMOVED, codes=("removed",), grounds=(removed[-1],))
    else:
        yield from _vanished(dossier, subject)


def _vanished(dossier: Dossier, subject: Subject) -> Iterator[Ruling]:
    """A release or file that was listed once and is no longer, while its project lives on."""
    listed = dossier.statements.taken_back_on(subject, Claim.LISTED)
    if listed and dossier.history.alive is not None:
        times = [a.retracted_at for a in listed if a.retracted_at is not None]
        yield Ruling(
            state=VerdictState.REMOVED,
            codes=("removed",),
            grounds=listed,
            since=max(times, default=None),
        )


def _clearance(
    dossier: Dossier, subject: Subject, observation: IndexObservation | None
) -> Iterator[Ruling]:
    events = _quarantine_events(dossier, subject)
    if not events or _born_after(dossier, events[-1]):
        return
    cleared = events[-1].claim is Claim.QUARANTINE_CLEARED
    yield Ruling(
        state=VerdictState.WITHDRAWN,
        codes=("quarantine-cleared",),
        grounds=tuple(events),
        since=events[-1].valid_from if cleared or observation is None else observation.at,
    )
