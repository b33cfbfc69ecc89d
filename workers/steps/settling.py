"""Settle: findings that were not found again are there all the same, or gone, or were taken back.

Two questions, in this order. Do the verdicts and rules of now still say so of the pin? If not, the finding
is retracted. Is the pin still there? If not, nobody was wrong about it, and it is gone. Where nobody
looked or could read, nothing changes. Whoever had a letter is told why a finding has ended, so that reason
has to stay true: one that is gone is not asked about again, one that was taken back is (`settle_again`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, assert_never

from crawler import lockfiles, pipeline
from crawler.model import (
    Finding,
    FindingStatus,
    Outcome,
    ParseResult,
    Readable,
    Reason,
    RefKind,
    VerdictState,
    ref_kind,
)
from crawler.pipeline import Inspection
from workers.ledger import findings, frontier, statuses, verdicts
from workers.ledger.case_facts import REPOSITORY_GONE
from workers.ledger.index_settings import settings_of
from workers.ledger.locks import read_lock
from workers.ledger.presence import no_ref_is_left
from workers.ledger.whereabouts import Presence, pins_in, whereabouts
from workers.steps.judging import rejudged, with_known_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Ecosystem, LockId, Registry, Repository, Sighting, Visit

__all__ = ["Cause", "Settled", "settle", "settle_again", "settle_visit"]


class Cause(Enum):
    """Why a finding does not hold any more: code, sentence."""

    WITHDRAWN = (statuses.WITHDRAWN, "every record behind it was withdrawn")
    VERDICT_GONE = ("verdict-gone", "nobody says so any more")
    ALLOWED = (statuses.ALLOWED, VerdictState.ALLOWED.sentence)
    VERDICT_CHANGED = ("verdict-changed", "{}")
    JUDGED_OTHERWISE = ("judged-otherwise", "the verdict stands, but the rules apply it otherwise")
    PIN_GONE = ("pin-gone", "no {} pins it in this lock any more{}")
    LOCK_GONE = ("lock-gone", "no {} has a lock at this path any more{}")
    RENAMED = ("renamed", "the repository is now called {}; what it pins is found under that name")
    REPOSITORY_GONE = (REPOSITORY_GONE, "the host no longer has the repository")
    REPOSITORY_EMPTY = ("repository-empty", "the repository has no commit any more")
    REPOSITORY_BLOCKED = ("repository-blocked", "the host has blocked the repository: {}")

    @property
    def code(self) -> str:
        """The code, which never changes its meaning."""
        return self.value[0]

    def reason(self, *facts: str) -> Reason:
        """Return the reason with `facts` in its sentence."""
        return Reason(code=self.code, text=self.value[1].format(*facts))


_MOST_REFS = 5
_OF_VERDICT = frozenset(
    cause.code
    for cause in (Cause.WITHDRAWN, Cause.VERDICT_GONE, Cause.ALLOWED, Cause.VERDICT_CHANGED)
)


@dataclass(slots=True, kw_only=True)
class Settled:
    """What became of the findings that were settled, by key."""

    retracted: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    moved: list[Finding] = field(default_factory=list)
    """Those that hold, but at another commit or ref than the ledger had."""
    unsure: list[str] = field(default_factory=list)
    """Those whose pin nobody could see this time, nor that it is gone."""


def settle_visit(  # noqa: PLR0913, PLR0917 - what was visited, what it brought, how to judge, when
    conn: Connection,
    repository_id: int,
    brought: Visit,
    found: Iterable[str],
    registries: Mapping[Ecosystem, Registry],
    now: datetime,
) -> Settled:
    """Settle the findings of a repository after its visit was recorded; `found` are found again."""
    held = findings.of_repository(conn, repository_id)
    if no_ref_is_left(brought):
        lost = statuses.lose(
            conn, [one.key for one in held], FindingStatus.GONE, _why_no_ref_is_left(brought), now
        )
        return Settled(gone=list(lost))
    if brought.outcome is Outcome.PRIVATE:
        # Said of private repositories, on some hosts of deleted ones, and of us: it settles nothing.
        return Settled(unsure=[one.key for one in held])
    if brought.outcome not in {Outcome.VISITED, Outcome.UNCHANGED}:
        return Settled()
    again = set(found)
    return settle(conn, (one for one in held if one.key not in again), registries, now)


def _why_no_ref_is_left(brought: Visit) -> Reason:
    match brought.outcome:
        case Outcome.BLOCKED:
            why = brought.skipped[0].reason if brought.skipped else "no reason given"
            return Cause.REPOSITORY_BLOCKED.reason(why)
        case Outcome.EMPTY:
            return Cause.REPOSITORY_EMPTY.reason()
        case _:
            return Cause.REPOSITORY_GONE.reason()


def settle(
    conn: Connection,
    unseen: Iterable[Finding],
    registries: Mapping[Ecosystem, Registry],
    now: datetime,
) -> Settled:
    """Settle findings that nobody has just found again, by what the ledger knows; asks no host."""
    unseen = tuple(unseen)
    settling = _Settling(conn, unseen, registries)
    settled = Settled()
    ended: dict[tuple[FindingStatus, Reason], list[str]] = defaultdict(list)
    for one in unseen:
        became = settling.became_of(one)
        if became is None:
            settled.unsure.append(one.key)
        elif isinstance(became, Finding):
            settled.moved += [became] if became != one else []
        else:
            ended[became].append(one.key)
    for (status, why), keys in ended.items():
        if status is FindingStatus.RETRACTED:
            settled.retracted += statuses.retract(conn, keys, why, now)
        else:
            settled.gone += statuses.lose(conn, keys, status, why, now)
    findings.move(conn, settled.moved)
    return settled


def settle_again(
    conn: Connection,
    taken_back: Iterable[Finding],
    registries: Mapping[Ecosystem, Registry],
    now: datetime,
) -> tuple[str, ...]:
    """Settle findings that were taken back for their verdict, which has changed again.

    Return those that are open again: the verdict says so, and nobody knows that the pin is gone.
    """
    taken_back = tuple(taken_back)
    settling = _Settling(conn, taken_back, registries)
    back: list[Finding] = []
    for one in taken_back:
        last = statuses.last_reason(conn, one.key)
        if last.code not in _OF_VERDICT:
            continue
        became = settling.became_of(one)
        if became is None or isinstance(became, Finding):
            back.append(became or one)
        elif became != (FindingStatus.RETRACTED, last):
            status, why = became
            statuses.change(conn, [one.key], status, why, now)
    findings.move(conn, back)
    return statuses.reopen(conn, [one.key for one in back], now)


class _Settling:
    """Answers the two questions for some findings; what it has read stays at hand."""

    def __init__(
        self,
        conn: Connection,
        unseen: Collection[Finding],
        registries: Mapping[Ecosystem, Registry],
    ) -> None:
        self._conn, self._registries = conn, registries
        self._known = statuses.known(conn, [one.key for one in unseen])
        ids = {k.repository_id for k in self._known.values() if k.repository_id is not None}
        self._repositories = frontier.repositories(conn, ids)
        self._pins, self._inspection = pins_in(conn), cache(self._inspected)
        self._found = cache(self._found_at)
        self._settings = cache(self._settings_of)
        self._refs_read = cache(self._refs_read_at)

    def became_of(self, one: Finding) -> Finding | tuple[FindingStatus, Reason] | None:
        """Return how `one` ended, or `one` as it is now; None where that cannot be told."""
        known = self._known[one.key]
        there = whereabouts(self._conn, known.repository_id, one, self._pins)
        sighting = there.sightings[0] if there.sightings else one.sighting
        again = self._judged(one, sighting, known.repository_id)
        if again is None:
            return FindingStatus.RETRACTED, _why_not(self._conn, one)
        read = self._refs_read(known.repository_id, "/" not in one.sighting.path)
        match there.presence:
            case Presence.PIN_GONE:
                return FindingStatus.GONE_AT_REFS, Cause.PIN_GONE.reason(*read)
            case Presence.LOCK_GONE:
                return FindingStatus.GONE_AT_REFS, Cause.LOCK_GONE.reason(*read)
            case Presence.UNSURE:
                return None
            case Presence.THERE:
                repository = self._repositories.get(known.repository_id or 0, one.repository)
                if repository.path != one.repository.path:
                    return FindingStatus.GONE, Cause.RENAMED.reason(repository.path)
                return again
            case _:
                assert_never(there.presence)

    def _refs_read_at(self, repository_id: int | None, in_root: bool) -> tuple[str, str]:  # noqa: FBT001 - of a cache
        ids = () if repository_id is None else (repository_id,)
        read = frontier.heads(self._conn, ids, root_only=in_root).values()
        return _refs_phrase(sorted(ref for heads in read for ref in heads))

    def _judged(
        self, one: Finding, sighting: Sighting, repository_id: int | None
    ) -> Finding | None:
        """Find `one` again in the stored lock of `sighting`; None where nothing says so any more."""
        again = self._found(one.repository, sighting, repository_id).get(one.key)
        if again is None and self._is_unread(one, _lock_of(sighting)):
            return self._judged_alone(one, repository_id)
        if again is None:
            return None
        if sighting == one.sighting:
            return one
        if sighting.oid != one.sighting.oid:
            return with_known_lines(self._conn, [again])[0]
        pin = replace(again.match.pin, lines=one.match.pin.lines)  # of the same bytes
        return replace(again, match=replace(again.match, pin=pin))

    def _found_at(
        self, repository: Repository, sighting: Sighting, repository_id: int | None
    ) -> Mapping[str, Finding]:
        inspection, settings = self._inspection(_lock_of(sighting)), self._settings(repository_id)
        found = pipeline.findings(inspection, repository, [sighting], settings)
        return {one.key: one for one in found}

    def _settings_of(self, repository_id: int | None) -> pipeline.RegistrySettings | None:
        if repository_id is None:
            return None
        read = settings_of(self._conn, repository_id)
        return pipeline.RegistrySettings(read=read, registries=self._registries)

    def _is_unread(self, one: Finding, lock: LockId) -> bool:
        """Say whether the pin may stand in the lock, though nobody can read it there now."""
        pinned = self._pins(lock)
        if pinned is None:
            return True
        return not pinned.whole and one.match.pin.artifact not in pinned.artifacts

    def _judged_alone(self, one: Finding, repository_id: int | None) -> Finding | None:
        """Judge the pin as it was read before; one that was tampered with is so beside the others only."""
        pin = ParseResult(format=one.format, readable=Readable.PARTLY, pins=(one.match.pin,))
        alone = pipeline.rejudge(pin, verdicts.reader(self._conn).lookup, self._registries)
        settings = self._settings(repository_id)
        found = pipeline.findings(alone, one.repository, [one.sighting], settings)
        stands = one.match.verdict is None or one.key in {other.key for other in found}
        return one if stands else None

    def _inspected(self, lock: LockId) -> Inspection:
        if read_lock(self._conn, lock) is None:
            unread = ParseResult(format="", readable=Readable.NOT)
            return Inspection(result=unread, matches=())
        return rejudged(self._conn, lock, self._registries)


def _refs_phrase(refs: Sequence[str]) -> tuple[str, str]:
    """Return which refs were read, and of which kinds none was."""
    names = [ref.removeprefix("refs/heads/") for ref in refs[:_MOST_REFS]]
    names += [f"{len(refs) - _MOST_REFS} more"] if len(refs) > _MOST_REFS else []
    kinds = {RefKind.BRANCH, *map(ref_kind, refs)}
    unread = [kind for kind in RefKind if kind not in kinds]
    read = f"{' or '.join(kind for kind in RefKind if kind in kinds)} that we read"
    if names:
        read += f" ({', '.join(names)})"
    return read, f"; no {' or '.join(unread)} was read" if unread else ""


def _lock_of(sighting: Sighting) -> LockId:
    return lockfiles.lock_id(sighting.path, sighting.oid)


def _why_not(conn: Connection, one: Finding) -> Reason:
    """Say why a finding was taken back, by what is said of its subject now."""
    verdict = one.match.verdict
    if verdict is None:
        return Cause.JUDGED_OTHERWISE.reason()
    project, version = verdict.subject.project, verdict.subject.version
    now = verdicts.of_projects(conn, [project]).get(project, ())
    exact = {other.state for other in now if other.subject == verdict.subject}
    states = exact or {other.state for other in now if other.subject.version == version}
    if VerdictState.WITHDRAWN in states:
        return Cause.WITHDRAWN.reason()
    if not states:
        return Cause.VERDICT_GONE.reason()
    if verdict.state in states:
        return Cause.JUDGED_OTHERWISE.reason()
    if VerdictState.ALLOWED in states:
        return Cause.ALLOWED.reason()
    return Cause.VERDICT_CHANGED.reason("; ".join(sorted(state.sentence for state in states)))
