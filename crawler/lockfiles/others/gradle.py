"""Gradle's dependency locks.

Source: Gradle user manual, "Locking Versions": `group:artifact:version=configurations` in one file per
project since 6.8; before, one file per configuration below `gradle/dependency-locks/` without `=`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin

__all__ = ["GradleParser"]

_PATH = re.compile(
    r"(?:.*/)?(?:(?:buildscript-|settings-)?gradle\.lockfile|dependency-locks/[^/]+\.lockfile)"
)
_LINE = re.compile(r"([^\s:=#]++):([^\s:=#]++):([^\s:=#]++)(?:=[^\s=]*+)?")
_EMPTY = re.compile(r"empty=[^\s=]*+")
_REGISTRY = Origin(kind=OriginKind.REGISTRY)


class GradleParser:
    """Reads `gradle.lockfile`, `buildscript-gradle.lockfile` and their kind."""

    format: Final = "gradle"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of Gradle."""
        return _PATH.fullmatch(path) is not None

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per coordinate, named `group:artifact`; the lock has no URL and no hash."""
        return read_lines(data, self.format, _pins)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    for number, line in enumerate(text.split("\n"), start=1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        found = _LINE.fullmatch(said)
        if found is None and _EMPTY.fullmatch(said) is None:
            notes.skip(number, "not group:artifact:version")
            continue
        notes.understood = True
        if found is not None:
            yield Pin(
                ecosystem=Ecosystem.MAVEN,
                name=f"{found[1]}:{found[2]}",
                version=found[3],
                origin=_REGISTRY,
                lines=LineSpan(first=number, last=number),
            )
    notes.check("lock of Gradle")
