"""What a person states with a decision: why, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from workers.clock import moment_or_none, span_of

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["expiry", "label", "stated"]

_LONGEST = timedelta(days=365)
_LONGEST_REASON = 200
_LONGEST_LABEL = 60


def stated(reason: str, option: str = "--reason") -> str:
    """Return the text of `option` on one line; raises UsageError for none and for a long one."""
    text = " ".join(reason.split())
    if not text:
        what = "why" if option == "--reason" else "it"
        msg = f"{option} is empty; say {what} in a few words"
        raise UsageError(msg)
    if len(text) > _LONGEST_REASON:
        msg = f"{option} is longer than {_LONGEST_REASON} characters; say it shorter"
        raise UsageError(msg)
    return text


def expiry(expires: str, now: datetime, option: str = "--expires") -> datetime:
    """Return the moment of `option`; raises UsageError for none, the past, or more than a year."""
    span = span_of(expires)
    end = moment_or_none(expires) if span is None else now + min(span, 2 * _LONGEST)
    if end is None or not now < end <= now + _LONGEST:
        msg = f"{option} {expires}: give a date or a span (30d) within the next 365 days"
        raise UsageError(msg)
    return end


def label(text: str, option: str = "--to") -> str:
    """Return a label on one line, which may be empty; raises UsageError for a long one."""
    one_line = " ".join(text.split())
    if len(one_line) > _LONGEST_LABEL:
        msg = f"{option} is longer than {_LONGEST_LABEL} characters; take a shorter label"
        raise UsageError(msg)
    return one_line
