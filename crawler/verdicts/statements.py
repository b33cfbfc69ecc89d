"""What is said now: the latest statement of each record, and what was taken back.

A record is restated whole, so of the same (feed, record, subject, claim) only the latest counts. When
two are equally late, the one that takes back wins: a doubt never accuses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from crawler.model import Assertion, Claim, Distribution, Subject
from crawler.verdicts.precedence import dated, in_sequence, is_over, order, said_at
from crawler.verdicts.withdrawals import ACCUSING, withdrawals, without_ground

__all__ = ["Statements", "current", "same_file"]


class Statements:
    """The latest statements on one project, in the order of `order`."""

    def __init__(
        self,
        standing: Iterable[Assertion],
        taken_back: Iterable[Assertion],
        stated: Mapping[datetime, datetime],
    ) -> None:
        """Sort what stands and what was taken back by the subject it is about; `stated` as in `Sequenced`."""
        self.standing = tuple(standing)
        self.taken_back = tuple(taken_back)
        self._stated = stated
        self._standing = _by_place(self.standing)
        self._taken_back = _by_place(self.taken_back)

    def on(self, subject: Subject, *claims: Claim) -> tuple[Assertion, ...]:
        """Return what stands on exactly this project, release or file."""
        return _matching(self._standing, subject, claims)

    def taken_back_on(self, subject: Subject, *claims: Claim) -> tuple[Assertion, ...]:
        """Return what was taken back on exactly this project, release or file."""
        return _matching(self._taken_back, subject, claims)

    def stated(self, moment: datetime) -> datetime:
        """Return the date that a feed states for `moment`, which may follow the order of the feed."""
        return self._stated.get(moment, moment)


def same_file(one: Distribution, other: Distribution) -> bool:
    """Say whether both may be the same file: the name is, and no digest contradicts."""
    if one.filename != other.filename:
        return False
    known = {d.algorithm: d.hex for d in one.digests}
    return all(known.get(d.algorithm, d.hex) == d.hex for d in other.digests)


def current(assertions: Iterable[Assertion], now: datetime) -> Statements:
    """Return the latest statements; `now` (UTC) bounds all dates."""
    latest = dict[object, Assertion]()
    sequenced = in_sequence({dated(a, now) for a in assertions})
    for assertion in sorted(sequenced.assertions, key=lambda a: (said_at(a, now), order(a))):
        latest[_key(assertion)] = assertion
    withdrawn = withdrawals(latest.values(), now)
    standing, taken_back = list[Assertion](), list[Assertion]()
    for assertion in sorted(latest.values(), key=order):
        when = withdrawn.get(assertion.record_id)
        gone = when is not None and assertion.observed_at <= when
        back = is_over(assertion, now) or (gone and assertion.claim in ACCUSING)
        (taken_back if back else standing).append(assertion)
    fallen = without_ground(standing, taken_back)
    kept = [a for a in standing if a not in fallen]
    lapsed = sorted((*taken_back, *fallen.values()), key=order)
    return Statements(kept, lapsed, sequenced.stated)


_Place = tuple[str | None, str | None]


def _place(subject: Subject) -> _Place:
    """Return (version, file name); a file is found by its name alone."""
    return (subject.version, None) if subject.file is None else (None, subject.file.filename)


def _by_place(assertions: Iterable[Assertion]) -> Mapping[_Place, list[Assertion]]:
    found = dict[_Place, list[Assertion]]()
    for assertion in assertions:
        found.setdefault(_place(assertion.subject), []).append(assertion)
    return found


def _matching(
    placed: Mapping[_Place, list[Assertion]], subject: Subject, claims: Collection[Claim]
) -> tuple[Assertion, ...]:
    return tuple(
        a
        for a in placed.get(_place(subject), ())
        if a.claim in claims
        and (
            subject.file is None
            or a.subject.file is None
            or same_file(subject.file, a.subject.file)
        )
    )


def _key(assertion: Assertion) -> object:
    subject, file = assertion.subject, assertion.subject.file
    named = None if file is None else (file.filename, file.digests)
    return (
        assertion.feed,
        assertion.record_id,
        subject.project,
        subject.version,
        named,
        assertion.claim,
    )
