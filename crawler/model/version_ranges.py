"""Ranges of versions as records state them, kept as text and compared with the version of a pin.

They are written as purl does: `vers:npm/>=1.0.0|<2.0.0|>=3.0.0` (VERS, "Version range specifier"; ECMA-427), so
that a range stands wherever a version may. The order is that of the ecosystem: Semantic Versioning for npm, PEP
440 for Python. `>=0` is the beginning: before every version, pre-releases too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, unquote

from packaging.version import Version

from crawler.model.names import Ecosystem
from crawler.model.semver_order import parse_semver

__all__ = [
    "RANGE_PREFIX",
    "VersionOrder",
    "VersionSpan",
    "bound_of",
    "everything",
    "has_both_ends",
    "in_range",
    "is_canonical_range",
    "is_range",
    "is_zero",
    "may_hold",
    "range_of",
]

RANGE_PREFIX = "vers:"
"""How a range begins where a version may stand."""
_MOST_SPANS = 500
_LONGEST = 256
_LONGEST_RANGE = 1_000
"""Characters; the ledger looks ranges up by an index, whose entries are bounded."""
_SAFE = "!+~._-"
_ZERO = re.compile(r"v?0(?>\.0)*+(?:-0(?>\.0)*+|\.?(?:dev|a)0*)?")
_SHORT = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?")
"""Of npm, a version of which the last numbers were left out: they are 0."""
_BOUND = re.compile(r"(>=|<=|>|<|)([^|<>=*]+)")


class VersionOrder(Protocol):
    """A version of an ecosystem, which compares with those of the same one."""

    def __lt__(self, other: Any, /) -> bool: ...  # noqa: ANN401 - another of the same type


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSpan:
    """A stretch of versions; without `first` from the beginning, without `last` to no end."""

    first: str | None = None
    after: bool = False
    """Whether `first` itself is left out."""
    last: str | None = None
    included: bool = False
    """Whether `last` itself belongs to it."""


def everything(ecosystem: Ecosystem, spans: Iterable[VersionSpan]) -> bool:
    """Say whether `spans` together are all versions; what cannot be read of them plays no part."""
    read = (_read(ecosystem, span) for span in spans)
    joined = _joined(one for one in read if one is not None and not one.is_empty)
    return any(one.first is None and one.last is None for one in joined)


def is_zero(version: str) -> bool:
    """Say whether `version`, where a range begins, stands for the beginning: `0`, `0.0.0`, `0.0.0-0`."""
    return _ZERO.fullmatch(version.strip()) is not None


def is_range(version: str | None) -> bool:
    """Say whether what stands as a version is a range."""
    return version is not None and version.startswith(RANGE_PREFIX)


def range_of(ecosystem: Ecosystem, spans: Sequence[VersionSpan]) -> str | None:
    """Return `spans` as text, those that overlap joined; None where a bound cannot be read, or none has room.

    None also where the text would be longer than 1,000 characters.
    """
    if len(spans) > _MOST_SPANS:
        return None
    read = [_read(ecosystem, span) for span in spans]
    stretches = [one for one in read if one is not None]
    if len(stretches) < len(read):
        return None
    joined = _joined(one for one in stretches if not one.is_empty)
    bounds = [bound for one in joined for bound in one.bounds()]
    stated = f"{RANGE_PREFIX}{ecosystem}/{'|'.join(bounds)}"
    return stated if bounds and len(stated) <= _LONGEST_RANGE else None


def is_canonical_range(stated: str, ecosystem: Ecosystem) -> bool:
    """Say whether `stated` is just what `range_of` writes for `ecosystem`, and holds less than every version."""
    of, stretches = _parsed(stated) if len(stated) <= _LONGEST_RANGE else (None, ())
    spans = [one.span for one in stretches]
    return (
        of is ecosystem
        and not everything(ecosystem, spans)
        and range_of(ecosystem, spans) == stated
    )


def in_range(stated: str, version: str) -> bool:
    """Say whether `version` lies in the range `stated`; not where either cannot be read.

    A local version (`1.0+cu118`) lies in none: no public index has one (PEP 440, "Local version identifiers").
    """
    ecosystem, stretches = _parsed(stated)
    number = None if ecosystem is None else _order_of(ecosystem, version)
    if number is None or (isinstance(number, Version) and number.local is not None):
        return False
    return any(one.holds(number) for one in stretches)


def may_hold(stated: str, version: str) -> bool:
    """Say whether `version` lies in the range `stated`, or has no place in the order so that nobody can tell."""
    ecosystem, _ = _parsed(stated)
    unknown = ecosystem is not None and _order_of(ecosystem, version) is None
    return unknown or in_range(stated, version)


def has_both_ends(stated: str) -> bool:
    """Say whether the range `stated` begins behind the first version and has an end."""
    _, stretches = _parsed(stated)
    return bool(stretches) and all(
        one.span.first is not None and one.span.last is not None for one in stretches
    )


def _order_of(ecosystem: Ecosystem, version: str) -> VersionOrder | None:
    """Return what `version` compares by, or None where it has no place in the order of its ecosystem."""
    text = version.strip()
    return _placed(ecosystem, text) if len(text) <= _LONGEST and text.isascii() else None


@lru_cache(maxsize=16_384)
def _placed(ecosystem: Ecosystem, text: str) -> VersionOrder | None:
    if ecosystem is Ecosystem.PYPI:
        try:
            return Version(text)
        except ValueError:  # InvalidVersion, and numbers of more digits than Python converts
            return None
    return parse_semver(text) if ecosystem is Ecosystem.NPM else None


def bound_of(ecosystem: Ecosystem, version: str) -> VersionOrder | None:
    """Return what a bound compares by, or None where it has no place; one of npm may leave out its last numbers."""
    short = _SHORT.fullmatch(version.strip()) if ecosystem is Ecosystem.NPM else None
    return _order_of(ecosystem, f"{short[1]}.{short[2] or 0}.0" if short else version)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A span with its bounds read."""

    span: VersionSpan
    first: VersionOrder | None
    last: VersionOrder | None

    @property
    def is_empty(self) -> bool:
        if self.first is None or self.last is None:
            return False
        closed = self.span.included and not self.span.after
        return self.last < self.first or (self.last == self.first and not closed)

    def holds(self, number: VersionOrder) -> bool:
        if self.first is not None and (
            number < self.first or (self.span.after and number == self.first)
        ):
            return False
        if self.last is None or number < self.last:
            return True
        return self.span.included and number == self.last

    def reaches(self, later: _Stretch) -> bool:
        """Say whether `later`, which begins no sooner, begins where this one has not ended."""
        if self.last is None or later.first is None:
            return True
        return later.first < self.last or (
            later.first == self.last and (self.span.included or not later.span.after)
        )

    def bounds(self) -> Iterator[str]:
        """Yield the bounds as VERS writes them."""
        span = self.span
        first = None if span.first is None else quote(span.first, safe=_SAFE)
        last = None if span.last is None else quote(span.last, safe=_SAFE)
        if first is not None and first == last:
            yield first
            return
        yield ">=0" if first is None else f"{'>' if span.after else '>='}{first}"
        if last is not None:
            yield f"{'<=' if span.included else '<'}{last}"


