"""Ranges of npm versions, as advisories write them.

Source: npm, `node-semver` (README: "Ranges", in its strict mode). They come from strangers: what is longer than
4,096 characters, has a number beyond 2**53 - 1 or is written in another way is no range, never a guess. Why this
is no library: docs/decisions/0017-npm-ranges-are-read-here.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.model.semver_order import BUILD, LARGEST, NUMBER, PRERELEASE, SemVer, parse_semver

__all__ = ["SemVer", "VersionRange", "parse_range", "parse_semver"]

_LONGEST = 4096
_MOST_ALTERNATIVES = 500
_ZERO = "0"
"""The first of all pre-releases."""

_X = rf"(?:{NUMBER}|[xX*])"
_COMPARATOR = re.compile(
    rf"(~>?|\^|[<>]=?|=)?([v=]*+)({_X})(?:\.({_X})(?:\.({_X})(?:-({PRERELEASE}))?)?)?"
)
_BLANK = re.compile(r"[ \t\n\r\v\f]++")
_GAP = re.compile(r"(~>?|\^|[<>]=?|=) ")
_TORN = re.compile(r"[<>=] = ")
_BUILD = re.compile(BUILD)


class _NoRangeError(Exception):
    """A text that is no range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    operator: str
    version: SemVer

    def holds(self, version: SemVer) -> bool:
        match self.operator:
            case "<":
                return version < self.version
            case "<=":
                return version <= self.version
            case ">":
                return version > self.version
            case ">=":
                return version >= self.version
            case _:
                return version == self.version


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRange:
    """A range that could be read: alternatives, each of bounds that must all hold."""

    alternatives: tuple[tuple[_Bound, ...], ...]
    """Without any bound: every version that is no pre-release."""

    def allows(self, version: SemVer) -> bool:
        """Say whether `version` is in the range.

        A pre-release is only where a bound of the same alternative is a pre-release of the same three
        numbers (`>1.2.3-alpha` allows `1.2.3-beta`, not `1.2.4-beta`).
        """
        return any(_allowed(version, bounds) for bounds in self.alternatives)

    @property
    def only(self) -> SemVer | None:
        """The one version that is in the range: `>=1.0.0 <1.0.1`, `1.0.0 || 1.0.0`; None where there may be more."""
        found = {_only(bounds) for bounds in self.alternatives}
        return found.pop() if len(found) == 1 else None


def _only(bounds: tuple[_Bound, ...]) -> SemVer | None:
    """Return the first version within `bounds` where they exclude the one behind it."""
    begins = [bound for bound in bounds if bound.operator in {"=", ">=", ">"}]
    if not begins or any(_may_hold_stages(bound) for bound in bounds):
        return None
    first = max(
        _next(bound.version) if bound.operator == ">" else bound.version for bound in begins
    )
    more = all(bound.holds(_next(first)) for bound in bounds)
    return first if _allowed(first, bounds) and not more else None


def _may_hold_stages(bound: _Bound) -> bool:
    """Say whether a bound lets in pre-releases: one that is itself one, unless it only closes a range of npm's."""
    stage = bound.version.prerelease
    closes = bound.operator == "=" or (bound.operator == "<" and stage == (_ZERO,))
    return bool(stage) and not closes


def _next(version: SemVer) -> SemVer:
    return SemVer(major=version.major, minor=version.minor, patch=version.patch + 1)


def _allowed(version: SemVer, bounds: tuple[_Bound, ...]) -> bool:
    if not all(bound.holds(version) for bound in bounds):
        return False
    return not version.prerelease or any(
        bound.version.prerelease and bound.version.release == version.release for bound in bounds
    )


def parse_range(text: str) -> VersionRange | None:
    """Return the range that `text` is, or None.

    Beside node-semver's grammar a comma is read as "and", which is how GitHub's advisories separate
    bounds. An empty alternative is `*`.
    """
    if len(text) > _LONGEST or text.count("||") >= _MOST_ALTERNATIVES:
        return None
    plain = _BUILD.sub("", text).split("||")
    try:
        alternatives = tuple(_alternative(_and(part)) for part in plain)
    except _NoRangeError:
        return None
    everything = any(not bounds for bounds in alternatives)
    return VersionRange(alternatives=((),) if everything else alternatives)


def _and(text: str) -> str:
    """Return an alternative with one blank between its parts."""
    parts = [_BLANK.sub(" ", part).strip() for part in text.split(",")]
    if len(parts) > 1 and "" in parts:
        raise _NoRangeError
    return " ".join(parts)


