"""Gemfile.lock and gems.locked.

Source: bundler, `lib/bundler/lockfile_parser.rb` (sections, `name (version-platform)`, CHECKSUMS since
2.5). A gem for a platform is a file of its own, so it is a pin of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import digest_of
from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import redact

__all__ = ["GemfileParser"]

_NAME = re.compile(r"gemfile\.lock|gems\.locked|[^/]*\.gemfile\.lock", re.IGNORECASE)
_SECTION = re.compile(r"[A-Z][A-Z ]{1,40}+")
_SOURCES = {"GEM", "GIT", "PATH", "PLUGIN SOURCE"}
_OPTION = re.compile(r"  ([a-z_]{1,20}+):(?: (.*+))?")
_ENTRY = re.compile(r"( {2}| {4}| {6})([^\s()!]++)(?: \(([^()]*+)\))?!?(?: (\S++))?")
_SPEC, _DEPENDENCY = 4, 6


class GemfileParser:
    """Reads `Gemfile.lock`, `gems.locked` and `<name>.gemfile.lock`."""

    format: Final = "gemfile"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of bundler."""
        return _NAME.fullmatch(path.rpartition("/")[2]) is not None

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per gem, version and platform."""
        return read_lines(data, self.format, _pins)


@dataclass(slots=True)
class _Source:
    """A GEM, GIT or PATH section."""

    kind: str
    remote: str = ""
    revision: str = ""

    def origin(self) -> Origin:
        """Return where the gems of this section come from."""
        match self.kind:
            case "GIT":
                commit = f"#{self.revision}" if self.revision else ""
                return Origin(kind=OriginKind.GIT, location=f"{redact(self.remote)}{commit}")
            case "PATH":
                return Origin(kind=OriginKind.DIRECTORY, location=redact(self.remote))
            case _:
                return Origin(kind=OriginKind.REGISTRY, location=redact(self.remote))


@dataclass(slots=True)
class _Gem:
    """An entry of `specs:`, with the lines of its dependencies."""

    name: str
    stated: str
    source: _Source
    first: int
    last: int


@dataclass(slots=True)
class _Reader:
    """Reads line by line; the checksums come after the gems."""

    notes: Notes
    section: str = ""
    source: _Source = field(default_factory=lambda: _Source(""))
    gems: list[_Gem] = field(default_factory=list)
    checksums: dict[tuple[str, str], tuple[Digest, ...]] = field(default_factory=dict)

    def take(self, line: str, number: int) -> None:
        """Read one line that is not empty."""
        if not line.startswith(" "):
            self._head(line, number)
        elif self.section in _SOURCES:
            self._in_source(line, number)
        elif self.section == "CHECKSUMS":
            self._checksum(line, number)
        elif not self.section:
            self.notes.skip(number, "outside of every section")

    def _head(self, line: str, number: int) -> None:
        """A section that bundler does not know is left aside, as bundler itself does."""
        known = _SECTION.fullmatch(line.rstrip()) is not None
        self.section = line.rstrip() if known else ""
        if not known:
            self.notes.skip(number, "not a section")
            return
        self.notes.understood = True
        if self.section in _SOURCES:
            self.source = _Source(self.section)

    def _in_source(self, line: str, number: int) -> None:
        option = _OPTION.fullmatch(line)
        if option is not None:
            self._option(option[1], (option[2] or "").strip())
            return
        entry = _ENTRY.fullmatch(line.rstrip())
        if entry is None or entry[4] or len(entry[1]) < _SPEC:
            self.notes.skip(number, "not a gem")
        elif len(entry[1]) == _SPEC:
            self.gems.append(_Gem(entry[2], entry[3] or "", self.source, number, number))
            if not entry[3]:
                self.notes.skip(number, "a gem without version")
        elif self.gems:
            self.gems[-1].last = number

    def _option(self, key: str, value: str) -> None:
        if key == "remote":
            self.source.remote = self.source.remote or value
        elif key == "revision":
            self.source.revision = value

    def _checksum(self, line: str, number: int) -> None:
        entry = _ENTRY.fullmatch(line.rstrip())
        if entry is None:
            self.notes.skip(number, "not a checksum")
            return
        digests: set[Digest] = set()
        for stated in (entry[4] or "").split(","):
            try:
                digests.update((digest_of(stated.replace("=", ":", 1)),) if stated else ())
            except Malformed as error:
                self.notes.skip(number, str(error))
        self.checksums[entry[2], entry[3] or ""] = tuple(sorted(digests))

    def pin(self, gem: _Gem) -> Pin:
        """Return the pin of `gem`; `no-hash` where the lock has checksums and none for it."""
        digests = self.checksums.get((gem.name, gem.stated), ())
        origin = gem.source.origin()
        bare = self.checksums and not digests and origin.kind is OriginKind.REGISTRY
        return Pin(
            ecosystem=Ecosystem.GEM,
            name=gem.name,
            version=gem.stated.partition("-")[0] or None,
            origin=origin,
            lines=LineSpan(first=gem.first, last=gem.last),
            digests=digests,
            flags=("no-hash",) if bare else (),
        )


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    reader = _Reader(notes)
    for number, line in enumerate(text.split("\n"), start=1):
        if line and not line.isspace():
            reader.take(line, number)
    notes.check("lock of bundler")
    for gem in reader.gems:
        yield reader.pin(gem)