def _read(ecosystem: Ecosystem, span: VersionSpan) -> _Stretch | None:
    first = None if span.first is None else bound_of(ecosystem, span.first)
    last = None if span.last is None else bound_of(ecosystem, span.last)
    if (first is None) != (span.first is None) or (last is None) != (span.last is None):
        return None
    return _Stretch(span, first, last)


def _joined(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Return the stretches in their order, those that overlap as one."""
    from_zero, later = list[_Stretch](), list[tuple[VersionOrder, bool, _Stretch]]()
    for one in stretches:
        if one.first is None:
            from_zero.append(one)
        else:
            later.append((one.first, one.span.after, one))
    later.sort(key=lambda each: each[:2])
    joined: list[_Stretch] = []
    for one in (*from_zero, *(each for _, _, each in later)):
        if joined and joined[-1].reaches(one):
            joined[-1] = _both(joined[-1], one)
        else:
            joined.append(one)
    return joined


def _both(one: _Stretch, other: _Stretch) -> _Stretch:
    """Return `one`, to the end of that of both which ends later."""
    if one.last is None or other.last is None:
        end = one if one.last is None else other
    elif one.last == other.last:
        end = one if one.span.included else other
    else:
        end = one if other.last < one.last else other
    span = VersionSpan(
        first=one.span.first, after=one.span.after, last=end.span.last, included=end.span.included
    )
    return _Stretch(span, one.first, end.last)


@lru_cache(maxsize=4_096)
def _parsed(stated: str) -> tuple[Ecosystem | None, tuple[_Stretch, ...]]:
    """Return what `range_of` wrote; nothing of a text that it did not write."""
    name, slash, rest = stated.removeprefix(RANGE_PREFIX).partition("/")
    ecosystem = next((one for one in Ecosystem if one == name), None)
    if not is_range(stated) or not slash or ecosystem is None:
        return None, ()
    found = [_BOUND.fullmatch(part) for part in rest.split("|")]
    bounds = [(bound[1], unquote(bound[2])) for bound in found if bound is not None]
    if len(bounds) < len(found):
        return None, ()
    read = [_read(ecosystem, span) for span in _spans(bounds)]
    stretches = tuple(one for one in read if one is not None)
    return (ecosystem, stretches) if len(stretches) == len(read) else (None, ())


def _spans(bounds: Sequence[tuple[str, str]]) -> Iterator[VersionSpan]:
    waiting: VersionSpan | None = None
    for sign, version in bounds:
        if sign in {">", ">="}:
            if waiting is not None:
                yield waiting
            first = None if version == "0" else version
            waiting = VersionSpan(first=first, after=sign == ">")
        elif sign:
            begun = waiting or VersionSpan()
            waiting = None
            yield VersionSpan(
                first=begun.first, after=begun.after, last=version, included=sign == "<="
            )
        else:
            yield VersionSpan(first=version, last=version, included=True)
    if waiting is not None:
        yield waiting
