"""yarn.lock of yarn 1 and of yarn 2 to 4 ("berry"): two syntaxes in one file name, one layout.

Source: yarn, `src/lockfile/parse.js` (version 1) and `src/resolvers/exotics/`; berry,
`packages/yarnpkg-parsers/sources/syml.ts` and `yarnpkg-core/sources/structUtils.ts` (locators). The
`checksum` of berry is that of its own zip, not of the tarball, so it makes no digest.

Seen of yarn 1.22.22 and 4.18.1: both take bytes that are not UTF-8, and the last of what is written twice.
Yarn 1 merges a conflict by itself, theirs before ours; berry wants to see the merge, and refuses the lock. No lock
of yarn 1 is refused: npm and bun install from it as well, line by line, whatever stands between its entries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from crawler.errors import GiveUp
from crawler.lockfiles.documents.document import InvalidSyntax, decode
from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.documents.yaml_document import load
from crawler.lockfiles.javascript.yarn_berry import locator_pin
from crawler.lockfiles.javascript.yarn_classic import entry_pin
from crawler.lockfiles.javascript.yarn_conflicts import variants
from crawler.model import LineSpan, ParseResult, Pin

__all__ = ["YarnParser"]

_STRING = r'"(?>[^"\\]++|\\.)*+"'
_KEY = re.compile(rf"  ({_STRING}|[^\s\":,#][^\s:,]*+)(?::[ ]*+|[ ]++)?([^\s].*+)?")
_WORD = re.compile(rf"({_STRING})|([^\s\",:][^,]*+)")
_ASKED = frozenset(
    {"version", "resolved", "integrity", "resolution", "name", "uid", "checksum", "cacheKey"}
)
_QUOTES = 2
_METADATA = ("__metadata",)


class YarnParser:
    """Reads `yarn.lock`."""

    format: Final = "yarn"
    version: Final = 3

    def wants(self, path: str) -> bool:
        """Say whether `path` is a lock of yarn."""
        return path.rpartition("/")[2] == "yarn.lock"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per entry."""
        return read_lines(data, self.format, _pins, _decode, merges=True)


@dataclass(slots=True)
class _Entry:
    """One entry: the patterns that it answers and its plain values."""

    patterns: tuple[str, ...]
    first: int
    last: int
    values: dict[str, str] = field(default_factory=dict)
    nested: bool = False


def _decode(data: bytes, _notes: Notes) -> str:
    return decode(data.decode("utf-8", "replace").encode())


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    sides = variants(text)
    found = [entry for side in sides for entry in _read(side, notes)]
    notes.understood = bool(found)
    if any(entry.patterns == _METADATA for entry in found):
        yield from _of_berry(text, sides, found, notes)
    else:
        yield from _of_classic(found, notes)
    notes.check("yarn.lock")


def _read(text: str, notes: Notes) -> Sequence[_Entry]:
    """Return each entry: of lines as both yarns write them, else of any YAML, which they read as well."""
    own = Notes()
    found = list(_entries(text, own))
    of_yaml = _of_yaml(text) if own.skipped else ()
    if of_yaml:
        return of_yaml
    notes.skipped += own.skipped
    return found


def _of_yaml(text: str) -> Sequence[_Entry]:
    try:
        document = load(text)
    except GiveUp:
        return ()
    tables = [root for root in document.roots if isinstance(root, dict)]
    return [
        _Entry(
            patterns=tuple(key.split(", ")),
            first=document.places.lines(stated).first,
            last=document.places.lines(stated).last,
            values={k: v for k, v in stated.items() if k in _ASKED and isinstance(v, str)},
        )
        for table in tables
        for key, stated in table.items()
        if isinstance(stated, dict) and not _ASKED.isdisjoint(stated)
    ]


def _of_classic(found: Sequence[_Entry], notes: Notes) -> Iterator[Pin]:
    """Yield the pins of entries of yarn 1; the last one that answers a pattern counts."""
    owners = {pattern: entry for entry in found for pattern in entry.patterns}
    kept: dict[int, list[str]] = {}
    for pattern, entry in owners.items():
        kept.setdefault(id(entry), []).append(pattern)
    for entry in sorted((e for e in found if id(e) in kept), key=lambda e: e.first):
        lines = LineSpan(first=entry.first, last=entry.last)
        if "resolution" in entry.values:
            yield locator_pin(entry.values, lines, notes)
        else:
            yield entry_pin(tuple(kept[id(entry)]), entry.values, lines, notes)


