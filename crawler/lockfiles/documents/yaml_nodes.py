"""The tree of a YAML text, the lines of its nodes, and the keys that stand in it twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.model import LineSpan

__all__ = ["Places", "YamlDocument"]

_MOST_ROUNDS = 4
_Collection = dict[str, object] | list[object]


@dataclass(slots=True)
class Places:
    """Where collections and the elements of sequences stand; the tree keeps the collections alive."""

    _spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    _items: dict[int, list[int]] = field(default_factory=dict)

    def span(self, node: _Collection, first: int, last: int) -> None:
        """Say on which lines `node` stands, its key or dash included."""
        self._spans[id(node)] = (first, last)

    def open_list(self, node: list[object]) -> None:
        """Say that `node` is a new sequence."""
        self._items[id(node)] = []

    def add_item(self, node: list[object], line: int) -> None:
        """Say where the next element of `node` begins."""
        self._items[id(node)].append(line)

    def lines(self, node: _Collection) -> LineSpan:
        """Return the lines of `node`, its key or dash included."""
        first, last = self._spans[id(node)]
        return LineSpan(first=first, last=last)

    def item(self, node: list[object], number: int) -> LineSpan:
        """Return the lines of element `number` of `node`; of a scalar its first line."""
        value = node[number]
        if isinstance(value, (dict, list)):
            return self.lines(value)
        line = self._items[id(node)][number]
        return LineSpan(first=line, last=line)

    def adopt(self, other: Places, line: int) -> None:
        """Take over what `other` knows of nodes that all stand on `line`."""
        self._spans.update(dict.fromkeys(other._spans, (line, line)))
        self._items.update({node: [line] * len(items) for node, items in other._items.items()})

    def join(self, node: _Collection, other: _Collection) -> None:
        """Say that `other` was taken into `node`."""
        first, last = self._spans[id(node)]
        more_first, more_last = self._spans[id(other)]
        self._spans[id(node)] = (min(first, more_first), max(last, more_last))
        if isinstance(node, list):
            self._items[id(node)] += self._items[id(other)]


@dataclass(slots=True)
class YamlDocument:
    """All documents of one YAML text."""

    places: Places
    roots: list[object] = field(default_factory=list)
    repeated: list[tuple[int, str]] = field(default_factory=list)
    """Line and name of each key that its mapping already has."""
    kept: list[object] = field(default_factory=list)
    """What must live as long as the document, for `places` knows nodes by their identity."""
    _others: dict[tuple[int, str], tuple[dict[str, object], list[object]]] = field(
        default_factory=dict
    )

    def repeat(self, node: dict[str, object], key: str, value: object, line: int) -> None:
        """Take the second `value` of `key`: tools differ in which one counts, so both do."""
        self.repeated.append((line, key))
        self._merge(node, key, value)

    def rounds(self) -> Iterator[None]:
        """Put every value of a repeated key in its place, one after the other.

        Collections under a repeated key are united and need one round; scalars at most four, of
        which the first is the tree as it was built.
        """
        yield None
        most = max((len(values) for _, values in self._others.values()), default=0)
        for number in range(min(most, _MOST_ROUNDS - 1)):
            for (_, key), (node, values) in self._others.items():
                node[key] = values[min(number, len(values) - 1)]
            yield None

    def _merge(self, node: dict[str, object], key: str, value: object) -> None:
        old = node[key]
        if isinstance(old, dict) and isinstance(value, dict):
            for inner, more in value.items():
                if inner in old:
                    self._merge(old, inner, more)
                else:
                    old[inner] = more
                for other in self._others.pop((id(value), inner), (value, []))[1]:
                    self._merge(old, inner, other)
            self.places.join(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            old.extend(value)
            self.places.join(old, value)
        elif old != value:
            self._others.setdefault((id(node), key), (node, []))[1].append(value)
