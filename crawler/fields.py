"""Parsed documents read into types at the border; every complaint carries the path of its field.

A document is written by others: duplicate keys, NaN, lone surrogates, absurd numbers and nesting are
refused here, so that nothing behind the border has to think of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import NoReturn, TypeVar

from crawler.errors import Malformed

__all__ = ["Complain", "Fields", "instant", "plain_name", "read_json", "refuse", "stated_instant"]

_T = TypeVar("_T")
_LONGEST_TEXT = 4096
_LONGEST_NAME = 255
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
"""Of what a stranger may mean; at the ends of the calendar no span can be added or taken away."""
_WORDS: Mapping[type, str] = {dict: "object", list: "array"}

Complain = Callable[[str, str], None]
"""What becomes of a field of a wrong type: takes its path and the reason, and raises or collects."""


def refuse(path: str, reason: str) -> NoReturn:
    """Raise Malformed."""
    msg = f"{path}: {reason}"
    raise Malformed(msg)


def read_json(data: bytes, path: str) -> object:
    """Return the JSON value that `data` (strict UTF-8) holds; raises Malformed, never another error."""
    try:
        text = data.decode("utf-8")
        value: object = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        msg = f"{path}: not readable as JSON: {what}"
        raise Malformed(msg) from error
    return value


def instant(text: str, path: str) -> datetime:
    """Return the UTC instant of an RFC 3339 text; a missing offset means UTC. Raises Malformed."""
    try:
        when = datetime.fromisoformat(text)
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = f"{path}: invalid date {text[:60]!a}: expected RFC 3339"
        raise Malformed(msg) from error


def stated_instant(text: str | None, assumed: tzinfo | None = UTC) -> datetime | None:
    """Return the UTC instant that a stranger states; None for none, and for what nobody can mean.

    `assumed` is the zone of a text that has none; None: such a text states no instant.
    """
    try:
        when = datetime.fromisoformat(text or "")
        zone = when.tzinfo or assumed
        known = None if zone is None else when.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return known if known is not None and _EARLIEST <= known < _LATEST else None


def plain_name(text: str, path: str) -> str:
    """Return `text` where it can be a file name, a version or a record id; raises Malformed."""
    if re.fullmatch(rf"[!-~]{{1,{_LONGEST_NAME}}}", text) and not re.search(r"[/\\]|^\.+\Z", text):
        return text
    refuse(path, f"invalid name {text[:60]!a}: expected printable ASCII without slashes")


class Fields:
    """One object of a document, with typed getters; null is the same as missing.

    A getter that must return a value raises Malformed where there is none of its type. Those that may
    return none hand a wrong type to `complain`, and go on as if it were missing where that returns.
    """

    __slots__ = ("_complain", "_longest", "_values", "path")

    def __init__(
        self,
        value: object,
        path: str,
        *,
        complain: Complain = refuse,
        longest: int | None = _LONGEST_TEXT,
    ) -> None:
        """Wrap `value`, which must be an object; raises Malformed.

        `path` says where it stands. Texts have 1 to `longest` characters; None takes any, and empty ones.
        """
        if not isinstance(value, Mapping):
            refuse(path, _expected(dict, value))
        self._values: Mapping[str, object] = value
        self.path = path
        self._complain, self._longest = complain, longest

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def keys(self) -> frozenset[str]:
        """Return the names of all fields."""
        return frozenset(self._values)

    def at(self, key: str) -> str:
        """Return the path of the field `key`."""
        return f"{self.path}.{key}" if self.path else key

    def text(self, key: str) -> str:
        """Return a text of permitted length."""
        value = self.text_of_any_length(key)
        if (reason := self._bad_length(value)) is not None:
            refuse(self.at(key), reason)
        return value

    def text_of_any_length(self, key: str) -> str:
        """Return a text, which may be empty."""
        return self._required(key, str)

    def optional_text(self, key: str) -> str | None:
        """Return a text of permitted length, or None."""
        value = self._optional(key, str)
        if value is None or (reason := self._bad_length(value)) is None:
            return value
        self._complain(self.at(key), reason)
        return None

    def flag(self, key: str) -> bool:
        """Return a boolean; a missing one is False."""
        return self._optional(key, bool) or False

    def number(self, key: str) -> int:
        """Return an integer; a boolean is none."""
        return self._required(key, int)

    def optional_number(self, key: str) -> int | None:
        """Return an integer, or None."""
        return self._optional(key, int)

    def when(self, key: str) -> datetime | None:
        """Return a UTC instant, or None."""
        text = self.optional_text(key)
        try:
            return None if text is None else instant(text, self.at(key))
        except Malformed as error:
            self._complain(self.at(key), str(error).removeprefix(f"{self.at(key)}: "))
            return None

    def child(self, key: str) -> Fields:
        """Return the object at `key`; a missing one is empty."""
        return self._inner(self._optional(key, dict) or {}, self.at(key))

    def children(self, key: str) -> Iterator[Fields]:
        """Yield the objects of the array at `key`; a missing one is empty."""
        return (self._inner(value, path) for path, value in self._elements(key, dict))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts, of any length, of the array at `key`; a missing one is empty."""
        return tuple(value for _, value in self._elements(key, str))

    def array(self, key: str) -> list[object]:
        """Return the array at `key`, which must be there."""
        return self._required(key, list)

    def optional_array(self, key: str) -> list[object]:
        """Return the array at `key`; a missing one is empty."""
        return self._optional(key, list) or []

    def _elements(self, key: str, kind: type[_T]) -> Iterator[tuple[str, _T]]:
        for place, value in enumerate(self.optional_array(key)):
            path = f"{self.at(key)}[{place}]"
            if isinstance(value, kind):
                yield path, value
            else:
                self._complain(path, _expected(kind, value))

    def _required(self, key: str, kind: type[_T]) -> _T:
        value = self._values.get(key)
        if type(value) is not kind:
            refuse(self.at(key), _expected(kind, value))
        return value

    def _optional(self, key: str, kind: type[_T]) -> _T | None:
        value = self._values.get(key)
        if value is None or type(value) is kind:
            return value
        self._complain(self.at(key), _expected(kind, value))
        return None

    def _bad_length(self, text: str) -> str | None:
        if self._longest is None or 0 < len(text) <= self._longest:
            return None
        return f"expected 1 to {self._longest} characters, got {len(text)}"

    def _inner(self, value: object, path: str) -> Fields:
        return Fields(value, path, complain=self._complain, longest=self._longest)


def _expected(kind: type, value: object) -> str:
    got = _WORDS.get(type(value), "null" if value is None else type(value).__name__)
    return f"expected {_WORDS.get(kind, kind.__name__)}, got {got}"


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "the same key twice in one object"
        raise ValueError(msg)
    return found


def _no_constant(name: str) -> NoReturn:
    msg = f"invalid JSON number {name}"
    raise ValueError(msg)
