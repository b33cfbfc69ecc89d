"""Direct URLs in what people write themselves: pyproject.toml and the blocks of scripts (PEP 723).

A manifest pins nothing of an index, but `name @ URL` in it is taken as it stands (PEP 508, PEP 610), so it
goes on installing a removed file. Only such pins are given, each with the flag `manifest`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from crawler.lockfiles.artifacts import Package
from crawler.lockfiles.documents.document import Document, check_limits, parse_table
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.documents.positions import ANY, STRINGS, Wanted
from crawler.lockfiles.python.requirements import direct_pin
from crawler.lockfiles.sweep import sweep_text
from crawler.model import LineSpan, Origin, OriginKind, Pin, Skipped
from crawler.model.urls import redact

__all__ = ["TOOLS", "direct_pins", "load", "recover"]

_SOURCES: Wanted = {ANY: {}}
_ENVIRONMENT: Wanted = {"dependencies": STRINGS, "extra-dependencies": STRINGS}
TOOLS: Wanted = {
    "uv": {
        "sources": _SOURCES,
        "dev-dependencies": STRINGS,
        "override-dependencies": STRINGS,
        "constraint-dependencies": STRINGS,
        "build-constraint-dependencies": STRINGS,
    },
    "poetry": {
        "dependencies": _SOURCES,
        "dev-dependencies": _SOURCES,
        "group": {ANY: {"dependencies": _SOURCES}},
    },
    "pdm": {"dev-dependencies": {ANY: STRINGS}},
    "hatch": {"envs": {ANY: _ENVIRONMENT}},
    "pixi": {
        "pypi-dependencies": _SOURCES,
        "feature": {ANY: {"pypi-dependencies": _SOURCES}},
    },
}
"""Where tools keep requirements (`STRINGS`) and sources by name, below `tool`."""
_MOST_READ = 20_000
_DIRECT = frozenset({OriginKind.URL, OriginKind.GIT})


def load(text: str, wanted: Wanted) -> Document:
    """Parse `text`; like `document.load`, but it knows the lines of the entries `wanted`."""
    check_limits(text)
    return Document(parse_table(text), text, wanted=wanted)


def recover(text: str) -> tuple[Pin, ...]:
    """Return the files of an index that a manifest names which is no TOML."""
    found = sweep_text(text, "recovered")
    return tuple(replace(pin, flags=(*pin.flags, "manifest")) for pin in found)


def direct_pins(document: Document, wanted: Wanted, skipped: list[Skipped]) -> Iterator[Pin]:
    """Yield a pin per direct URL and checkout in the entries `wanted` of `document`."""
    reader = _Reader(document, Notes(skipped=skipped))
    yield from reader.pins(TableReader(values=document.table, path="", skipped=skipped), wanted, ())


@dataclass(slots=True)
class _Reader:
    document: Document
    notes: Notes
    read: int = 0
    """Requirements read so far."""

    def pins(self, table: TableReader, wanted: Wanted, at: tuple[str | int, ...]) -> Iterator[Pin]:
        """Yield the pins of `table`, which stands at `at`; as deep as `wanted` is."""
        for key, inner in _asked(table.values, wanted):
            if inner is STRINGS:
                yield from self._requirements(table, key, (*at, key))
            elif not inner:
                yield from self._sources(table, key, (*at, key))
            elif (below := table.table(key)) is not None:
                yield from self.pins(below, inner, (*at, key))

    def _requirements(
        self, table: TableReader, key: str, at: tuple[str | int, ...]
    ) -> Iterator[Pin]:
        for number, value in enumerate(table.entries(key)):
            if isinstance(value, str) and ("@" in value or "://" in value):
                yield from self._direct(value.strip(), self.document.lines(*at, number))

    def _sources(self, table: TableReader, name: str, at: tuple[str | int, ...]) -> Iterator[Pin]:
        """Yield the pins of `name = {url = ..}`, or of a list of such tables."""
        value = table.values.get(name)
        if isinstance(value, dict):
            yield from self._source(name, table.inner(table.at(name), value), at)
        elif isinstance(value, list):
            for number, source in table.tables(name):
                yield from self._source(name, source, (*at, number))

    def _source(self, name: str, source: TableReader, at: tuple[str | int, ...]) -> Iterator[Pin]:
        if (url := source.text("url")) is not None:
            yield from self._direct(f"{name} @ {url}", self.document.lines(*at))
        elif (git := source.text("git")) is not None:
            commit = source.text("rev") or source.text("tag") or source.text("branch")
            location = redact(git) if commit is None else f"{redact(git)}#{commit}"
            package = Package.called(name, None, Origin(kind=OriginKind.GIT, location=location))
            pin = package.bare_pin(self.document.lines(*at))
            yield replace(pin, flags=(*pin.flags, "manifest"))

    def _direct(self, requirement: str, lines: LineSpan) -> Iterator[Pin]:
        self.read += 1
        if self.read > _MOST_READ:
            if self.read == _MOST_READ + 1:
                self.notes.say("document", f"only the first {_MOST_READ} direct URLs read")
            return
        pin = direct_pin(requirement, lines.first, self.notes)
        if pin is not None and pin.origin.kind in _DIRECT:
            yield replace(pin, lines=lines, flags=(*pin.flags, "manifest"))


def _asked(values: Mapping[str, object], wanted: Wanted) -> Iterator[tuple[str, Wanted]]:
    for key in values if ANY in wanted else wanted:
        if key in values:
            yield key, wanted[key if key in wanted else ANY]
