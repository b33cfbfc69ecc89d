"""JSON documents from strangers: bounded, parsed, with the lines of the entries that pins come from.

The standard library decodes whole values in C and tells no positions. So the few objects on the way to
the entries are walked one member at a time, and every entry is decoded at once. Of keys that are written
twice both values are kept (threat P3: the last wins silently elsewhere, and a pin must not hide); where
it is known that the tool takes the last, so is it here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from json.scanner import make_scanner
from typing import Union

from crawler.errors import Malformed, TooLarge
from crawler.lockfiles.documents.document import InvalidSyntax
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_entries import LONGEST_KEY, Entry, Member, Node
from crawler.lockfiles.documents.json_syntax import check_limits, plain, without_lone_surrogates
from crawler.lockfiles.documents.json_versions import Doubles, Versions
from crawler.model import Skipped

__all__ = ["Entry", "JsonDocument", "Repeated", "Shape", "load", "load_bun"]

Shape = Mapping[str, Union["Shape", None]]
"""Which members are walked: by key, or all (and the elements of an array) by `*`.

`{"packages": {}}` tells the lines of every member of `packages`. Where an object has no `*` only its
members that are named are sure to have lines of their own.
"""


class Repeated(Enum):
    """What becomes of the values of a key that is written more than once in an object."""

    ALL = "all"
    """Each is kept and noted: what the tool of the format takes is not known."""
    LAST = "last"
    """Only the last counts, as most parsers have it."""
    WALKED = "walked"
    """Where members are walked all are kept, and nothing is noted; inside of entries the last counts."""


_MOST_DIGITS = 1000
_OPTIMISM = 4
"""How often the length of the text may be decoded in the hope that nothing inside needs walking."""
_START = re.compile(r"[ \t\n\r]*+")
_KEY = re.compile(r'"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:[ \t\n\r]*+')
_COLON = re.compile(r"[ \t\n\r]*+:[ \t\n\r]*+")
_QUIRK_OF_BUN = re.compile(r"'|\b0[xX]|[^\S \t\n\r]|\ufeff|\\(?![\"\\/bfnrt]|u[0-9A-Fa-f]{4})")
"""What bun takes for JSON besides: text that has any of it may be no JSON and all the same be taken."""
_COMMA = re.compile(r"[ \t\n\r]*+([,\]}])[ \t\n\r]*+")


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
            TableReader(values={}, path="", skipped=skipped).skip(
                key[:LONGEST_KEY], "written twice; both values were read"
            )
        return Entry("", self.value, "", skipped, 1, self.last)


def load(
    shape: Shape, *, repeated: Repeated = Repeated.ALL, constants: bool = True
) -> Callable[[str], JsonDocument]:
    """Return a loader of JSON texts that walks `shape`.

    `repeated` says what becomes of a key that is written twice; `constants` are NaN and Infinity, which
    Python takes and JavaScript does not.

    The loader raises TooLarge where a limit was reached, InvalidSyntax where the text is no JSON (the
    message begins with the line), and Malformed for what else Python does not take.
    """

    def loaded(text: str) -> JsonDocument:
        return _load(_Walker(text, repeated=repeated, constants=constants), shape)

    return loaded


def load_bun(shape: Shape) -> Callable[[str], JsonDocument]:
    """Return a loader like that of `load` of JSON as bun has it.

    That is with comments and trailing commas, and whatever stands behind the document. What else bun may take
    for JSON is Malformed, and no InvalidSyntax.
    """

    def loaded(text: str) -> JsonDocument:
        walker = _Walker(plain(text), repeated=Repeated.WALKED, constants=False, ends=False)
        try:
            return _load(walker, shape)
        except InvalidSyntax as error:
            if _QUIRK_OF_BUN.search(text):
                raise Malformed(str(error)) from error
            raise

    return loaded


def _load(walker: _Walker, shape: Shape) -> JsonDocument:
    text = walker.text
    try:
        value = walker.document(shape)
    except StopIteration as stop:
        line = text.count("\n", 0, stop.value) + 1
        raise InvalidSyntax(f"line {line}: Expecting value") from None
    except json.JSONDecodeError as error:
        raise InvalidSyntax(f"line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise Malformed("nested too deeply") from error
    except (ValueError, ArithmeticError, MemoryError) as error:
        raise Malformed(f"{type(error).__name__}: {str(error)[:200]}") from error
    return JsonDocument(value, text.count("\n") + 1, tuple(dict.fromkeys(walker.doubles.keys)))


def _inner_shape(shape: Shape, key: str) -> tuple[Shape | None, bool]:
    """Return the shape of a member, and whether it is sure to have something to walk."""
    if key in shape and key != "*":
        return shape[key], True
    inner = shape.get("*")
    return inner, not inner or "*" in inner


def _no_constant(name: str) -> float:
    raise InvalidSyntax(f"{name} is no JSON")


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise TooLarge(f"a number of more than {_MOST_DIGITS} digits")
    return int(digits)


class _Walker:
    """Reads one text from its beginning to its end."""

    def __init__(
        self, text: str, *, repeated: Repeated, constants: bool, ends: bool = True
    ) -> None:
        """Begin to read `text`, behind which nothing may follow if it `ends`. Raises TooLarge."""
        check_limits(text)
        self.text = self._text = without_lone_surrogates(text)
        self._repeated, self._ends = repeated, ends
        self.doubles = Doubles()
        decoder = json.JSONDecoder(
            object_pairs_hook=self.doubles.table if repeated is Repeated.ALL else None,
            parse_int=_integer,
            parse_constant=None if constants else _no_constant,
        )
        self._scan: Callable[[str, int], tuple[object, int]] = make_scanner(
            decoder  # type: ignore[arg-type]  # typeshed has it take a context of its own making
        )
        self._line = 1
        self._counted = 0
        self._hope = _OPTIMISM * len(text)

    def document(self, shape: Shape) -> object:
        """Return the one value of the text."""
        value, end = self._value(self._blank(0), shape, sure=True)
        end = self._blank(end)
        if self._ends and end != len(self._text):
            raise self._error("Extra data", end)
        if isinstance(value, Versions):
            raise self._error("No object with entries", 0)
        return value

    def _value(self, at: int, shape: Shape, *, sure: bool) -> tuple[object, int]:
        """Read a value; `sure` that there is something to walk in it."""
        opener = self._text[at : at + 1]
        if opener not in {"{", "["}:
            return self._scan(self._text, at)
        if not sure and opener == "{" and self._hope > 0:
            value, end = self._scan(self._text, at)
            self._hope -= end - at
            if type(value) is dict and not shape.keys() & value.keys():
                return value, end
        return self._node(at, shape, is_array=opener == "[")

    def _node(self, at: int, shape: Shape, *, is_array: bool) -> tuple[object, int]:
        closer = "]" if is_array else "}"
        members: list[Member] = []
        keys: list[str] = []
        at = self._blank(at + 1)
        if self._text.startswith(closer, at):
            return Node(members, is_array), at + 1
        while True:
            first = self._line_at(at)
            key, at = (str(len(keys)), at) if is_array else self._key(at)
            keys.append(key)
            if shape:
                value, end = self._member(at, shape, "*" if is_array else key)
            else:
                value, end = self._scan(self._text, at)
            last = self._line_at(end)
            if self.doubles.seen:
                members += [Member(key, v, first, last) for v in self.doubles.versions(value)]
            else:
                members.append(Member(key, value, first, last))
            comma = _COMMA.match(self._text, end)
            if comma is None or comma[1] not in {",", closer}:
                raise self._error("Expecting ',' delimiter", end)
            if comma[1] == closer:
                if self._repeated is Repeated.ALL:
                    self.doubles.note_walked(keys)
                elif self._repeated is Repeated.LAST and not is_array:
                    members = list({member.key: member for member in members}.values())
                return Node(members, is_array), comma.end(1)
            at = comma.end()

    def _member(self, at: int, shape: Shape, key: str) -> tuple[object, int]:
        """Read a member; one that the shape does not know is of no interest to anyone."""
        inner, sure = _inner_shape(shape, key)
        if inner is not None:
            return self._value(at, inner, sure=sure)
        before = self.doubles.mark()
        value, end = self._scan(self._text, at)
        return (value if key in shape else self.doubles.forget(before, value)), end

    def _key(self, at: int) -> tuple[str, int]:
        """Read a key and its colon; return it and where its value begins."""
        plain_key = _KEY.match(self._text, at)
        if plain_key is not None:
            return plain_key[1], plain_key.end()
        if not self._text.startswith('"', at):
            raise self._error("Expecting property name enclosed in double quotes", at)
        key, end = self._scan(self._text, at)
        colon = _COLON.match(self._text, end)
        if colon is None:
            raise self._error("Expecting ':' delimiter", end)
        return str(key), colon.end()

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
