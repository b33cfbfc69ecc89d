"""What the index says of a project, its releases and files now: the latest observation counts.

A statement that a project is listed is a statement on the whole listing: a release or file that it does
not name was gone at that moment (the Simple API leaves removed and quarantined releases out silently).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from crawler.model import Assertion, Claim, Distribution, IndexState, Level, ProjectKey, Subject
from crawler.verdicts.precedence import order
from crawler.verdicts.statements import Statements

__all__ = ["IndexObservation", "IndexView"]

_SAYS = {
    Claim.CREATED: IndexState.LISTED,
    Claim.LISTED: IndexState.LISTED,
    Claim.QUARANTINE_CLEARED: IndexState.LISTED,
    Claim.QUARANTINED: IndexState.QUARANTINED,
    Claim.REMOVED: IndexState.GONE,
    Claim.OWNER_REMOVED: IndexState.GONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexObservation:
    """One thing that the index said."""

    at: datetime
    state: IndexState
    explicit: bool = True
    """False where it is only concluded, from a listing that leaves it out."""


class IndexView:
    """Answers for one project."""

    def __init__(self, project: ProjectKey, statements: Statements) -> None:
        """Answer for `project` by what was said."""
        self._project, self._statements = project, statements
        self._listings = statements.on(Subject(project=project), Claim.LISTED)

    def project(self) -> IndexObservation | None:
        """Return the latest observation on the project, or None."""
        return _latest(self._observations(Subject(project=self._project)))

    def release(self, version: str) -> IndexObservation | None:
        """Return the latest observation on a release, what is said of its project included."""
        subject = Subject(project=self._project, version=version)
        return _under(self.project(), _latest(self._observations(subject)))

    def file(self, version: str | None, file: Distribution) -> IndexObservation | None:
        """Return the latest observation on a file, what is said of its release and project included."""
        subject = Subject(project=self._project, version=version, file=file)
        parent = self.project() if version is None else self.release(version)
        return _under(parent, _latest(self._observations(subject)))

    def _observations(self, subject: Subject) -> Iterator[IndexObservation]:
        spoken = self._statements.on(subject, *_SAYS)
        if subject.level is not Level.PROJECT:
            yield from self._concluded(subject, spoken)
        for event in sorted(spoken, key=lambda a: (a.observed_at, order(a))):
            yield IndexObservation(at=event.observed_at, state=_SAYS[event.claim])

    def _concluded(
        self, subject: Subject, spoken: tuple[Assertion, ...]
    ) -> Iterator[IndexObservation]:
        for assertion in self._statements.taken_back_on(subject, Claim.LISTED):
            if assertion.retracted_at is not None:
                yield IndexObservation(
                    at=assertion.retracted_at, state=IndexState.GONE, explicit=False
                )
        named = {(a.feed, a.record_id) for a in spoken if a.claim is Claim.LISTED}
        for listing in self._listings:
            if (listing.feed, listing.record_id) not in named:
                yield IndexObservation(
                    at=listing.observed_at, state=IndexState.GONE, explicit=False
                )


def _latest(observations: Iterator[IndexObservation]) -> IndexObservation | None:
    """Return the last observation; that a listing leaves out what is in quarantine says nothing new."""
    found: IndexObservation | None = None
    for observation in sorted(observations, key=lambda w: w.at):
        if observation.explicit or found is None or found.state is not IndexState.QUARANTINED:
            found = observation
    return found


def _under(
    parent: IndexObservation | None, own: IndexObservation | None
) -> IndexObservation | None:
    """Return what holds below `parent`: what is gone or locked above is so below, unless told later."""
    if parent is None or parent.state not in {IndexState.GONE, IndexState.QUARANTINED}:
        return own
    if own is None or (own.state is IndexState.GONE and not own.explicit):
        return parent
    return own if own.state is IndexState.GONE or own.at > parent.at else parent