def _alternative(text: str) -> tuple[_Bound, ...]:
    """Return the bounds of one alternative: a hyphen range, or comparators between blanks."""
    first, hyphen, last = text.partition(" - ")
    if hyphen:
        bounds = _hyphen(_comparator(first), _comparator(last))
    else:
        if _TORN.search(text):
            raise _NoRangeError
        tokens = _GAP.sub(r"\1", text).split(" ")
        bounds = tuple(b for token in tokens if token for b in _comparator(token).bounds())
    return tuple(bound for bound in bounds if bound != _FROM_ZERO)


def _hyphen(first: _Comparator, last: _Comparator) -> tuple[_Bound, ...]:
    """Return the bounds of `first - last`, both included; of an open end all that it may be."""
    if first.operator or last.operator:
        raise _NoRangeError
    begin = () if first.parts[0] is None else (_Bound(operator=">=", version=first.lower()),)
    if last.parts[0] is None:
        return begin
    if None in last.parts:
        return *begin, last.before(last.open_place())
    return *begin, _Bound(operator="<=", version=last.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparator:
    """An operator and a version of which parts may be left open."""

    operator: str
    parts: tuple[int | None, ...]
    """Three; None is open (`x`, `*` or missing)."""
    prerelease: tuple[str, ...]

    def bounds(self) -> tuple[_Bound, ...]:
        match self.operator:
            case "~" | "~>":
                return self._from_to(0 if self.parts[1] is None else 1)
            case "^":
                return self._from_to(self._caret())
            case _ if None in self.parts:
                return self._open()
            case _:
                return (_Bound(operator=self.operator or "=", version=self.lower()),)

    def lower(self) -> SemVer:
        """Return the first version that the parts allow."""
        stage = () if None in self.parts else self.prerelease
        return _version([part or 0 for part in _closed(self.parts)], stage)

    def next(self, place: int, stage: tuple[str, ...] = ()) -> SemVer:
        """Return the first version with a higher number at `place` (0: major, 1: minor, 2: patch)."""
        numbers = [*self.lower().release[: place + 1], 0, 0]
        numbers[place] += 1
        return _version(numbers, stage)

    def before(self, place: int) -> _Bound:
        """Return the bound that excludes `next`, and its pre-releases too."""
        return _Bound(operator="<", version=self.next(place, (_ZERO,)))

    def open_place(self) -> int:
        """Return the place of the last number that is stated."""
        return self.parts.index(None) - 1

    def _from_to(self, place: int) -> tuple[_Bound, ...]:
        if self.parts[0] is None:
            return ()
        return _Bound(operator=">=", version=self.lower()), self.before(place)

    def _caret(self) -> int:
        """Return the place of the first number that is not 0, or of the last that is stated."""
        stated = [part for part in _closed(self.parts) if part is not None]
        return next((i for i, part in enumerate(stated) if part), max(len(stated) - 1, 0))

    def _open(self) -> tuple[_Bound, ...]:
        """Return the bounds of an x-range, where all parts behind an open one must be open too."""
        if _closed(self.parts) != self.parts:
            raise _NoRangeError
        if self.parts[0] is None:
            return (_NOTHING,) if self.operator in {"<", ">"} else ()
        place, first = self.open_place(), self.lower()
        match self.operator:
            case "<":
                return (_Bound(operator="<", version=_version(first.release, (_ZERO,))),)
            case "<=":
                return (self.before(place),)
            case ">":
                return (_Bound(operator=">=", version=self.next(place)),)
            case ">=":
                return (_Bound(operator=">=", version=first),)
            case _:
                return _Bound(operator=">=", version=first), self.before(place)


def _comparator(text: str) -> _Comparator:
    found = _COMPARATOR.fullmatch(text)
    if found is None:
        raise _NoRangeError
    operator, marks, *numbers, stage = found.groups()
    parts = tuple(int(number) if number and number.isdigit() else None for number in numbers)
    if None not in parts and operator not in {"~", "~>", "^"} and marks not in {"", "v"}:
        raise _NoRangeError
    return _Comparator(
        operator=operator or "", parts=parts, prerelease=tuple(stage.split(".")) if stage else ()
    )


def _closed(parts: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """Return the parts up to the first that is open; behind it nothing counts."""
    end = parts.index(None) if None in parts else len(parts)
    return (*parts[:end], *(None for _ in parts[end:]))


def _version(numbers: Sequence[int], stage: tuple[str, ...] = ()) -> SemVer:
    major, minor, patch, *_ = numbers
    if max(major, minor, patch) > LARGEST:
        raise _NoRangeError
    return SemVer(major=major, minor=minor, patch=patch, prerelease=stage)


_FROM_ZERO = _Bound(operator=">=", version=_version((0, 0, 0)))
"""Means every version, so that it bounds nothing (node-semver, `replaceGTE0`)."""
_NOTHING = _Bound(operator="<", version=_version((0, 0, 0), (_ZERO,)))
