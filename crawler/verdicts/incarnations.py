"""The lives of a name: created, removed, created again by somebody else.

A claim is about the life in which it was made (or the last one before it): the next owner of the name
has done nothing. Source of the events: warehouse journal (`create`, `remove project`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawler.model import Assertion, Claim, Level
from crawler.verdicts.statements import Statements

__all__ = ["History", "Incarnation", "history_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incarnation:
    """One life of a name; None where the beginning is not known or the end has not come."""

    born: datetime | None
    died: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All known lives of a name, oldest first; at least one."""

    lives: tuple[Incarnation, ...]

    @property
    def alive(self) -> Incarnation | None:
        """The life that goes on, or None where the project is gone."""
        return self.lives[-1] if self.lives[-1].died is None else None

    def at(self, when: datetime) -> Incarnation:
        """Return the life at `when`, or the last one before it, or the first."""
        begun = [life for life in self.lives if life.born is None or life.born <= when]
        return begun[-1] if begun else self.lives[0]

    def up_to(self, life: Incarnation) -> tuple[Incarnation, ...]:
        """Return the lives up to and with `life`, newest first."""
        return self.lives[self.lives.index(life) :: -1]


def history_of(statements: Statements) -> History:
    """Return the lives that the standing events tell."""
    lives = list[Incarnation]()
    creators = set[str]()
    for event in _project_events(statements.standing):
        open_life = bool(lives) and lives[-1].died is None
        if event.claim is Claim.CREATED:
            if open_life and event.feed not in creators:
                creators.add(event.feed)  # a second feed tells of the same birth
                continue
            if open_life:  # the same feed tells of a second birth: the death was missed
                lives[-1] = Incarnation(born=lives[-1].born, died=event.valid_from)
            lives.append(Incarnation(born=event.valid_from, died=None))
            creators = {event.feed}
        elif open_life:
            lives[-1] = Incarnation(born=lives[-1].born, died=event.valid_from)
        elif not lives:
            lives.append(Incarnation(born=None, died=event.valid_from))
    if not lives:
        return History(lives=(Incarnation(born=None, died=None),))
    return History(lives=(*lives, *_unseen_rebirth(lives[-1], statements.standing)))


def _project_events(assertions: Iterable[Assertion]) -> Iterable[Assertion]:
    return (
        a
        for a in assertions
        if a.subject.level is Level.PROJECT
        and a.claim in {Claim.CREATED, Claim.REMOVED, Claim.OWNER_REMOVED}
    )


def _unseen_rebirth(last: Incarnation, assertions: Iterable[Assertion]) -> Iterable[Incarnation]:
    """Return the life that signs of life after the last death prove, though nobody told of a birth."""
    if last.died is None:
        return ()
    signs = list[datetime]()
    for assertion in assertions:
        if assertion.claim is Claim.LISTED and assertion.observed_at > last.died:
            signs.append(max(assertion.valid_from, last.died))
        elif assertion.claim is Claim.CREATED and assertion.valid_from > last.died:
            signs.append(assertion.valid_from)
    return (Incarnation(born=min(signs), died=None),) if signs else ()
