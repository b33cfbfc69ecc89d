"""Entries of a JSON document, as the readers of the formats see them: value, path and lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.json_versions import Doubles
from crawler.model import LineSpan, Skipped

__all__ = ["LONGEST_KEY", "Entry", "Member", "Node"]

LONGEST_KEY = 120
"""Characters of a key that are shown in the path of an entry."""


class Member(NamedTuple):
    """A member of a walked object, or an element of a walked array."""

    key: str
    value: object
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Node:
    """A walked object or array."""

    members: list[Member]
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

    def tables(self) -> Iterator[TableReader]:
        """Yield the value as a table, in each version where a key is written twice.

        Anything else is skipped.
        """
        value = self.value
        if isinstance(value, Node) and not value.is_array:
            doubles = Doubles()
            value = doubles.table([(m.key, m.value) for m in value.members])
            for table in doubles.versions(value):
                if isinstance(table, dict):
                    yield self._fields(table)
        elif isinstance(value, dict):
            yield self._fields(value)
        else:
            self.skip("expected table")

    def _fields(self, values: Mapping[str, object]) -> TableReader:
        return TableReader(values=values, path=self.path, skipped=self.skipped)

    def keys(self) -> set[str]:
        """Return the keys of a walked object; of anything else none."""
        return {m.key for m in self.value.members} if isinstance(self.value, Node) else set()

    def entries(self, key: str | None = None, *, array: bool = False) -> Iterator[Entry]:
        """Yield the members (of an `array` the elements); with `key` those of the member called so.

        A member that is written twice is yielded twice. An array in the place of an object, or the other
        way round, is read and noted: it is not what the format has there. What is neither is skipped,
        null is none.
        """
        if key is not None:
            for holder in self.named(key):
                yield from holder.entries(array=array)
        elif isinstance(self.value, Node):
            if self.value.is_array is not array:
                self.skip("expected array, got table" if array else "expected table, got array")
            yield from map(self._entry, self.value.members)
        elif self.value is not None:
            self.skip("expected table or array")

    def named(self, key: str) -> Iterator[Entry]:
        """Yield the member called `key`: none, one, or each of those that are written so.

        What is no object is skipped, null is none; whether the document is one its reader has asked.
        """
        if isinstance(self.value, Node) and not self.value.is_array:
            for member in self.value.members:
                if member.key == key:
                    yield self._entry(member)
        elif self.path and self.value is not None and not isinstance(self.value, dict):
            self.skip("expected table")

    def skip(self, reason: str, key: str | None = None) -> None:
        """Note that this entry, or its member `key`, was not read."""
        outer = TableReader(values={}, path="", skipped=self.skipped)
        path = self.path or "document"
        outer.skip(path if key is None else f"{path}.{key}", reason)

    def refuse(self, reason: str) -> None:
        """Note that the tool refuses the whole document for this entry."""
        TableReader(values={}, path="", skipped=self.skipped).refuse(
            self.path or "document", reason
        )

    def _entry(self, member: Member) -> Entry:
        """Return a member of this entry as an entry of its own."""
        key = member.key
        is_array = isinstance(self.value, Node) and self.value.is_array
        shown = f"[{key}]" if is_array else key[:LONGEST_KEY]
        dot = "." if self.path and not is_array else ""
        return Entry(
            key,
            member.value,
            f"{self.path}{dot}{shown}",
            self.skipped,
            member.first,
            member.last,
        )
