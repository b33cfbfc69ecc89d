"""Which of several statements counts: by when it was said, and by the time it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.model import Assertion, Claim

__all__ = ["Sequenced", "dated", "in_sequence", "is_over", "order", "said_at"]

_CLOCK_SKEW = timedelta(days=1)
_NEXT = timedelta(microseconds=1)


def dated(assertion: Assertion, now: datetime) -> Assertion:
    """Return it with dates that can be: what is said to be of the future is as old as what it tells.

    Counted as `now` it would be later than every withdrawal, for ever.
    """
    begins, told, latest = assertion.valid_from, assertion.observed_at, now + _CLOCK_SKEW
    if max(begins, told) <= latest:
        return assertion
    begins = min(begins, told, now)
    return replace(assertion, valid_from=begins, observed_at=begins if told > latest else told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequenced:
    """Assertions whose dates follow the order of their feeds."""

    assertions: tuple[Assertion, ...]
    stated: Mapping[datetime, datetime]
    """Date that had to follow -> the one that the feed states, for people."""


def in_sequence(assertions: Iterable[Assertion]) -> Sequenced:
    """Return all of `assertions`; an event that has a place in its feed is later than those before it.

    A journal's serials are its order: dates are equal where one transaction did several things, and
    wrong where clocks differed. Whatever compares dates afterwards compares places. A date is moved
    only forward: moved back, it would hand the past of a name to its next owner.
    """
    found, events = list[Assertion](), list[Assertion]()
    for said in assertions:
        (events if said.sequence else found).append(said)
    stated, latest = dict[datetime, datetime](), dict[str, datetime]()
    for said in sorted(events, key=lambda a: (a.sequence, order(a))):
        before = latest.get(said.feed)
        at = said.valid_from if before is None else max(said.valid_from, before + _NEXT)
        latest[said.feed] = at
        if at == said.valid_from:
            found.append(said)
            continue
        stated[at] = said.valid_from
        found.append(replace(said, valid_from=at, observed_at=max(said.observed_at, at)))
    return Sequenced(assertions=tuple(found), stated=stated)


def order(assertion: Assertion) -> tuple[object, ...]:
    """Sort key: by the time it is about, then as its feed counts, then anything stable."""
    return (
        assertion.valid_from,
        assertion.sequence,
        assertion.retracted_at is not None,
        assertion.feed,
        assertion.record_id,
        str(assertion.subject),
        assertion.claim,
        assertion.observed_at,
        () if assertion.subject.file is None else assertion.subject.file.digests,
        str(assertion.retracted_at),
        assertion.root_source,
        str(assertion.reference),
    )


def said_at(assertion: Assertion, now: datetime) -> tuple[datetime, bool]:
    """Return when it was said, and whether it takes back; a withdrawal yet to come counts as `now`.

    The end of an allowance is known beforehand, so it says nothing of when the allowance was given.
    """
    observed = assertion.observed_at
    retracted = assertion.retracted_at
    if retracted is None:
        return observed, False
    if assertion.claim is Claim.ALLOWED:
        return observed, is_over(assertion, now)
    return max(observed, min(retracted, now)), True


def is_over(assertion: Assertion, now: datetime) -> bool:
    """Say whether it was taken back; an allowance is taken back by its own end."""
    ends = assertion.retracted_at
    return ends is not None and (assertion.claim is not Claim.ALLOWED or ends <= now)
