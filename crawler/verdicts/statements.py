"""What is said now: the latest statement of each record, and what was taken back.

A record is restated whole, so of the same (feed, record, subject, claim) only the latest counts. When
two are equally late, the one that takes back wins: a doubt never accuses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from crawler.model import Assertion, Claim, Distribution, Subject

__all__ = ["Statements", "current", "order", "same_file"]

_GLOBAL_ID = re.compile(r"(?:MAL|PYSEC)-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3}")
"""Ids that mean the same record in whichever feed they stand."""


class Statements:
    """The latest statements on one project, in the order of `order`."""

    def __init__(self, standing: Iterable[Assertion], taken_back: Iterable[Assertion]) -> None:
        """Sort what stands and what was taken back by the subject it is about."""
        self.standing = tuple(standing)
        self.taken_back = tuple(taken_back)
        self._standing = _by_place(self.standing)
        self._taken_back = _by_place(self.taken_back)

    def on(self, subject: Subject, *claims: Claim) -> tuple[Assertion, ...]:
        """Return what stands on exactly this project, release or file."""
        return _matching(self._standing, subject, claims)

    def taken_back_on(self, subject: Subject, *claims: Claim) -> tuple[Assertion, ...]:
        """Return what was taken back on exactly this project, release or file."""
        return _matching(self._taken_back, subject, claims)


def same_file(one: Distribution, other: Distribution) -> bool:
    """Say whether both may be the same file: the name is, and no digest contradicts."""
    if one.filename != other.filename:
        return False
    known = {d.algorithm: d.hex for d in one.digests}
    return all(known.get(d.algorithm, d.hex) == d.hex for d in other.digests)


def current(assertions: Iterable[Assertion], now: datetime) -> Statements:
    """Return the latest statements; dates in the future count as `now`, or they would win for ever."""
    latest = dict[object, Assertion]()
    for assertion in sorted(set(assertions), key=lambda a: (_said_at(a, now), order(a))):
        latest[_key(assertion)] = assertion
    withdrawals = _withdrawals(latest.values(), now)
    standing, taken_back = list[Assertion](), list[Assertion]()
    for assertion in sorted(latest.values(), key=order):
        withdrawn = withdrawals.get(assertion.record_id)
        gone = withdrawn is not None and assertion.observed_at <= withdrawn
        accuses = assertion.claim in {Claim.MALICIOUS, Claim.SUSPICIOUS}
        back = assertion.retracted_at is not None or (gone and accuses)
        (taken_back if back else standing).append(assertion)
    return Statements(standing, taken_back)


def order(assertion: Assertion) -> tuple[object, ...]:
    """Sort key: by the time it is about, then as the journal counts, then anything stable."""
    record = assertion.record_id
    serial = int(record) if record.isascii() and record.isdigit() and len(record) < 19 else 0  # noqa: PLR2004 - 64 bits
    return (
        assertion.valid_from,
        serial,
        assertion.retracted_at is not None,
        assertion.feed,
        record,
        str(assertion.subject),
        assertion.claim,
        assertion.observed_at,
        () if assertion.subject.file is None else assertion.subject.file.digests,
        str(assertion.retracted_at),
        assertion.root_source,
        str(assertion.reference),
    )


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


def _said_at(assertion: Assertion, now: datetime) -> tuple[datetime, bool]:
    observed = min(assertion.observed_at, now)
    retracted = assertion.retracted_at
    if retracted is None:
        return observed, False
    return max(observed, min(retracted, now)), True


def _withdrawals(latest: Iterable[Assertion], now: datetime) -> dict[str, datetime]:
    """Return when records with a global id were withdrawn as a whole, by any feed.

    A withdrawal in one feed reaches the copies in the others (they are late, or never follow); a copy
    that was observed later than the withdrawal stands.
    """
    by_copy = dict[tuple[str, str], list[Assertion]]()
    for assertion in latest:
        if assertion.claim is Claim.MALICIOUS and _GLOBAL_ID.fullmatch(assertion.record_id):
            by_copy.setdefault((assertion.feed, assertion.record_id), []).append(assertion)
    found = dict[str, datetime]()
    for (_, record_id), copies in by_copy.items():
        if all(a.retracted_at is not None for a in copies):
            said = max(_said_at(a, now)[0] for a in copies)
            found[record_id] = max(said, found.get(record_id, said))
    return found
