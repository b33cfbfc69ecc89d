"""The text of a GraphQL query, as far as our client writes them: one query, inline fragments, variables.

Source: GraphQL specification, "Language". Whether a query is valid by GitHub's schema is not told here: the
tests ask graphql-core (`tests/servers/github_schema.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["Field", "QueryError", "read_query"]

_TOKEN = re.compile(
    r"""[\s,]*+(?:(\.\.\.|[{}()\[\]:$!=]|[_A-Za-z][_0-9A-Za-z]*+|-?[0-9]++|"(?>[^"\\\n]|\\.)*+")|$)"""
)
_WORDS = {"true": True, "false": False, "null": None}
_ABSENT = object()
"""A variable that was not sent: its argument is not there."""


class QueryError(Exception):
    """A text that is no query, or asks for what is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that is asked for."""

    key: str
    """Its alias, or its name: where the answer has it."""
    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    """With the values of the variables."""
    on: str | None = None
    """The type that the value above must have, else the field is left out."""
    fields: tuple[Field, ...] = ()


def read_query(text: str, variables: Mapping[str, object]) -> tuple[Field, ...]:
    """Return what a query asks for at its root; raises QueryError, or RecursionError for a deep one."""
    return _Reader(_tokens(text), variables).query()


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while found := _TOKEN.match(text, at):
        if found[1] is None:
            return
        yield found[1]
        at = found.end()
    raise QueryError(f"Syntax Error: Unexpected character at {at}.")


class _Reader:
    """Reads tokens from the first to the last."""

    def __init__(self, tokens: Iterator[str], variables: Mapping[str, object]) -> None:
        self._tokens, self._variables = tokens, dict(variables)
        self._next = next(tokens, "")

    def query(self) -> tuple[Field, ...]:
        if self._took("query"):
            if self._next not in {"(", "{"}:
                self._take()
            if self._took("("):
                while not self._took(")"):
                    self._declaration()
        found = tuple(self._selections(None))
        if self._next:
            raise QueryError(f"Syntax Error: Unexpected {self._next[:40]!r}.")
        return found

    def _declaration(self) -> None:
        """Read `$name: Type = default`; the type is the schema's business."""
        self._expect("$")
        name = self._take()
        self._expect(":")
        while self._next and self._next not in {"$", ")", "="}:
            self._take()
        if self._took("="):
            self._variables.setdefault(name, self._value())

    def _selections(self, on: str | None) -> Iterator[Field]:
        self._expect("{")
        while not self._took("}"):
            if self._took("..."):
                self._expect("on")
                if on is not None:
                    raise QueryError("a fragment inside a fragment")
                yield from self._selections(self._take())
            else:
                yield self._field(on)

    def _field(self, on: str | None) -> Field:
        key = name = self._take()
        if self._took(":"):
            name = self._take()
        arguments: dict[str, object] = {}
        if self._took("("):
            while not self._took(")"):
                argument = self._take()
                self._expect(":")
                if (value := self._value()) is not _ABSENT:
                    arguments[argument] = value
        fields = tuple(self._selections(None)) if self._next == "{" else ()
        return Field(key=key, name=name, arguments=arguments, on=on, fields=fields)

    def _value(self) -> object:
        if self._took("$"):
            return self._variables.get(self._take(), _ABSENT)
        if self._took("["):
            values: list[object] = []
            while not self._took("]"):
                values.append(self._value())
            return values
        token = self._take()
        if token.startswith('"') or token.lstrip("-").isdigit():
            return json.loads(token)
        return _WORDS.get(token, token)

    def _take(self) -> str:
        if not self._next:
            raise QueryError("Syntax Error: Unexpected <EOF>.")
        token, self._next = self._next, next(self._tokens, "")
        return token

    def _took(self, token: str) -> bool:
        found = self._next == token
        if found:
            self._take()
        return found

    def _expect(self, token: str) -> None:
        if (found := self._take()) != token:
            raise QueryError(f"Syntax Error: Expected {token!r}, found {found[:40]!r}.")