def _of_berry(
    text: str, sides: Sequence[str], found: Sequence[_Entry], notes: Notes
) -> Iterator[Pin]:
    """Yield the pins of entries of berry; of a conflict, which it refuses, those of both sides."""
    if len(sides) > 1:
        notes.refuse("document", "merge conflict")
    else:
        _check_yaml(text, notes)
    once = {(entry.patterns, entry.first if len(sides) > 1 else 0): entry for entry in found}
    for entry in once.values():
        if entry.patterns == _METADATA:
            continue
        lines = LineSpan(first=entry.first, last=entry.last)
        if "resolution" in entry.values:
            yield locator_pin(entry.values, lines, notes)
        else:
            notes.refuse(f"line {entry.first}", "an entry without resolution")
            yield entry_pin(entry.patterns, entry.values, lines, notes)


def _check_yaml(text: str, notes: Notes) -> None:
    try:
        load(text)
    except InvalidSyntax as error:
        notes.refuse("document", str(error))
    except GiveUp as error:
        notes.say("document", f"whether berry takes it is unknown: {error}")


def _entries(text: str, notes: Notes) -> Iterator[_Entry]:
    """Yield each entry; a line that has no place in the layout is noted."""
    entry: _Entry | None = None
    long_key = ""
    for number, line in _lines(text):
        if line.startswith("    ") and entry is not None and entry.nested:
            entry.last = number
        elif not line or line.isspace() or line.lstrip().startswith("#"):
            continue
        elif line.startswith("  ") and entry is not None:
            _property(entry, line, number, notes)
        elif line.startswith("? "):
            long_key = line.removeprefix("? ").rstrip()
        else:
            if entry is not None:
                yield entry
            entry = _head(long_key + line if line.rstrip() == ":" else line, number, notes)
            long_key = ""
    if entry is not None:
        yield entry


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, which counts LF only.

    A CR ends a line as well. For yarn 1 it ends no comment, and what follows it is never indented.
    """
    is_yaml = _METADATA[0] in text
    for number, line in enumerate(text.split("\n"), start=1):
        if "\r" not in line or (line.lstrip().startswith("#") and not is_yaml):
            yield number, line
            continue
        first, *others = line.split("\r")
        yield number, first
        for other in others:
            yield number, other if is_yaml else other.lstrip(" ")


def _head(line: str, number: int, notes: Notes) -> _Entry | None:
    said = line.rstrip()
    patterns = _patterns(said[:-1]) if said.endswith(":") and line[0] not in " \t" else None
    if not patterns:
        notes.skip(number, "not an entry")
        return None
    return _Entry(patterns, number, number)


def _patterns(said: str) -> tuple[str, ...] | None:
    """Return the patterns of a key: `a@^1, "b@npm:c@2"`, or of one string `"a@npm:^1, a@npm:^2"`."""
    found: list[str] = []
    place = 0
    while place < len(said):
        word = _WORD.match(said, place)
        if word is None:
            return None
        found += _plain(word[1]).split(", ") if word[1] else [word[2].strip()]
        place = word.end()
        if place < len(said) and said[place] != ",":
            return None
        place += 1
        while place < len(said) and said[place] == " ":
            place += 1
    return tuple(found)


def _property(entry: _Entry, line: str, number: int, notes: Notes) -> None:
    found = _KEY.fullmatch(line.rstrip())
    entry.last = number
    entry.nested = found is not None and found[2] is None
    if found is None or (found[2] is None and not line.rstrip().endswith(":")):
        notes.skip(number, "not a property of an entry")
        return
    if found[2] is not None and not _is_whole(found[2]):
        notes.skip(number, "a string that is none")
    key = _plain(found[1])
    if found[2] is None or key not in _ASKED:
        return
    entry.values[key] = _plain(found[2])


def _is_whole(said: str) -> bool:
    """Say whether `said`, where it begins as a string, is one string to its end, as JSON knows it."""
    if (
        said[0] == said[-1]
        and said.count('"') == _QUOTES
        and "\\" not in said
        and said.isprintable()
    ):
        return True
    try:
        return not said.startswith('"') or isinstance(json.loads(said), str)
    except ValueError:
        return False


def _plain(said: str) -> str:
    """Return the text of a string, quoted as in JSON or not; what is no JSON loses its quotes."""
    if not said.startswith('"'):
        return said[1:-1].replace("''", "'") if said[:1] == said[-1:] == "'" else said
    if "\\" not in said:
        return said.strip('"')
    try:
        return str(json.loads(said))
    except ValueError:
        return said.strip('"')
