"""The incarnations of a name: created, removed, created again by somebody else.

A claim is about the incarnation in which it was made (or the last one before it): the next owner of the name
has done nothing. Source of the events: warehouse journal (`create`, `remove project`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawler.model import Assertion, Claim, Level
from crawler.verdicts.statements import Statements

__all__ = ["Incarnation", "NameHistory", "history_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incarnation:
    """One incarnation of a name; None where the beginning is not known or the end has not come."""

    born: datetime | None
    died: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHistory:
    """All known incarnations of a name, oldest first; at least one."""

    incarnations: tuple[Incarnation, ...]

    @property
    def alive(self) -> Incarnation | None:
        """The incarnation that goes on, or None where the project is gone."""
        return self.incarnations[-1] if self.incarnations[-1].died is None else None

    def at(self, when: datetime) -> Incarnation:
        """Return the incarnation at `when`, or the last one before it, or the first."""
        begun = [
            incarnation
            for incarnation in self.incarnations
            if incarnation.born is None or incarnation.born <= when
        ]
        return begun[-1] if begun else self.incarnations[0]

    def up_to(self, incarnation: Incarnation) -> tuple[Incarnation, ...]:
        """Return the incarnations up to and with `incarnation`, newest first."""
        return self.incarnations[self.incarnations.index(incarnation) :: -1]


def history_of(statements: Statements) -> NameHistory:
    """Return the incarnations that the standing events tell."""
    incarnations = list[Incarnation]()
    creators = set[str]()
    for event in _project_events(statements.standing):
        is_open = bool(incarnations) and incarnations[-1].died is None
        if event.claim is Claim.CREATED:
            if is_open and event.feed not in creators:
                creators.add(event.feed)  # a second feed tells of the same birth
                continue
            if is_open:  # the same feed tells of a second birth: the death was missed
                incarnations[-1] = Incarnation(born=incarnations[-1].born, died=event.valid_from)
            incarnations.append(Incarnation(born=event.valid_from, died=None))
            creators = {event.feed}
        elif is_open:
            incarnations[-1] = Incarnation(born=incarnations[-1].born, died=event.valid_from)
        elif not incarnations:
            incarnations.append(Incarnation(born=None, died=event.valid_from))
    if not incarnations:
        return NameHistory(incarnations=(Incarnation(born=None, died=None),))
    return NameHistory(
        incarnations=(*incarnations, *_unseen_rebirth(incarnations[-1], statements.standing))
    )


def _project_events(assertions: Iterable[Assertion]) -> Iterable[Assertion]:
    return (
        a
        for a in assertions
        if a.subject.level is Level.PROJECT
        and a.claim in {Claim.CREATED, Claim.REMOVED, Claim.OWNER_REMOVED}
    )


def _unseen_rebirth(last: Incarnation, assertions: Iterable[Assertion]) -> Iterable[Incarnation]:
    """Return the incarnation that signs of life after the last death prove, though no birth was reported."""
    if last.died is None:
        return ()
    signs = list[datetime]()
    for assertion in assertions:
        if assertion.claim is Claim.LISTED and assertion.observed_at > last.died:
            signs.append(max(assertion.valid_from, last.died))
        elif assertion.claim is Claim.CREATED and assertion.valid_from > last.died:
            signs.append(assertion.valid_from)
    return (Incarnation(born=min(signs), died=None),) if signs else ()
