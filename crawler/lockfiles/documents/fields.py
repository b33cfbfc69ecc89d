"""Typed getters over a parsed document that carry the path of what they read.

A bad entry becomes a `Skipped` with its path and the rest is kept: `package[3].wheels[0].size:
expected int, got bool`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar

from crawler.model import Skipped

__all__ = ["SkipLog", "TableReader"]

_T = TypeVar("_T")
_MOST_SKIPPED = 1000
_LONGEST_REASON = 200


class SkipLog(list[Skipped]):
    """What was not read of a document, and the first thing for which its tool refuses all of it.

    With `strict` the tool takes no document of which an entry cannot be read.
    """

    def __init__(self, *, strict: bool = False) -> None:
        """Begin with nothing."""
        super().__init__()
        self.strict = strict
        self.refused: str | None = None

    def refuse(self, place: str, reason: str) -> None:
        """Note that the tool refuses the document for `reason`; what was noted first stays."""
        self.refused = self.refused or f"{place}: {reason}"[:_LONGEST_REASON]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReader:
    """A table of the document; all that cannot be read goes to `skipped`."""

    values: Mapping[str, object]
    path: str
    """Of this table; empty for the document."""
    skipped: list[Skipped]

    def skip(self, key: str, reason: str, at: str | None = None) -> None:
        """Note that the entry `key` of this table was not read; `at` as in `Skipped`."""
        if isinstance(self.skipped, SkipLog) and self.skipped.strict:
            self.skipped.refuse(self.at(key), reason)
        if len(self.skipped) < _MOST_SKIPPED:
            self.skipped.append(Skipped(context=self.at(key), reason=reason, at=at))
        elif len(self.skipped) == _MOST_SKIPPED:
            self.skipped.append(
                Skipped(context="document", reason="more was skipped than is listed")
            )

    def refuse(self, key: str, reason: str) -> None:
        """Note that the tool refuses the whole document for the entry `key` of this table."""
        if isinstance(self.skipped, SkipLog):
            self.skipped.refuse(self.at(key), reason)

    def at(self, key: str) -> str:
        """Return the path of the entry `key` of this table."""
        return f"{self.path}.{key}" if self.path else key

    def text(self, key: str) -> str | None:
        """Return the string at `key`, or None where there is none."""
        return self._typed(key, str)

    def flag(self, key: str) -> bool:
        """Return the boolean at `key`; missing is False."""
        return self._typed(key, bool) or False

    def integer(self, key: str) -> int | None:
        """Return the integer at `key` (a boolean is none), or None where there is none."""
        return self._typed(key, int)

    def moment(self, *keys: str) -> str | None:
        """Return the first of `keys` that is there, a string or a TOML date, as ISO 8601."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, (datetime, date, time)):
                return value.isoformat()
            if value is not None:
                return self.text(key)
        return None

    def table(self, key: str) -> TableReader | None:
        """Return the table at `key`, or None where there is none."""
        value = self._typed(key, dict)
        return None if value is None else self.inner(self.at(key), value)

    def entries(self, key: str) -> list[object]:
        """Return the array at `key`; missing is empty."""
        return self._typed(key, list) or []

    def tables(self, key: str) -> Iterator[tuple[int, TableReader]]:
        """Yield each table of the array at `key` with its number."""
        for number, value in enumerate(self.entries(key)):
            table = self.element(key, number, value)
            if table is not None:
                yield number, table

    def element(self, key: str, number: int, value: object) -> TableReader | None:
        """Return `value`, element `number` of the array at `key`, as a table."""
        if isinstance(value, dict):
            return self.inner(f"{self.at(key)}[{number}]", value)
        self.skip(f"{key}[{number}]", f"expected table, got {_kind(value)}")
        return None

    def inner(self, path: str, values: Mapping[str, object]) -> TableReader:
        """Return the table `values` that stands at `path`."""
        return TableReader(values=values, path=path, skipped=self.skipped)

    def _typed(self, key: str, kind: type[_T]) -> _T | None:
        value = self.values.get(key)
        if type(value) is kind:
            return value
        if value is not None:
            self.skip(key, f"expected {_NAMES.get(kind, kind.__name__)}, got {_kind(value)}")
        return None


_NAMES: Mapping[type, str] = {dict: "table", list: "array"}


def _kind(value: object) -> str:
    return _NAMES.get(type(value), type(value).__name__)
