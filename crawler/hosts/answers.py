"""An API's answer, read at the border: typed getters that carry the path.

What a host sends is hostile until it has the type that its API promises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from crawler.errors import Malformed, Retry
from crawler.fields import Fields

__all__ = ["JsonObject", "array", "document", "printable"]

_LONGEST_MESSAGE = 200


class JsonObject(Fields):
    """One JSON object of an answer, `data.search.nodes[3]`; every getter raises Malformed for another type."""

    __slots__ = ()

    def __init__(self, value: Mapping[str, object], path: str) -> None:
        """Wrap `value`, which stands at `path` of the answer; texts have any length."""
        super().__init__(value, path, longest=None)

    @property
    def fields(self) -> Mapping[str, object]:
        """All fields as they came, in their order."""
        return self._values

    def inner_text(self, key: str, inner: str) -> str | None:
        """Return the string `inner` of the object `key`, or None where either is null or missing."""
        node = self.node(key)
        return None if node is None else node.optional_text(inner)

    def node(self, key: str) -> JsonObject | None:
        """Return an object, or None where it is null or missing."""
        value = self._optional(key, dict)
        return None if value is None else JsonObject(value, self.at(key))

    def nodes(self, key: str) -> tuple[JsonObject | None, ...]:
        """Return a list of objects; an element of another type is None."""
        return _nodes(self.array(key), self.at(key))


def document(body: bytes, where: str) -> JsonObject:
    """Parse `body` as one JSON object; raises as `array` does."""
    value = _parsed(body, where)
    if not isinstance(value, Mapping):
        raise Malformed(f"{where}: expected a JSON object, got {type(value).__name__}")
    return JsonObject(value, where)


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
        JsonObject(element, f"{where}[{index}]") if isinstance(element, Mapping) else None
        for index, element in enumerate(elements)
    )


def printable(text: str) -> str:
    """Return foreign `text` fit for a message: one line, printable, at most 200 characters."""
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST_MESSAGE])
