"""What happens to a case: each event, who may make it happen, and from which state to which it leads.

The one table of `MOVES` is what the ledger goes by; docs/case-states.md shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crawler.model.case import CaseState

__all__ = ["MOVES", "CaseActor", "CaseEvent", "Move", "move_of", "states_before"]


class CaseActor(StrEnum):
    """Who makes an event happen."""

    PROGRAM = "program"
    """By what visits, hunts and verifications have seen."""
    PERSON = "person"


class CaseEvent(StrEnum):
    """What happens to a case; the word in its log."""

    OPENED = "opened"
    QUESTIONED = "questioned"
    CLEARED = "cleared"
    GONE = "gone"
    REGRESSED = "regressed"
    FOUND_AGAIN = "found-again"
    RETRACTED = "retracted"
    EXCUSED = "excused"
    REOPENED = "reopened"
    EXPIRED = "expired"
    LOOK_WANTED = "look-wanted"
    PROMOTED = "promoted"
    FOUND_FALSE = "found-false"
    FOUND_BENIGN = "found-benign"
    MERGED = "merged"
    SENDING = "sending"
    SENT = "sent"
    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    REMOVED = "removed"
    CLASSED = "classed"
    ASSIGNED = "assigned"
    NOTED = "noted"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One line of the table."""

    event: CaseEvent
    actor: CaseActor
    before: frozenset[CaseState]
    """States in which it may happen; empty: where there is no case yet."""
    after: CaseState | None
    """None: the state stays, or is (of UNDONE) what it was before the event that is undone."""
    when: str
    """What makes it happen, for people."""


_S = CaseState
_ALL = frozenset(CaseState)
_OPEN = frozenset({_S.NEW, _S.NEEDS_LOOK, _S.CONFIRMED, _S.REGRESSED})
_TOLD = frozenset({_S.REPORTED, _S.ACKNOWLEDGED})
_MAY_BE_TOLD = frozenset({_S.NEW, _S.CONFIRMED, _S.REGRESSED})
_HARMLESS = frozenset({_S.FALSE_POSITIVE, _S.BENIGN})


def _program(
    event: CaseEvent, before: frozenset[CaseState], after: CaseState | None, when: str
) -> Move:
    return Move(event=event, actor=CaseActor.PROGRAM, before=before, after=after, when=when)


def _person(
    event: CaseEvent, before: frozenset[CaseState], after: CaseState | None, when: str
) -> Move:
    return Move(event=event, actor=CaseActor.PERSON, before=before, after=after, when=when)


MOVES = (
    _program(
        CaseEvent.OPENED,
        frozenset(),
        _S.NEW,
        "a confirmed or likely finding is recorded in a repository that has no case",
    ),
    _program(
        CaseEvent.QUESTIONED,
        frozenset({_S.NEW, _S.CONFIRMED}),
        _S.NEEDS_LOOK,
        "a finding has an open question, the class is unclear or research, or nothing likely is left",
    ),
    _program(
        CaseEvent.CLEARED,
        frozenset({_S.NEW, _S.NEEDS_LOOK}),
        _S.CONFIRMED,
        "nothing is left to ask: the class is known or a finding was promoted, and no question is open",
    ),
    _program(
        CaseEvent.GONE,
        _OPEN | _TOLD,
        _S.RESOLVED,
        "repository, account, lock, pin or file is gone, and still was at a second check 24 hours later",
    ),
    _program(
        CaseEvent.REGRESSED,
        frozenset({_S.RESOLVED}),
        _S.REGRESSED,
        "the same file is pinned again in the repository, or the same lock appears at the same owner",
    ),
    _program(
        CaseEvent.FOUND_AGAIN,
        frozenset({_S.RESOLVED}),
        _S.NEW,
        "the repository pins another malicious file than before",
    ),
    _program(
        CaseEvent.RETRACTED,
        _OPEN | _TOLD | {_S.RESOLVED},
        _S.FALSE_POSITIVE,
        "every finding was taken back: the verdict or the rules no longer say so",
    ),
    _program(
        CaseEvent.EXCUSED,
        _OPEN | _TOLD,
        _S.BENIGN,
        "every finding is dismissed, or what it pins is on the allow list",
    ),
    _program(
        CaseEvent.REOPENED,
        _HARMLESS,
        _S.NEEDS_LOOK,
        "a finding holds in a case that was settled as harmless",
    ),
    _program(
        CaseEvent.EXPIRED,
        _HARMLESS | _OPEN,
        _S.NEEDS_LOOK,
        "a decision has had its day",
    ),
    _program(
        CaseEvent.EXPIRED,
        _TOLD | {_S.RESOLVED, _S.DUPLICATE},
        None,
        "a decision has had its day; what was reported stays so",
    ),
    _program(CaseEvent.SENT, _ALL, None, "the mail server has taken the mail of `cases send`"),
    _person(CaseEvent.LOOK_WANTED, _ALL - {_S.DUPLICATE}, _S.NEEDS_LOOK, "`cases triage --state`"),
    _person(
        CaseEvent.PROMOTED,
        _OPEN - {_S.CONFIRMED} | _HARMLESS,
        _S.CONFIRMED,
        "`cases promote`, or `cases triage --state`",
    ),
    _person(
        CaseEvent.FOUND_FALSE,
        _ALL - {_S.DUPLICATE, _S.FALSE_POSITIVE},
        _S.FALSE_POSITIVE,
        "`cases triage --state`; its findings are dismissed",
    ),
    _person(
        CaseEvent.FOUND_BENIGN,
        _ALL - {_S.DUPLICATE, _S.BENIGN},
        _S.BENIGN,
        "`cases triage --state`; its findings are dismissed",
    ),
    _person(CaseEvent.MERGED, _ALL - {_S.DUPLICATE}, _S.DUPLICATE, "`cases merge`"),
    _person(
        CaseEvent.SENDING,
        _MAY_BE_TOLD,
        _S.REPORTED,
        "`cases send --really`, before the mail leaves: it may have been sent until the log says `sent`",
    ),
    _person(
        CaseEvent.REPORTED,
        _MAY_BE_TOLD,
        _S.REPORTED,
        "`cases reported`",
    ),
    _person(CaseEvent.ACKNOWLEDGED, _TOLD, _S.ACKNOWLEDGED, "`cases outcome --acknowledged`"),
    _person(CaseEvent.REFUSED, _TOLD, _S.ACKNOWLEDGED, "`cases outcome --refused`"),
    _person(CaseEvent.REMOVED, _TOLD, _S.RESOLVED, "`cases outcome --removed`"),
    _person(CaseEvent.CLASSED, _ALL, None, "`cases triage --class`"),
    _person(CaseEvent.ASSIGNED, _ALL, None, "`cases assign`"),
    _person(CaseEvent.NOTED, _ALL, None, "`cases note`"),
    _person(CaseEvent.UNDONE, _ALL, None, "`cases undo`; all is as before that event"),
)
"""Every move there is; no event leads from one state to two."""


def move_of(event: CaseEvent, state: CaseState | None) -> Move | None:
    """Return the move that `event` makes of a case in `state` (None: of no case yet), or None."""
    for one in MOVES:
        if one.event is event and (state in one.before or (state is None and not one.before)):
            return one
    return None


def states_before(event: CaseEvent) -> tuple[CaseState, ...]:
    """Return the states in which `event` may happen, in the order of `CaseState`."""
    allowed = {state for one in MOVES if one.event is event for state in one.before}
    return tuple(state for state in CaseState if state in allowed)
