"""Where the entries of a TOML document stand; tomli itself tells no positions.

The scanner knows every spelling of TOML 1.1 (comments, four kinds of strings, quoted and dotted keys,
escapes, inline tables over several lines). It trusts that the text was parsed before, and follows only
the keys that hold artifacts: everything deeper is skipped by counting brackets, so depth costs nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from crawler.lockfiles.documents.tokens import LostError, blank, comma, key, line_end, skip, space
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
_TAILS = frozenset(
    {"", "[metadata]", "[metadata.files]", "[metadata.hashes]", "[extras]", "[[patch.unused]]"}
)
"""Headers that follow the last package (poetry, pdm, Cargo); none could be an array; and the end."""

_NOTHING = frozenset({"", "#"})


@dataclass(slots=True)
class _Node:
    """An entry: offsets of its first and last character so far, and the entries inside."""

    parent: _Node | None
    wanted: Wanted
    """What is asked for below this entry."""
    first: int = -1
    last: int = -1
    named: dict[str, _Node] = field(default_factory=dict)
    items: list[_Node] = field(default_factory=list)

    def touch(self, first: int, last: int) -> None:
        """Say that the characters from `first` to `last` belong here and to all that is around."""
        node: _Node | None = self
        while node is not None:
            node.first = first if node.first < 0 else min(node.first, first)
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
        return None if wanted is None else self.named.setdefault(name, _Node(self, wanted))

    def add(self) -> _Node:
        """Append an element to the array that this is."""
        self.items.append(_Node(self, self.wanted))
        return self.items[-1]

    def takes(self, start: str) -> bool:
        """Say whether an element that begins with `start` is one whose place is asked for."""
        if start == "{":
            return True
        return start in "\"'" and "[]" in self.wanted and len(self.items) < _MOST_ENTRIES

    def pass_over(self) -> _Node:
        """Count an element that is no table; millions of them must cost nothing."""
        self.items.append(self)
        return self

    @property
    def current(self) -> _Node:
        """The table that a header speaks of: of an array of tables the last one."""
        return self.items[-1] if self.items else self

    def at(self, path: Sequence[str]) -> tuple[_Node, bool]:
        """Return the deepest known entry on `path`, and whether that is the whole way."""
        node = self.current
        for count, name in enumerate(path, start=1):
            found = node.child(name)
            if found is None:
                return node, False
            node = found if count == len(path) else found.current
        return node, True


class Index:
    """Lines of the entries of one text; the work is done when first asked for."""

    def __init__(self, text: str, wanted: Wanted = LOCK) -> None:
        """Index the entries `wanted` of `text`, whose lines end with LF."""
        self._text = text
        self._wanted = wanted
        self._root: _Node | None = None
        self._starts: list[int] = []
        self._blocks: dict[str, list[LineSpan]] = {}

    def exact(self, path: Sequence[str | int]) -> LineSpan:
        """Return the lines of the entry at `path`; of the nearest one around it where unknown."""
        if self._root is None:
            self._root = _scan(self._text, self._wanted)
        node = self._root
        for step in path:
            inner = _step(node, step)
            if inner is None or inner.first < 0:
                break
            node = inner
        return LineSpan(first=self._line(max(node.first, 0)), last=self._line(max(node.last, 0)))

    def block(self, root: str, number: int, count: int) -> LineSpan | None:
        """Return the lines of block `number` of `count` `[[root]]` blocks, or None.

        None where the text is not plainly laid out; then `exact` knows better.
        """
        if root not in self._blocks:
            plain = '"""' not in self._text and "'''" not in self._text
            self._blocks[root] = _plain_blocks(self._text, root) if plain else []
        blocks = self._blocks[root]
        return blocks[number] if len(blocks) == count else None

    def _line(self, offset: int) -> int:
        if not self._starts:
            lengths = (len(line) + 1 for line in self._text.split("\n"))
            self._starts = list(accumulate(lengths, initial=0))
        return bisect_right(self._starts, offset)


def _plain_blocks(text: str, root: str) -> list[LineSpan]:
    """Return the lines of each `[[root]]` block, blanks behind it left off; empty where unsure."""
    header, inner = f"[[{root}]]", (f"[{root}.", f"[[{root}.")
    starts: list[int] = []
    ends: list[int] = []
    for number, line, before in _brackets(text):
        inside = len(starts) > len(ends)
        ours = line == header or line.lstrip().startswith(inner)
        if starts and not (inside if ours else line in _TAILS):
            return []
        if inside and (line == header or not ours):
            ends.append(before)
        if line == header:
            starts.append(number)
    return [LineSpan(first=first, last=last) for first, last in zip(starts, ends, strict=True)]


def _brackets(text: str) -> Iterator[tuple[int, str, int]]:
    """Yield each line that begins with a bracket: number, text, number of the last line before it.

    Lines that are blank or a comment do not count as a line before; the end of the text is yielded
    as an empty line.
    """
    before = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line:
            continue
        start = line[0] if line[0] > " " else line.lstrip()[:1]
        if start == "[":
            yield number, line, before
        if start not in _NOTHING:
            before = number
    yield 0, "", before


def _step(node: _Node, step: str | int) -> _Node | None:
    if isinstance(step, str):
        return node.named.get(step)
    return node.items[step] if step < len(node.items) else None


def _scan(text: str, wanted: Wanted) -> _Node:
    """Walk over all statements of `text`; stop where it is no TOML."""
    root = _Node(None, wanted)
    header: list[str] = []
    position = blank(text, 0)
    try:
        while position < len(text):
            if text[position] == "[":
                header, end = _header(text, position, root)
            else:
                end = _pair(text, position, root, header)
            position = blank(text, line_end(text, end))
    except (LostError, IndexError):
        pass
    return root


def _header(text: str, start: int, root: _Node) -> tuple[list[str], int]:
    """Read `[a.b]` or `[[a.b]]`; return its key and where it ends."""
    array = text.startswith("[[", start)
    path, end = key(text, start + (2 if array else 1))
    end += 2 if array else 1
    node, known = root.at(path)
    target = node.add() if array and known else node.current if known else node
    target.touch(start, end - 1)
    return path, end


def _pair(text: str, start: int, around: _Node, header: Sequence[str]) -> int:
    """Read `key = value`; return where the value ends."""
    path, equals = key(text, start)
    if text[equals] != "=":
        raise LostError
    value = space(text, equals + 1)
    node, known = around.at([*header, *path])
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
    while text[position] != "]":
        item = node.add() if node.takes(text[position]) else node.pass_over()
        inline = text[position] == "{" and bool(node.wanted)
        end = _inline_table(text, position, item) if inline else skip(text, position)
        item.touch(position, end - 1)
        position = comma(text, end)
    return position + 1


def _inline_table(text: str, position: int, node: _Node) -> int:
    position = blank(text, position + 1)
    while text[position] != "}":
        position = comma(text, _pair(text, position, node, ()))
    return position + 1
