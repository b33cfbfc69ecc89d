"""Where the entries of a TOML document stand; tomli itself tells no positions.

The scanner knows every spelling of TOML 1.1 (comments, four kinds of strings, quoted and dotted keys,
escapes, inline tables over several lines). It trusts that the text was parsed before, and follows only
the keys that hold artifacts: everything deeper is skipped by counting brackets, so depth costs nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import tomli

from crawler.model import LineSpan

__all__ = ["STRING", "Index"]

_ROOTS = frozenset({"package", "distribution", "packages"})
_PLACES = frozenset({"sdist", "wheels", "archive", "vcs", "directory", "source"})
_WANTED = (_ROOTS, _PLACES)

STRING = (
    r'"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+"""(?:""?)?'
    r"|'''(?:[^']++|'(?!''))*+'''(?:''?)?"
    r'|"(?:[^"\\\n]++|\\.)*+"'
    r"|'[^'\n]*+'"
)
"""A TOML string of any of the four kinds."""
_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_SPACE = re.compile(r"[ \t]*+")
_LINE = re.compile(r"[^\n]*+")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+'""")
_SCALAR = re.compile(rf"""{STRING}|[^"'\[\]{{}},#\n]++""")
_TO_BRACKET = re.compile(rf"""(?:[^"'\[\]{{}}#]++|{STRING}|#[^\n]*+)*+""")
_HEADER_LINE = re.compile(r"\n[ \t]*+\[[^\n]*+")


class _LostError(Exception):
    """The text is not what a parser would have accepted."""


@dataclass(slots=True)
class _Node:
    """An entry: offsets of its first and last character so far, and the entries inside."""

    parent: _Node | None
    level: int
    """How many names lead here: 0 document, 1 package, 2 artifact."""
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
        if self.level >= len(_WANTED) or name not in _WANTED[self.level]:
            return None
        return self.named.setdefault(name, _Node(self, self.level + 1))

    def add(self) -> _Node:
        """Append an element to the array that this is."""
        self.items.append(_Node(self, self.level))
        return self.items[-1]

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

    def __init__(self, text: str) -> None:
        """Index `text`, whose lines end with LF."""
        self._text = text
        self._root: _Node | None = None
        self._starts: list[int] = []
        self._blocks: dict[str, list[int]] = {}

    def exact(self, path: Sequence[str | int]) -> LineSpan:
        """Return the lines of the entry at `path`; of the nearest one around it where unknown."""
        if self._root is None:
            self._root = _scan(self._text)
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
        starts = self._blocks[root]
        if len(starts) != count + 1:
            return None
        lines = self._text[starts[number] : starts[number + 1]].split("\n")
        while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
            lines.pop()
        first = self._line(starts[number])
        return LineSpan(first=first, last=first + len(lines) - 1)

    def _line(self, offset: int) -> int:
        if not self._starts:
            lengths = (len(line) + 1 for line in self._text.split("\n"))
            self._starts = list(accumulate(lengths, initial=0))
        return bisect_right(self._starts, offset)


def _plain_blocks(text: str, root: str) -> list[int]:
    """Return where each `[[root]]` line starts and where the last block ends; empty where unsure."""
    starts = []
    for header in _HEADER_LINE.finditer("\n" + text):
        line = header[0]
        if line == f"\n[[{root}]]":
            starts.append(header.start())
        elif starts and not line.lstrip().startswith((f"[{root}.", f"[[{root}.")):
            return []
    return [*starts, len(text)]


def _step(node: _Node, step: str | int) -> _Node | None:
    if isinstance(step, str):
        return node.named.get(step)
    return node.items[step] if step < len(node.items) else None


def _scan(text: str) -> _Node:
    """Walk over all statements of `text`; stop where it is no TOML."""
    root = _Node(None, 0)
    header: list[str] = []
    position = _blank(text, 0)
    try:
        while position < len(text):
            if text[position] == "[":
                header, end = _header(text, position, root)
            else:
                end = _pair(text, position, root, header)
            position = _blank(text, _match(_LINE, text, end))
    except (_LostError, IndexError):
        pass
    return root


def _header(text: str, start: int, root: _Node) -> tuple[list[str], int]:
    """Read `[a.b]` or `[[a.b]]`; return its key and where it ends."""
    array = text.startswith("[[", start)
    path, end = _key(text, start + (2 if array else 1))
    end += 2 if array else 1
    node, known = root.at(path)
    target = node.add() if array and known else node.current if known else node
    target.touch(start, end - 1)
    return path, end


def _pair(text: str, start: int, around: _Node, header: Sequence[str]) -> int:
    """Read `key = value`; return where the value ends."""
    path, equals = _key(text, start)
    if text[equals] != "=":
        raise _LostError
    value = _match(_SPACE, text, equals + 1)
    node, known = around.at([*header, *path])
    end = _value(text, value, node) if known else _skip(text, value)
    node.touch(start, end - 1)
    return end


def _key(text: str, position: int) -> tuple[list[str], int]:
    """Read a dotted key; return its parts and the offset behind it and its spaces."""
    parts = []
    while True:
        part = _KEY_PART.match(text, _match(_SPACE, text, position))
        if part is None:
            raise _LostError
        parts.append(_unquote(part[0]))
        position = _match(_SPACE, text, part.end())
        if text[position] != ".":
            return parts, position
        position += 1


def _unquote(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] != '"' or "\\" not in part:
        return part.strip('"')
    try:
        return str(tomli.loads(f"key = {part}")["key"])
    except ValueError as error:
        raise _LostError from error


def _value(text: str, position: int, node: _Node) -> int:
    """Read a value that holds entries; return where it ends."""
    match text[position]:
        case "[":
            return _array(text, position, node)
        case "{" if node.level < len(_WANTED):
            return _inline_table(text, position, node)
        case _:
            return _skip(text, position)


def _array(text: str, position: int, node: _Node) -> int:
    position = _blank(text, position + 1)
    while text[position] != "]":
        item = node.add() if text[position] == "{" else node.pass_over()
        inline = item is not node and node.level < len(_WANTED)
        end = _inline_table(text, position, item) if inline else _skip(text, position)
        item.touch(position, end - 1)
        position = _comma(text, end)
    return position + 1


def _inline_table(text: str, position: int, node: _Node) -> int:
    position = _blank(text, position + 1)
    while text[position] != "}":
        position = _comma(text, _pair(text, position, node, ()))
    return position + 1


def _comma(text: str, position: int) -> int:
    position = _blank(text, position)
    if text[position] == ",":
        return _blank(text, position + 1)
    if text[position] not in "]}":
        raise _LostError
    return position


def _skip(text: str, position: int) -> int:
    """Return where the value that starts at `position` ends."""
    if text[position] not in "[{":
        end = _match(_SCALAR, text, position)
        if end == position:
            raise _LostError
        return end
    depth = 0
    while True:
        position = _match(_TO_BRACKET, text, position)
        depth += 1 if text[position] in "[{" else -1
        position += 1
        if depth == 0:
            return position


def _blank(text: str, position: int) -> int:
    return _match(_BLANK, text, position)


def _match(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where `pattern` ends that starts at `position`; `position` itself where it does not."""
    found = pattern.match(text, position)
    return position if found is None else found.end()
