"""Documents of feeds read into types at the border; every complaint carries the path.

A feed's document is written by others: duplicate keys, NaN, lone surrogates, absurd numbers and nesting
are refused here, so that nothing behind the border has to think of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NoReturn

from crawler.errors import Malformed

__all__ = ["Fields", "instant", "plain_name", "read_json"]

_LONGEST_TEXT = 4096
_LONGEST_NAME = 255


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
        msg = f"{path}: no date: {text[:60]!a}"
        raise Malformed(msg) from error


def plain_name(text: str, path: str) -> str:
    """Return `text` where it can be a file name, a version or a record id; raises Malformed."""
    if re.fullmatch(rf"[!-~]{{1,{_LONGEST_NAME}}}", text) and not re.search(r"[/\\]|^\.+\Z", text):
        return text
    msg = f"{path}: {text[:60]!a} is no plain name"
    raise Malformed(msg)


class Fields:
    """One JSON object with typed getters; a wrong type raises Malformed with the path of the field."""

    def __init__(self, value: object, path: str) -> None:
        """Wrap `value`, which must be an object; `path` says where it stands."""
        if not isinstance(value, Mapping):
            _wrong(path, "object", value)
        self._value: Mapping[str, object] = value
        self.path = path

    def __contains__(self, key: str) -> bool:
        return self._value.get(key) is not None

    def keys(self) -> frozenset[str]:
        """Return the names of all fields."""
        return frozenset(self._value)

    def text(self, key: str) -> str:
        """Return a text of 1 to 4,096 characters."""
        value = self.text_of_any_length(key)
        if not 0 < len(value) <= _LONGEST_TEXT:
            msg = f"{self.path}.{key}: {len(value)} characters"
            raise Malformed(msg)
        return value

    def text_of_any_length(self, key: str) -> str:
        """Return a text; for cursors, which are our own."""
        value = self._value.get(key)
        if not isinstance(value, str):
            _wrong(f"{self.path}.{key}", "str", value)
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, or None where the field is missing or null."""
        return self.text(key) if key in self else None

    def flag(self, key: str) -> bool:
        """Return a boolean; a missing one is False."""
        value = self._value.get(key, False)
        if not isinstance(value, bool):
            _wrong(f"{self.path}.{key}", "bool", value)
        return value

    def number(self, key: str) -> int:
        """Return an integer."""
        value = self._value.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            _wrong(f"{self.path}.{key}", "int", value)
        return value

    def when(self, key: str) -> datetime | None:
        """Return a UTC instant, or None where the field is missing or null."""
        return instant(self.text(key), f"{self.path}.{key}") if key in self else None

    def child(self, key: str) -> Fields:
        """Return the object at `key`; a missing one is empty."""
        return Fields(self._value.get(key) or {}, f"{self.path}.{key}")

    def children(self, key: str) -> Iterator[Fields]:
        """Yield the objects of the array at `key`; a missing one is empty."""
        for place, value in enumerate(self._array(key)):
            yield Fields(value, f"{self.path}.{key}[{place}]")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of the array at `key`; a missing one is empty."""
        for place, value in enumerate(self._array(key)):
            if not isinstance(value, str):
                _wrong(f"{self.path}.{key}[{place}]", "str", value)
        return tuple(str(value) for value in self._array(key))

    def _array(self, key: str) -> list[object]:
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            _wrong(f"{self.path}.{key}", "array", value)
        return value


def _wrong(path: str, expected: str, value: object) -> NoReturn:
    msg = f"{path}: expected {expected}, got {type(value).__name__}"
    raise Malformed(msg)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "the same key twice in one object"
        raise ValueError(msg)
    return found


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no JSON number"
    raise ValueError(msg)
