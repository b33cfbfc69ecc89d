"""What yarn 1 takes for a lock: its own syntax, else YAML; and what it makes of a merge conflict.

Source: yarn 1.22, `src/lockfile/parse.js`: the tokens, the parser, `extractConflictVariants`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import Enum

from crawler.errors import GiveUp
from crawler.lockfiles.documents.document import InvalidSyntax
from crawler.lockfiles.documents.yaml_document import load

__all__ = ["refusal", "variants"]

_NEWEST = 1
_DEEPEST = 100
_VERSION = re.compile(r"yarn lockfile v([0-9]{1,9})", re.ASCII)
_TOKEN = re.compile(
    r"(?P<newline>[\n\r]\n?)|(?P<comment>#[^\n]*+)|(?P<space>\ ++)|(?P<string>\"(?:[^\"\\]++|\\.)*+\")"
    r"|(?P<value>[0-9]++|true|false)|(?P<colon>:)|(?P<comma>,)|(?P<word>[a-zA-Z/.-][^: \n\r,]*+)",
    re.DOTALL,
)
_MARKERS = ("<<<<<<<", "=======", ">>>>>>>")
_BASE = "|||||||"


class _Kind(Enum):
    """A token of the syntax; spaces inside of a line and comments are none."""

    NEWLINE = "newline"
    INDENT = "indent"
    STRING = "string"
    VALUE = "value"
    COLON = "colon"
    COMMA = "comma"
    END = "end"


class _UnexpectedError(Exception):
    """The text is not of the syntax; the message says where."""


_Token = tuple[_Kind, int, int]
"""Kind, half the spaces of an indent, line."""


def refusal(text: str) -> str | None:
    """Return why yarn 1 refuses `text`, or None where it takes it."""
    try:
        _Parser(_tokens(text)).parse(0)
    except _UnexpectedError as error:
        return None if _is_yaml(text) else str(error)
    except RecursionError:
        return None
    return None


def _is_yaml(text: str) -> bool:
    """Say whether `text` may be YAML with an entry: then yarn takes it for all that."""
    try:
        roots = load(text).roots
    except GiveUp as error:
        return not isinstance(error, InvalidSyntax)
    return any(
        isinstance(root, dict) and any(isinstance(entry, dict) for entry in root.values())
        for root in roots
    )


def _tokens(text: str) -> Iterator[_Token]:
    at, line, begins = 0, 1, False
    while at < len(text):
        found = _TOKEN.match(text, at)
        kind = None if found is None else found.lastgroup
        if found is None or (kind == "string" and not _is_string(found[0])):
            raise _UnexpectedError(f"line {line}: not of the syntax")
        at = found.end()
        match kind:
            case "newline":
                yield _Kind.NEWLINE, 0, line
                line += 1 + (found[0] == "\n\n")
            case "comment":
                _check_version(found[0], line)
            case "space" if begins:
                if len(found[0]) % 2:
                    raise _UnexpectedError(f"line {line}: an odd number of spaces")
                yield _Kind.INDENT, len(found[0]) // 2, line
            case "string" | "word":
                yield _Kind.STRING, 0, line
                line += found[0].count("\n")
            case "value" | "colon" | "comma":
                yield _Kind(kind), 0, line
        begins = kind == "newline" and found[0] != "\r"
    yield _Kind.END, 0, line


def _is_string(stated: str) -> bool:
    try:
        return isinstance(json.loads(stated), str)
    except ValueError:
        return False


def _check_version(comment: str, line: int) -> None:
    found = _VERSION.fullmatch(comment[1:].strip())
    if found is not None and int(found[1]) > _NEWEST:
        raise _UnexpectedError(f"line {line}: version {int(found[1])} of the format")


class _Parser:
    """Follows yarn's parser; what it would build is of no interest."""

    def __init__(self, tokens: Iterator[_Token]) -> None:
        self._tokens = tokens
        self._next()

    def _next(self) -> None:
        self._kind, self._indent, self._line = next(self._tokens)

    def _is(self, *kinds: _Kind) -> bool:
        """Say whether the token is of one of `kinds`; each call may see another token."""
        return self._kind in kinds

    def parse(self, indent: int) -> None:
        """Follow one object, whose properties stand behind `indent` pairs of spaces."""
        while not self._is(_Kind.END):
            if self._is(_Kind.STRING):
                if not self._property(indent):
                    return
                continue
            if not self._is(_Kind.NEWLINE, _Kind.INDENT):
                self._refuse()
            if self._is(_Kind.NEWLINE):
                self._next()
                if not indent:
                    continue
            if not self._is(_Kind.INDENT) or self._indent != indent:
                return
            self._next()

    def _property(self, indent: int) -> bool:
        """Follow a property; say whether the object may go on behind it."""
        self._next()
        while self._is(_Kind.COMMA):
            self._next()
            if not self._is(_Kind.STRING):
                self._refuse()
            self._next()
        colon = self._is(_Kind.COLON)
        if colon:
            self._next()
        if self._is(_Kind.STRING, _Kind.VALUE):
            self._next()
            if colon and self._is(_Kind.STRING, _Kind.VALUE):
                self._next()  # `a: b c`: older ones read an object behind each colon
            return True
        if not colon:
            self._refuse()
        if indent >= _DEEPEST:
            raise RecursionError
        self.parse(indent + 1)
        return not indent or self._is(_Kind.INDENT)

    def _refuse(self) -> None:
        raise _UnexpectedError(f"line {self._line}: not of the syntax")


def variants(text: str) -> tuple[str, ...]:
    """Return the two texts that yarn 1 merges where `text` has a conflict, else `text` alone.

    Lines of the other side are blank, so that all keep their numbers.
    """
    if not all(marker in text for marker in _MARKERS):
        return (text,)
    ours, theirs = list[str](), list[str]()
    state = ""
    for line in text.split("\n"):
        marked = _state_behind(line.removesuffix("\r"), state)
        ours.append(line if marked is None and state in {"", "ours"} else "")
        theirs.append(line if marked is None and state in {"", "theirs"} else "")
        state = state if marked is None else marked
    return "\n".join(ours), "\n".join(theirs)


def _state_behind(line: str, state: str) -> str | None:
    """Return the side that begins behind `line`, None where it is no marker in this `state`."""
    match state:
        case "" if line.startswith(_MARKERS[0]):
            return "ours"
        case "ours" | "base" if line == _MARKERS[1]:
            return "theirs"
        case "ours" if line.startswith(_BASE):
            return "base"
        case "theirs" if line.startswith(_MARKERS[2]):
            return ""
        case _:
            return None
