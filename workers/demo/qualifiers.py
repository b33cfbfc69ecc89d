"""The words of a GitHub search and the ranges in its qualifiers ("Understanding the search syntax")."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["in_date_range", "in_number_range", "search_words"]

_DATE_ONLY = len("2026-06-01")
_PART = re.compile(r'-?(?:[a-z]+:)?"[^"]*"?|\S+')
_RANGE = re.compile(
    r"(?P<low>[^.>=<*]+|\*)\.\.(?P<high>[^.>=<*]+|\*)|(?P<sign>[<>]=?)?(?P<one>[^.>=<*]+)"
)

_Span = tuple[float, float]
"""First and last number that a bound stands for: a date without a time is a whole day."""


def search_words(text: str) -> list[str]:
    """Split at white space, keeping quoted phrases and `name:"quoted value"` together."""
    return _PART.findall(text)


def in_number_range(number: float, text: str) -> bool:
    """Say whether `number` is in `10`, `>10`, `>=10`, `<10`, `<=10`, `1..10`, `*..10` or `10..*`.

    Raises ValueError where `text` is none of them.
    """
    return _in_range(number, text, lambda bound: (float(bound), float(bound)))


def in_date_range(moment: str, text: str) -> bool:
    """Say the same of an ISO 8601 `moment`; bounds are dates or moments, UTC."""
    return _in_range(_span_of_date(moment)[0], text, _span_of_date)


def _in_range(number: float, text: str, span_of: Callable[[str], _Span]) -> bool:
    match = _RANGE.fullmatch(text)
    if match is None:
        msg = f"invalid range {text!r}"
        raise ValueError(msg)
    if (one := match["one"]) is None:
        low, high = match["low"], match["high"]
        return (low == "*" or span_of(low)[0] <= number) and (
            high == "*" or number <= span_of(high)[1]
        )
    first, last = span_of(one)
    return {
        None: first <= number <= last,
        "<": number < first,
        "<=": number <= last,
        ">": number > last,
        ">=": number >= first,
    }[match["sign"]]


def _span_of_date(text: str) -> _Span:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    length = timedelta(days=1, seconds=-1) if len(text) == _DATE_ONLY else timedelta()
    return moment.timestamp(), (moment + length).timestamp()
