"""What a STIX pattern would match, as alternatives of equal comparisons.

Source: STIX 2.1, section 9 (STIX Patterning). Only `=` and `IN` name something; other comparisons narrow
what is named and are passed over. An observation joined with another by AND or FOLLOWEDBY is not enough
by itself, and that is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.errors import Malformed

__all__ = ["StixComparison", "StixPattern", "read_pattern"]

_TOKEN = re.compile(
    r"""
    [ \t\r\n]*+
    (?: (?P<path>[A-Za-z][A-Za-z0-9-]*+:(?>[\w.-]|'[^'\\]{1,60}+'|\[(?:\d{1,9}|\*)\])++)
      | (?P<text>[thb]?'(?>[^'\\]|\\.)*+')
      | (?P<number>[+-]?\d[\d.]*+)
      | (?P<word>[A-Za-z]++)
      | (?P<sign>!=|<=|>=|<>|[=<>\[\](),])
    )
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_LONGEST = 100_000
_DEEPEST = 20
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StixComparison:
    """`path = 'value'`."""

    path: str
    """`file:hashes.'SHA-256'`, without quotes inside."""
    value: str


_Alternatives = list[tuple[StixComparison, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StixPattern:
    """What a pattern matches."""

    alternatives: tuple[tuple[StixComparison, ...], ...]
    """Each is enough (OR); its comparisons hold together (AND)."""
    joined: bool
    """Whether an observation needs another one beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    text: str


def read_pattern(text: str, path: str) -> StixPattern:
    """Return what the pattern `text` matches; raises Malformed for one that cannot be read."""
    if len(text) > _LONGEST:
        msg = f"{path}: a pattern of {len(text)} characters"
        raise Malformed(msg)
    return _Parser(_tokens(text, path), path).pattern()


def _tokens(text: str, path: str) -> list[_Token]:
    found, at, end = list[_Token](), 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            msg = f"{path}: not readable as a STIX pattern at {text[at : at + 30]!a}"
            raise Malformed(msg)
        kind = match.lastgroup or ""
        found.append(_Token(kind=kind, text=match[kind]))
        at = match.end()
    return found


class _Parser:
    """A descent over the tokens; the depth of parentheses is bounded."""

    def __init__(self, tokens: Sequence[_Token], path: str) -> None:
        self._tokens, self._path, self._at = tokens, path, 0

    def pattern(self) -> StixPattern:
        """Read all observations; qualifiers (WITHIN, REPEATS, START) only narrow them."""
        found, joined = _Alternatives(), False
        while self._at < len(self._tokens):
            token = self._next()
            if token.text == "[":
                found += self._or(0)
                self._expect("]")
            joined = joined or (token.kind == "word" and token.text in {"AND", "FOLLOWEDBY"})
        if not found:
            self._refuse("no observation")
        self._bounded(found)
        return StixPattern(alternatives=tuple(found), joined=joined)

    def _or(self, depth: int) -> _Alternatives:
        found = self._and(depth)
        while self._taken("OR"):
            found = self._bounded(found + self._and(depth))
        return found

    def _and(self, depth: int) -> _Alternatives:
        found = self._one(depth)
        while self._taken("AND"):
            other = self._one(depth)
            if len(found) * len(other) > _MOST:
                self._refuse(f"more than {_MOST} alternatives")
            found = [(*left, *right) for left in found for right in other]
        return found

    def _one(self, depth: int) -> _Alternatives:
        if depth > _DEEPEST:
            self._refuse("nested too deeply")
        if self._taken("("):
            found = self._or(depth + 1)
            self._expect(")")
            return found
        if self._taken("EXISTS"):
            self._next()
            return [()]
        token = self._next()
        if token.kind != "path":
            self._refuse(f"expected an object path, got {token.text[:30]!a}")
        return self._comparison(token.text.replace("'", ""))

    def _comparison(self, path: str) -> _Alternatives:
        negated = self._taken("NOT")
        operator = self._next()
        values = self._values()
        if negated or operator.text not in {"=", "IN"}:
            return [()]
        return self._bounded([(StixComparison(path=path, value=value),) for value in values])

    def _values(self) -> list[str]:
        if not self._taken("("):
            return [self._value()]
        found = [self._value()]
        while self._taken(","):
            found.append(self._value())
        self._expect(")")
        return found

    def _value(self) -> str:
        token = self._next()
        match token.kind:
            case "text":
                return re.sub(r"\\(.)", r"\1", token.text[token.text.index("'") + 1 : -1])
            case "number" | "word":
                return token.text
            case _:
                return self._refuse(f"expected a value, got {token.text[:30]!a}")

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            self._refuse("it ends early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _taken(self, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].text == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._taken(text):
            self._refuse(f"{text} is missing")

    def _bounded(self, found: _Alternatives) -> _Alternatives:
        if len(found) > _MOST:
            self._refuse(f"more than {_MOST} alternatives")
        return found

    def _refuse(self, why: str) -> str:
        msg = f"{self._path}: not readable as a STIX pattern: {why}"
        raise Malformed(msg)
