"""What requires what in a lock: entries, the roots of the project, and what leads from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

__all__ = ["Release", "Requirements", "table_of", "tables_in"]

Release: TypeAlias = "tuple[str, str | None]"
"""Name, normalised, and version of an entry."""
_Entry = TypeVar("_Entry", bound=Hashable)
_Need = TypeVar("_Need", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements(Generic[_Entry, _Need]):
    """The entries of one lock, by number or location, and what is needed as they call it."""

    releases: Mapping[_Entry, Release]
    roots: Collection[_Entry]
    """The project, its members, and what is not judged."""
    needs: Callable[[_Entry], Iterable[_Need]]
    """Tells what an entry needs."""
    meant: Callable[[_Need], Iterable[_Entry]]
    """Tells which entries fulfil a need; asked once for each."""

    def orphans(self) -> frozenset[Release]:
        """Return the releases to no entry of which a root leads, over however many others."""
        reached: set[_Entry] = set()
        asked: set[_Need] = set()
        ready = list(self.roots)
        while ready:
            entry = ready.pop()
            if entry not in reached:
                reached.add(entry)
                needs = set(self.needs(entry)) - asked
                asked |= needs
                ready += (other for need in needs for other in self.meant(need))
        required = {self.releases[one] for one in self.releases.keys() & reached}
        return frozenset(self.releases.values()) - required


def table_of(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the table at `key`; an empty one where there is none."""
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def tables_in(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the tables of the array at `key`; none where there is no array."""
    value = table.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
