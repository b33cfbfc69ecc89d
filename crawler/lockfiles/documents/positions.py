"""Where the entries of a TOML document stand; tomli itself tells no positions.

The scanner knows every spelling of TOML 1.1 (comments, four kinds of strings, quoted and dotted keys,
escapes, inline tables over several lines). It trusts that the text was parsed before, and follows only
the keys that hold artifacts: everything deeper is skipped by counting brackets, so depth costs nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from crawler.lockfiles.documents.tokens import (
    LostError,
    blank,
    comma,
    key,
    next_statement,
    skip,
    space,
)
from crawler.model import LineSpan

__all__ = ["ANY", "LOCK", "STRINGS", "Index", "Wanted"]

Wanted = Mapping[str, "Wanted"]
"""The keys whose places are asked for, and the keys below each of them."""

ANY = "*"
"""Stands for every key."""
STRINGS: Wanted = {"[]": {}}
"""An array whose strings are asked for as well, not only its tables."""
_PLACES: Wanted = {
    key: {} for key in ("sdist", "wheels", "archive", "vcs", "directory", "source", "files")
}
LOCK: Wanted = {
    "package": _PLACES,
    "distribution": _PLACES,
    "packages": _PLACES,
    "root": {},
    "metadata": {"files": {ANY: {}}, "hashes": {ANY: STRINGS}},
}
_MOST_ENTRIES = 100_000
"""Of free names or strings in one table or array; later ones have the lines of what is around them."""
_LINE_END = re.compile(r"\n")


class _Node:
    """An entry: offsets of its first and last character so far, and the entries inside."""

    __slots__ = ("first", "items", "last", "named", "parent", "wanted")

    def __init__(self, parent: _Node | None, wanted: Wanted) -> None:
        """Begin an entry in `parent` below which `wanted` is asked for."""
        self.parent = parent
        self.wanted = wanted
        self.first = self.last = -1
        self.named: dict[str, _Node] = {}
        self.items: list[_Node] = []

    def touch(self, first: int, last: int) -> None:
        """Say that the characters from `first` to `last` belong here and to all that is around."""
        node: _Node | None = self
        while node is not None:
            if node.first < 0:
                node.first = first
            node.last = max(node.last, last)
            node = node.parent

    def child(self, name: str) -> _Node | None:
        """Return the entry called `name`, made where missing, or None where nobody asks for it."""
        known = self.named.get(name)
        if known is not None:
            return known
        wanted = self.wanted.get(name)
        if wanted is None and len(self.named) < _MOST_ENTRIES:
            wanted = self.wanted.get(ANY)
        if wanted is None:
            return None
        made = self.named[name] = _Node(self, wanted)
        return made

    def add(self) -> _Node:
        """Append an element to the array that this is."""
        made = _Node(self, self.wanted)
        self.items.append(made)
        return made

    def takes(self, start: str) -> bool:
        """Say whether an element that begins with `start` is one whose place is asked for."""
        if start == "{":
            return True
        return start in "\"'" and "[]" in self.wanted and len(self.items) < _MOST_ENTRIES

    @property
    def current(self) -> _Node:
        """The table that a header speaks of: of an array of tables the last one."""
        return self.items[-1] if self.items else self

    def at(self, path: Sequence[str]) -> tuple[_Node, bool]:
        """Return the deepest known entry on `path`, and whether that is the whole way."""
        node = self
        for name in path:
            found = node.current.child(name)
            if found is None:
                return node.current, False
            node = found
        return node, True


class Index:
    """Lines of the entries of one text; the work is done when first asked for."""

    def __init__(self, text: str, wanted: Wanted = LOCK) -> None:
        """Index the entries `wanted` of `text`, whose lines end with LF."""
        self._text = text
        self._wanted = wanted
        self._root: _Node | None = None
        self._ends: list[int] = []

    def lines(self, path: Sequence[str | int]) -> LineSpan:
        """Return the lines of the entry at `path`; of the nearest one around it where unknown."""
        if self._root is None:
            self._root = _scan(self._text, self._wanted)
            self._ends = [found.start() for found in _LINE_END.finditer(self._text)]
        node = self._root
        for step in path:
            if isinstance(step, str):
                inner = node.named.get(step)
            else:
                inner = node.items[step] if step < len(node.items) else None
            if inner is None or inner.first < 0:
                break
            node = inner
        return LineSpan(first=self._line(node.first), last=self._line(node.last))

    def _line(self, offset: int) -> int:
        return bisect_left(self._ends, max(offset, 0)) + 1


def _scan(text: str, wanted: Wanted) -> _Node:
    """Walk over all statements of `text`; stop where it is no TOML."""
    root = around = _Node(None, wanted)
    known = True
    position = blank(text, 0)
    try:
        while position < len(text):
            if text[position] == "[":
                around, known, end = _header(text, position, root)
            else:
                end = _pair(text, position, around, known=known)
            position = next_statement(text, end)
    except (LostError, IndexError):
        pass
    return root


def _header(text: str, start: int, root: _Node) -> tuple[_Node, bool, int]:
    """Read `[a.b]` or `[[a.b]]`; return its table or the one around it, whether it is known, and its end."""
    brackets = 2 if text.startswith("[[", start) else 1
    path, end = key(text, start + brackets)
    end += brackets
    node, known = root.at(path)
    if known:
        node = node.add() if brackets > 1 else node.current
    node.touch(start, end - 1)
    return node, known, end


def _pair(text: str, start: int, around: _Node, *, known: bool) -> int:
    """Read `key = value` in the table `around`; return where the value ends."""
    path, value = key(text, start)
    if text[value] != "=":
        raise LostError
    value = space(text, value + 1)
    node = around
    if known:
        node, known = around.at(path)
    end = _value(text, value, node) if known else skip(text, value)
    node.touch(start, end - 1)
    return end


def _value(text: str, position: int, node: _Node) -> int:
    """Read a value that holds entries; return where it ends."""
    match text[position]:
        case "[":
            return _array(text, position, node)
        case "{" if node.wanted:
            return _inline_table(text, position, node)
        case _:
            return skip(text, position)


def _array(text: str, position: int, node: _Node) -> int:
    position = blank(text, position + 1)
    while (start := text[position]) != "]":
        item = node.add() if node.takes(start) else None
        if item is not None and start == "{" and item.wanted:
            end = _inline_table(text, position, item)
        else:
            end = skip(text, position)
        if item is None:
            node.items.append(node)  # no table; millions of them must cost nothing
        else:
            item.first, item.last = position, end - 1
        position = comma(text, end)
    return position + 1


def _inline_table(text: str, position: int, node: _Node) -> int:
    position = blank(text, position + 1)
    while text[position] != "}":
        position = comma(text, _pair(text, position, node, known=True))
    return position + 1
