"""Versions of npm packages and their order.

Source: Semantic Versioning 2.0.0 (section 11: precedence), as npm's `node-semver` reads it in its strict
mode. A version comes from strangers: one longer than 256 characters, or with a number beyond 2**53 - 1
(as in JavaScript, which is what npm counts with), is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import total_ordering

__all__ = ["BUILD", "LARGEST", "NUMBER", "PRERELEASE", "SemVer", "parse_semver"]

LARGEST = 2**53 - 1
_LONGEST = 256
_BLANKS = " \t\n\r\v\f"

NUMBER = r"(?:0|[1-9][0-9]{0,15}+)"
_IDENTIFIER = r"(?!0[0-9]++(?![0-9A-Za-z-]))[0-9A-Za-z-]++"
PRERELEASE = rf"{_IDENTIFIER}(?>\.{_IDENTIFIER})*+"
BUILD = r"\+[0-9A-Za-z-]++(?>\.[0-9A-Za-z-]++)*+"
"""Parts of the grammar, for `crawler.model.semver`; none of them backtracks."""
_VERSION = re.compile(rf"v?({NUMBER})\.({NUMBER})\.({NUMBER})(?:-({PRERELEASE}))?(?:{BUILD})?")


@total_ordering
@dataclass(frozen=True, slots=True, kw_only=True)
class SemVer:
    """A version; compares by precedence (SemVer 11), build metadata set aside."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...] = ()
    build: str = field(default="", compare=False)
    """As written behind the `+`; two versions that differ in it alone are equal."""

    @property
    def release(self) -> tuple[int, int, int]:
        """Return the three numbers."""
        return self.major, self.minor, self.patch

    def __str__(self) -> str:
        """Write it as npm lists it: without build metadata."""
        stage = f"-{'.'.join(self.prerelease)}" if self.prerelease else ""
        return f"{self.major}.{self.minor}.{self.patch}{stage}"

    def __lt__(self, other: SemVer) -> bool:
        return self._precedence() < other._precedence()

    def _precedence(self) -> tuple[object, ...]:
        return self.release, not self.prerelease, tuple(map(_rank, self.prerelease))


def _rank(identifier: str) -> tuple[bool, int, str]:
    """Return the sort key of an identifier: numbers by value, and before all words (SemVer 11.4)."""
    return (False, int(identifier), "") if identifier.isdigit() else (True, 0, identifier)


def parse_semver(text: str) -> SemVer | None:
    """Return the version that `text` is, or None; a `v` in front and blanks around are npm's custom."""
    found = _VERSION.fullmatch(text.strip(_BLANKS)) if len(text) <= _LONGEST else None
    if found is None:
        return None
    major, minor, patch = (int(part) for part in found.groups()[:3])
    if max(major, minor, patch) > LARGEST:
        return None
    stage, build = found[4], found[0].partition("+")[2]
    return SemVer(
        major=major,
        minor=minor,
        patch=patch,
        prerelease=tuple(stage.split(".")) if stage else (),
        build=build,
    )
