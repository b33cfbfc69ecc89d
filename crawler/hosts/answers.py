"""An API's answer, read at the border: typed getters that carry the path.

What a host sends is hostile until it has the type that its API promises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from crawler.errors import Malformed, Retry

__all__ = ["JsonObject", "array", "document", "printable"]

_LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonObject:
    """One JSON object of an answer; every getter raises Malformed for another type."""

    fields: Mapping[str, object]
    where: str
    """Path inside the answer: `data.search.nodes[3]`."""

    def text(self, key: str) -> str:
        """Return a string that must be there."""
        value = self.fields.get(key)
        if not isinstance(value, str):
            raise self._wrong(key, "string", value)
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a string, or None where it is null or missing."""
        return None if self.fields.get(key) is None else self.text(key)

    def inner_text(self, key: str, inner: str) -> str | None:
        """Return the string `inner` of the object `key`, or None where either is null or missing."""
        node = self.node(key)
        return None if node is None else node.optional_text(inner)

    def number(self, key: str) -> int:
        """Return an integer that must be there; JSON's true and false are none."""
        value = self.fields.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(key, "integer", value)
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean; null or missing is False."""
        value = self.fields.get(key)
        if not isinstance(value, bool | None):
            raise self._wrong(key, "boolean", value)
        return bool(value)

    def optional_number(self, key: str) -> int | None:
        """Return an integer, or None where it is null or missing."""
        return None if self.fields.get(key) is None else self.number(key)

    def node(self, key: str) -> JsonObject | None:
        """Return an object, or None where it is null or missing."""
        value = self.fields.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self._wrong(key, "object", value)
        return JsonObject(fields=value, where=f"{self.where}.{key}")

    def nodes(self, key: str) -> tuple[JsonObject | None, ...]:
        """Return a list of objects; an element of another type is None."""
        value = self.fields.get(key)
        if not isinstance(value, list):
            raise self._wrong(key, "array", value)
        return _nodes(value, f"{self.where}.{key}")

    def _wrong(self, key: str, expected: str, value: object) -> Malformed:
        return Malformed(f"{self.where}.{key}: expected {expected}, got {type(value).__name__}")


def document(body: bytes, where: str) -> JsonObject:
    """Parse `body` as one JSON object; raises as `array` does."""
    value = _parsed(body, where)
    if not isinstance(value, Mapping):
        raise Malformed(f"{where}: expected a JSON object, got {type(value).__name__}")
    return JsonObject(fields=value, where=where)


def array(body: bytes, where: str) -> tuple[JsonObject | None, ...]:
    """Parse `body` as one JSON array of objects; an element of another type is None.

    Raises Retry for what is no JSON (a host under repair answers HTML with 200), Malformed for JSON
    of another shape or nested too deep.
    """
    value = _parsed(body, where)
    if not isinstance(value, list):
        raise Malformed(f"{where}: expected a JSON array, got {type(value).__name__}")
    return _nodes(value, where)


def _parsed(body: bytes, where: str) -> object:
    try:
        return json.loads(body)
    except RecursionError as error:
        raise Malformed(f"{where}: JSON is nested too deep") from error
    except ValueError as error:
        raise Retry(f"{where}: expected JSON, got something else; ask again later") from error


def _nodes(elements: list[object], where: str) -> tuple[JsonObject | None, ...]:
    return tuple(
        JsonObject(fields=element, where=f"{where}[{index}]")
        if isinstance(element, Mapping)
        else None
        for index, element in enumerate(elements)
    )


def printable(text: str) -> str:
    """Return foreign `text` fit for a message: one line, printable, at most 200 characters."""
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST_MESSAGE])
