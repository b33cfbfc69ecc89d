"""JSON documents from strangers: bounded, parsed, with the lines of the entries that pins come from.

The standard library decodes whole values in C and tells no positions. So only the few objects on the
way to the entries are walked one member at a time, and every entry is decoded at once: the lines of
all entries cost a few microseconds each. Of keys that are written twice both values are kept (threat
P3: the last wins silently elsewhere, and a pin must not hide).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from json.decoder import scanstring
from typing import NamedTuple, Union

from crawler.errors import Malformed, TooLarge
from crawler.lockfiles.fields import Fields
from crawler.lockfiles.json_syntax import check_limits, plain, without_lone_surrogates
from crawler.lockfiles.json_versions import Doubles, Versions
from crawler.model import LineSpan, Skipped

__all__ = ["Entry", "JsonDocument", "Shape", "load", "load_dialect"]

Shape = Mapping[str, Union["Shape", None]]
"""Which members are walked: by key, or all (and the elements of an array) by `*`.

`{"packages": {}}` tells the lines of every member of `packages`.
"""

_MOST_DIGITS = 1000
_OPTIMISM = 4
"""How often the length of the text may be decoded in the hope that nothing inside needs walking."""
_START = re.compile(r"[ \t\n\r]*+")
_COLON = re.compile(r"[ \t\n\r]*+:[ \t\n\r]*+")
_COMMA = re.compile(r"[ \t\n\r]*+([,\]}])[ \t\n\r]*+")
_LONGEST_KEY = 120


class _Member(NamedTuple):
    key: str | int
    value: object
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Node:
    """A walked object or array."""

    members: list[_Member]
    is_array: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of the document with its key, its lines and its path."""

    key: str
    """Of the member; the index of an element."""
    value: object
    path: str
    skipped: list[Skipped]
    first: int
    last: int

    @property
    def lines(self) -> LineSpan:
        """From the key to the end of the value."""
        return LineSpan(first=self.first, last=self.last)

    def tables(self) -> Iterator[Fields]:
        """Yield the value as a table, in each version where a key is written twice.

        Anything else is skipped.
        """
        value = self.value
        if isinstance(value, _Node) and not value.is_array:
            doubles = Doubles()
            value = doubles.table([(str(m.key), m.value) for m in value.members])
            for table in doubles.versions(value):
                if isinstance(table, dict):
                    yield self._fields(table)
        elif isinstance(value, dict):
            yield self._fields(value)
        else:
            self.skip("expected table")

    def _fields(self, values: Mapping[str, object]) -> Fields:
        return Fields(values=values, path=self.path, skipped=self.skipped)

    def keys(self) -> set[str | int]:
        """Return the keys of a walked object; of anything else none."""
        return {m.key for m in self.value.members} if isinstance(self.value, _Node) else set()

    def entries(self, key: str | None = None) -> Iterator[Entry]:
        """Yield the members or elements; with `key` those of the member called so.

        A member that is written twice is yielded twice. What has no members is skipped, null is none.
        """
        if key is not None:
            for member in self.named(key):
                yield from member.entries()
        elif isinstance(self.value, _Node):
            for member in self.value.members:
                yield self._entry(member, self.value)
        elif self.value is not None:
            self.skip("expected table or array")

    def named(self, key: str) -> Iterator[Entry]:
        """Yield the member called `key`: none, one, or each of those that are written so."""
        if isinstance(self.value, _Node):
            for member in self.value.members:
                if member.key == key:
                    yield self._entry(member, self.value)

    def skip(self, reason: str, key: str | None = None) -> None:
        """Note that this entry, or its member `key`, was not read."""
        outer = Fields(values={}, path="", skipped=self.skipped)
        path = self.path or "document"
        outer.skip(path if key is None else f"{path}.{key}", reason)

    def _entry(self, member: _Member, node: _Node) -> Entry:
        key = str(member.key)
        shown = f"[{key}]" if node.is_array else key[:_LONGEST_KEY]
        dot = "." if self.path and not node.is_array else ""
        return Entry(
            key,
            member.value,
            f"{self.path}{dot}{shown}",
            self.skipped,
            member.first,
            member.last,
        )


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A parsed document."""

    value: object
    last: int
    """Its last line."""
    doubled: tuple[str, ...]
    """Keys that are written twice in one object."""

    def root(self, skipped: list[Skipped]) -> Entry:
        """Return the document as an entry that notes in `skipped` what it cannot read."""
        for key in self.doubled:
            Fields(values={}, path="", skipped=skipped).skip(
                key[:_LONGEST_KEY], "written twice; both values were read"
            )
        return Entry("", self.value, "", skipped, 1, self.last)


def load(shape: Shape) -> Callable[[str], JsonDocument]:
    """Return a loader of JSON texts that walks `shape`.

    The loader raises TooLarge where a limit was reached, and Malformed where the text is no JSON; its
    message begins with the line.
    """

    def loaded(text: str) -> JsonDocument:
        return _load(text, shape)

    return loaded


def load_dialect(shape: Shape) -> Callable[[str], JsonDocument]:
    """Return a loader like that of `load` of JSON with comments and trailing commas."""

    def loaded(text: str) -> JsonDocument:
        return _load(plain(text), shape)

    return loaded


def _load(text: str, shape: Shape) -> JsonDocument:
    check_limits(text)
    walker = _Walker(without_lone_surrogates(text))
    try:
        value = walker.document(shape)
    except json.JSONDecodeError as error:
        raise Malformed(f"line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise Malformed("nested too deeply") from error
    except (ValueError, ArithmeticError, MemoryError) as error:
        raise Malformed(f"{type(error).__name__}: {str(error)[:200]}") from error
    return JsonDocument(value, text.count("\n") + 1, tuple(dict.fromkeys(walker.doubles.keys)))


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise TooLarge(f"a number of more than {_MOST_DIGITS} digits")
    return int(digits)


class _Walker:
    """Reads one text from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.doubles = Doubles()
        decoder = json.JSONDecoder(object_pairs_hook=self.doubles.table, parse_int=_integer)
        self._scan: Callable[[str, int], tuple[object, int]] = decoder.scan_once
        self._line = 1
        self._counted = 0
        self._hope = _OPTIMISM * len(text)

    def document(self, shape: Shape) -> object:
        """Return the one value of the text."""
        value, end = self._value(self._blank(0), shape, sure=True)
        end = self._blank(end)
        if end != len(self._text):
            raise self._error("Extra data", end)
        if isinstance(value, Versions):
            raise self._error("No object with entries", 0)
        return value

    def _value(self, at: int, shape: Shape | None, *, sure: bool) -> tuple[object, int]:
        """Read a value; `sure` that there is something to walk in it."""
        opener = self._text[at : at + 1]
        if shape is None or opener not in {"{", "["}:
            return self._decoded(at)
        if not sure and opener == "{" and self._hope > 0:
            value, end = self._decoded(at)
            self._hope -= end - at
            if type(value) is dict and not shape.keys() & value.keys():
                return value, end
        return self._node(at, shape, is_array=opener == "[")

    def _decoded(self, at: int) -> tuple[object, int]:
        try:
            return self._scan(self._text, at)
        except StopIteration as stop:
            raise self._error("Expecting value", stop.value) from None

    def _node(self, at: int, shape: Shape, *, is_array: bool) -> tuple[object, int]:
        closer = "]" if is_array else "}"
        members: list[_Member] = []
        at = self._blank(at + 1)
        if self._text.startswith(closer, at):
            return _Node(members, is_array), at + 1
        while True:
            first = self._line_at(at)
            key, at = (len(members), at) if is_array else self._key(at)
            value, end = self._value(at, *_inner(shape, key))
            last = self._line_at(end)
            members += [_Member(key, v, first, last) for v in self._versions(value)]
            comma = _COMMA.match(self._text, end)
            if comma is None or comma[1] not in {",", closer}:
                raise self._error("Expecting ',' delimiter", end)
            if comma[1] == closer:
                break
            at = comma.end()
        if not is_array:
            self.doubles.note_walked([str(m.key) for m in members])
        return _Node(members, is_array), comma.end(1)

    def _key(self, at: int) -> tuple[str, int]:
        """Read a key and its colon; return it and where its value begins."""
        if not self._text.startswith('"', at):
            raise self._error("Expecting property name enclosed in double quotes", at)
        key, end = scanstring(self._text, at + 1, True)  # noqa: FBT003 - C takes it by position
        colon = _COLON.match(self._text, end)
        if colon is None:
            raise self._error("Expecting ':' delimiter", end)
        return key, colon.end()

    def _versions(self, value: object) -> list[object]:
        return self.doubles.versions(value) if self.doubles.seen else [value]

    def _blank(self, at: int) -> int:
        found = _START.match(self._text, at)
        return at if found is None else found.end()

    def _line_at(self, at: int) -> int:
        """Return the line of an offset; offsets only grow."""
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _error(self, message: str, at: int) -> json.JSONDecodeError:
        return json.JSONDecodeError(message, self._text, at)


def _inner(shape: Shape, key: str | int) -> tuple[Shape | None, bool]:
    """Return the shape of a member, and whether its name was asked for."""
    if isinstance(key, str) and key in shape:
        return shape[key], True
    return shape.get("*"), False
