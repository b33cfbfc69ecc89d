"""Which of several statements counts: by when it was said, and by the time it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from crawler.model import Assertion, Claim

__all__ = ["dated", "is_over", "order", "said_at"]

_CLOCK_SKEW = timedelta(days=1)


def dated(assertion: Assertion, now: datetime) -> Assertion:
    """Return it with dates that can be: what is said to be of the future is as old as what it tells.

    Counted as `now` it would be later than every withdrawal, for ever.
    """
    begins, told, latest = assertion.valid_from, assertion.observed_at, now + _CLOCK_SKEW
    if max(begins, told) <= latest:
        return assertion
    begins = min(begins, told, now)
    return replace(assertion, valid_from=begins, observed_at=begins if told > latest else told)


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
