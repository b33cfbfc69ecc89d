"""Objects in which a key is written twice: every value in at least one version of the object.

Parsers differ in which of the values they take (RFC 8259, 4: "unpredictable"), so all are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.errors import TooLarge

__all__ = ["Doubles", "Versions"]

_MOST_COPIES = 200_000
"""Members that may be copied for all versions of one document together."""
_MOST_NOTED = 100


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of one object."""

    tables: list[object]


@dataclass(slots=True)
class Doubles:
    """Watches the decoding of one document for keys that are written twice."""

    seen: bool = False
    """Whether a decoded value may hold versions."""
    keys: list[str] = field(default_factory=list)
    """Those that were; at most 100."""
    _copies: int = 0

    def table(self, pairs: list[tuple[str, object]]) -> object:
        """Return the object made of `pairs`: a dict, or `Versions` where a key is written twice."""
        table = dict(pairs)
        if not self.seen and len(table) == len(pairs):
            return table
        self.seen = True
        if len(table) != len(pairs):
            self._note([key for key, _ in pairs])
        choices: dict[str, list[object]] = {}
        for key, value in pairs:
            choices.setdefault(key, []).extend(self.versions(value))
        count = max(map(len, choices.values()), default=1)
        self._spend(count * len(choices) if count > 1 else 0)
        tables: list[object] = [
            {key: found[min(number, len(found) - 1)] for key, found in choices.items()}
            for number in range(count)
        ]
        return tables[0] if count == 1 else Versions(tables)

    def versions(self, value: object) -> list[object]:
        """Return what `value` may stand for; more than one where a key inside is written twice."""
        if isinstance(value, Versions):
            return value.tables
        if not isinstance(value, list):
            return [value]
        choices = [self.versions(element) for element in value]
        count = max(map(len, choices), default=1)
        if count == 1:
            return [value]
        self._spend(count * len(choices))
        return [
            [found[min(number, len(found) - 1)] for found in choices] for number in range(count)
        ]

    def mark(self) -> tuple[bool, int]:
        """Return a mark to which `forget` goes back."""
        return self.seen, len(self.keys)

    def forget(self, mark: tuple[bool, int], value: object) -> object:
        """Return `value` as most parsers have it, its doubles unnoted: nobody reads pins from it."""
        self.seen = mark[0]
        del self.keys[mark[1] :]
        return value.tables[-1] if isinstance(value, Versions) else value

    def note_walked(self, keys: Sequence[str]) -> None:
        """Note the keys of a walked object that occur twice; its members are kept as they are."""
        if len(set(keys)) != len(keys):
            self._note(keys)

    def _note(self, keys: Sequence[str]) -> None:
        known: set[str] = set()
        for key in keys:
            if key in known and len(self.keys) < _MOST_NOTED:
                self.keys.append(key)
            known.add(key)

    def _spend(self, copies: int) -> None:
        self._copies += copies
        if self._copies > _MOST_COPIES:
            raise TooLarge("too many keys that are written twice")
