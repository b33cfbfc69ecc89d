"""What is installed as it stands in what people write themselves: TOML manifests and blocks of scripts.

A manifest that names a range is resolved anew by each install and pins nothing. What stands there exactly does:
`name @ URL` is taken as it is (PEP 508, PEP 610), so it goes on installing a removed file; `name==1.0` asks the
index for that release alone. Only such pins are given, each with the flag `manifest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from crawler.lockfiles.artifacts import Package, file_name
from crawler.lockfiles.documents.document import Document, check_limits, parse_table
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.documents.positions import ANY, STRINGS, Wanted
from crawler.lockfiles.pip_runs import says_of_runs
from crawler.lockfiles.python.inclusion import included_in, say_included
from crawler.lockfiles.python.requirements import direct_pin
from crawler.lockfiles.python.run_options import RunOptions
from crawler.lockfiles.sweep import is_archive, sweep_text
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin, Skipped, normalize_name
from crawler.model.urls import redact

__all__ = [
    "BARE",
    "FILES",
    "LINKS",
    "MANIFEST",
    "MAY_PIN",
    "NAMED",
    "TEXT",
    "WORDS",
    "Redirects",
    "direct_pins",
    "installed_as_stated",
    "load",
    "normalized",
    "recover",
]

MANIFEST = "manifest"
"""The flag of each pin of a manifest."""
MAY_PIN = ("@", "://", "==", "<=")
"""One of them is in every requirement that leaves no choice."""
NAMED: Wanted = {"": {}}
"""The requirement of the package that its key names: a version, or a table with `version`, `url`, `git` ..."""
BARE: Wanted = {"": {}}
"""As NAMED, where a version without operator is exactly that one (poetry, pdm)."""
LINKS: Wanted = {"[]": {}}
"""An array of `find-links`: pages and folders. Seen of uv 0.13.9: a file there is read as a page, and not installed."""
FILES: Wanted = {"[]": {}}
"""The path of a requirements file, or an array of them."""
WORDS: Wanted = {"[]": {}}
"""As STRINGS, or one string with blanks between the requirements."""
TEXT: Wanted = {"": {}}
"""A text of another syntax; nothing is read of it here, but where it stands is known."""
_MOST_READ = 20_000
_DIRECT = frozenset({OriginKind.URL, OriginKind.GIT, OriginKind.FIND_LINKS})
_EXACT = re.compile(r"\s*+===?\s*+([^\s,;*<>=!~]++)\s*+")
_BARE = re.compile(r"\s*+=?\s*+([0-9][^\s,;*<>=!~^|]*+)\s*+")
_VERSION = re.compile(r"v?[0-9][A-Za-z0-9.!+_-]{0,200}+")
_VARIABLES = ("python_version", "python_full_version", "sys_platform", "os_name", "platform_system")
"""Of markers, which pipenv takes for keys: `sys_platform = "== 'win32'"`."""
_INTERPRETER = "python"
"""No package where poetry requires it."""
_URLS = ("url", "file")
_STATED = ("requirement", "value")
"""Where a table has the requirement: of uv, and of an override of hatch."""
_COMMITS = ("rev", "ref", "tag", "branch")


def installed_as_stated(pins: Iterable[Pin]) -> Iterator[Pin]:
    """Yield those of `pins` that leave no choice: of a URL, a checkout, or of one version; as of a manifest.

    What is said of runs of pip stays as it is.
    """
    for pin in pins:
        if says_of_runs(pin):
            yield pin
            continue
        of_index = pin.origin.kind is OriginKind.REGISTRY
        if (of_index and _VERSION.fullmatch(pin.version or "")) or pin.origin.kind in _DIRECT:
            yield replace(pin, flags=(*pin.flags, MANIFEST))


def normalized(name: str) -> str:
    """Return the name of a Python project as pins have it."""
    return normalize_name(Ecosystem.PYPI, name) or name


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirects:
    """What a manifest says elsewhere of names that it requires; names are normalised."""

    indexes: Mapping[str, str] = field(default_factory=dict)
    """From which index the package is taken."""
    instead: Mapping[str, str | None] = field(default_factory=dict)
    """Which version is taken whatever is required; None: none that is stated."""
    default: str = ""
    """The index of all others; empty: the configured one."""
    own: str = ""
    """What the project itself is called: where it requires that, it is itself taken."""

    def of(self, pins: Iterable[Pin]) -> Iterator[Pin]:
        """Yield `pins` as these have it, without those of a registry in whose place something else is taken."""
        for pin in pins:
            if pin.name == self.own and pin.origin.kind is OriginKind.REGISTRY:
                yield replace(pin, origin=Origin(kind=OriginKind.WORKSPACE, location="."))
                continue
            if pin.origin.kind is not OriginKind.REGISTRY:
                yield pin
                continue
            name = pin.name or ""
            if self.instead.get(name, pin.version) == pin.version:
                place = pin.origin.location or self.indexes.get(name, self.default)
                yield replace(pin, origin=replace(pin.origin, location=redact(place)))


def load(text: str, wanted: Wanted) -> Document:
    """Parse `text`; like `document.load`, but it knows the lines of the entries `wanted`."""
    check_limits(text)
    return Document(parse_table(text), text, wanted=wanted)


def recover(text: str) -> tuple[Pin, ...]:
    """Return the files of an index that a manifest names which is no TOML."""
    found = sweep_text(text, "recovered")
    return tuple(replace(pin, flags=(*pin.flags, MANIFEST)) for pin in found)


def direct_pins(
    document: Document,
    wanted: Wanted,
    skipped: list[Skipped],
    redirects: Redirects | None = None,
    always: str = "",
) -> Iterator[Pin]:
    """Yield a pin per direct URL, checkout and exact version in the entries `wanted` of `document`.

    `always` is a marker without which none of them is installed.
    """
    reader = _Reader(document, Notes(skipped=skipped, always=always))
    root = TableReader(values=document.table, path="", skipped=skipped)
    yield from (redirects or Redirects()).of(installed_as_stated(reader.pins(root, wanted, ())))
    yield from reader.asked.pins(LineSpan(first=1, last=1))


@dataclass(slots=True)
class _Reader:
    document: Document
    notes: Notes
    read: int = 0
    """Requirements read so far."""
    asked: RunOptions = field(default_factory=RunOptions)
    """The index options of pip among them."""

    def pins(self, table: TableReader, wanted: Wanted, at: tuple[str | int, ...]) -> Iterator[Pin]:
        """Yield the pins of `table`, which stands at `at`; as deep as `wanted` is."""
        for key, inner in _asked(table.values, wanted):
            if inner is STRINGS or inner is WORDS:
                yield from self._requirements(table, key, (*at, key), words=inner is WORDS)
            elif inner is FILES:
                self._files(table, key)
            elif inner is LINKS:
                self._say_links(table, key)
            elif inner is NAMED or inner is BARE:
                yield from self._named(table, key, (*at, key), bare=inner is BARE)
            elif inner is not TEXT:
                for way, below in _tables(table, key, noted=key in wanted):
                    yield from self.pins(below, inner, (*at, *way))

    def _requirements(
        self, table: TableReader, key: str, at: tuple[str | int, ...], *, words: bool
    ) -> Iterator[Pin]:
        for number, stated in self._strings(table, key, words=words):
            if stated.startswith("-"):
                for place in included_in(stated):
                    say_included(table.skip, key, place)
                self.asked.add_line(stated)
            elif any(sign in stated for sign in MAY_PIN):
                where = at if number is None else (*at, number)
                yield from self._direct(stated, self.document.lines(*where))

    def _strings(
        self, table: TableReader, key: str, *, words: bool
    ) -> Iterator[tuple[int | None, str]]:
        """Yield the strings of an array with their numbers, or the parts of one string."""
        whole = table.values.get(key)
        if isinstance(whole, str):
            parts = whole.split() if words else whole.split("\n")
            yield from ((None, part.strip()) for part in parts)
            return
        for number, value in enumerate(table.entries(key)):
            stated = value
            if isinstance(value, dict):
                stated = next((value[name] for name in _STATED if name in value), None)
                if "replace" in value:  # of tox
                    table.skip(
                        f"{key}[{number}]", "a reference to what stands elsewhere, not followed"
                    )
            if isinstance(stated, str):
                yield number, stated.strip()

    def _files(self, table: TableReader, key: str) -> None:
        for _, stated in self._strings(table, key, words=False):
            say_included(table.skip, key, stated)

    def _say_links(self, table: TableReader, key: str) -> None:
        for number, value in enumerate(table.entries(key)):
            stated = value.get("url") if isinstance(value, dict) else value
            if isinstance(stated, str) and "://" in stated and is_archive(file_name(stated) or ""):
                table.skip(f"{key}[{number}]", "a file, where its tool takes pages and folders")

    def _named(
        self, table: TableReader, name: str, at: tuple[str | int, ...], *, bare: bool
    ) -> Iterator[Pin]:
        """Yield the pins of `name = "1.0"`, `name = {url = ..}`, or of a list of these."""
        value = table.values.get(name)
        if bare and name == _INTERPRETER:
            return
        if isinstance(value, str):
            yield from self._stated(name, value, self.document.lines(*at), bare=bare)
        elif isinstance(value, dict):
            yield from self._source(name, table.inner(table.at(name), value), at, bare=bare)
        elif isinstance(value, list):
            for number, source in table.tables(name):
                yield from self._source(name, source, (*at, number), bare=bare)

    def _source(
        self, name: str, source: TableReader, at: tuple[str | int, ...], *, bare: bool
    ) -> Iterator[Pin]:
        lines, when = self.document.lines(*at), _condition(source)
        url = next((url for key in _URLS if (url := source.text(key)) is not None), None)
        if url is None and "://" in (place := str(source.values.get("path"))):
            url = place
        if url is not None:
            yield from self._direct(f"{name} @ {url}{when}", lines)
        elif (git := source.text("git")) is not None:
            commit = next((text for key in _COMMITS if (text := source.text(key))), None)
            location = redact(git) if commit is None else f"{redact(git)}#{commit}"
            origin = Origin(kind=OriginKind.GIT, location=location)
            yield Package.called(name, None, origin).bare_pin(lines)
        elif "path" not in source.values and (stated := source.text("version")) is not None:
            yield from self._stated(name, stated, lines, bare=bare, when=when)

    def _stated(
        self, name: str, stated: str, lines: LineSpan, *, bare: bool, when: str = ""
    ) -> Iterator[Pin]:
        """Yield the pin of a version, or of a URL in its place (pdm), of the package called `name`."""
        exact = _EXACT.fullmatch(stated) or (_BARE.fullmatch(stated) if bare else None)
        if exact is not None:
            yield from self._direct(f"{name}=={exact[1]}{when}", lines)
        elif "<=" in stated:
            yield from self._direct(f"{name} {stated}{when}", lines)
        elif bare and "://" in stated:
            yield from self._direct(f"{name} @ {stated}", lines)

    def _direct(self, requirement: str, lines: LineSpan) -> Iterator[Pin]:
        self.read += 1
        if self.read > _MOST_READ:
            if self.read == _MOST_READ + 1:
                self.notes.say("document", f"only the first {_MOST_READ} direct URLs read")
            return
        pin = direct_pin(requirement, lines.first, self.notes)
        if pin is not None:
            yield replace(pin, lines=lines)


def _condition(source: TableReader) -> str:
    """Return the marker of a table as it stands behind a requirement: of uv, poetry and pipenv, or nothing."""
    stated = [source.values.get(key) for key in ("marker", "markers")]
    stated += [f"{key} {source.values[key]}" for key in _VARIABLES if key in source.values]
    parts = [f"({one})" for one in stated if isinstance(one, str) and one]
    return f" ; {' and '.join(parts)}" if parts else ""


def _asked(values: Mapping[str, object], wanted: Wanted) -> Iterator[tuple[str, Wanted]]:
    for key in values if ANY in wanted else wanted:
        if key in values:
            yield key, wanted[key if key in wanted else ANY]


def _tables(
    table: TableReader, key: str, *, noted: bool
) -> Iterator[tuple[tuple[str | int, ...], TableReader]]:
    """Yield the way to each table at `key`, one or an array of them; what is none is said where that is `noted`."""
    value = table.values[key]
    if isinstance(value, list):
        yield from (((key, number), inner) for number, inner in table.tables(key))
    elif (isinstance(value, dict) or noted) and (inner := table.table(key)) is not None:
        yield (key,), inner
