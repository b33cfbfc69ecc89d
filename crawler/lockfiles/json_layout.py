"""JSON as programs write it, one member to a line: decoded in one go, its lines counted afterwards.

The walk of `json_document` costs more than the decoding. Where each member of an object begins a line
of its own, as deep as its neighbours, the text can be cut at those lines instead. Cutting is only
believed where it is proven: no key is written twice, no string holds a brace, every piece has as many
`{` as `}` and no blanks behind it, there are as many pieces as members, and all other objects lie between
what is cut out. Anything else is left to the walk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, repeat
from operator import add, sub
from typing import Union, cast

from crawler.lockfiles.json_entries import Member, Node

__all__ = ["Odd", "Shape", "inner_shape", "laid_out"]

Shape = Mapping[str, Union["Shape", None]]
"""Which members are walked: by key, or all (and the elements of an array) by `*`.

`{"packages": {}}` tells the lines of every member of `packages`. Where an object has no `*` only its
members that are named are sure to have lines of their own.
"""

_member = cast("Callable[[tuple[object, ...]], Member]", partial(tuple.__new__, Member))
"""Makes a member of its fields without a call into Python."""
_BLANKS = (" ", "\t", "\n", "\r")
_UNIT = re.compile(r'\{\n([ ]{1,8}|\t)"')


class Odd(Exception):
    """The text is not laid out so that its lines can be told by cutting."""


def laid_out(text: str, value: object, shape: Shape, objects: int) -> object:
    """Return `value`, decoded from `text`, with what `shape` names as nodes that know their lines.

    `objects` is the number of objects in `text`; no key is written twice in any of them.

    Raises:
        Odd: the text has another layout.
    """
    if not isinstance(value, dict):
        raise Odd
    body = text.strip(" \t\n\r")
    first = text.count("\n", 0, text.index("{")) + 1
    if "\n" not in body:
        return _on_one_line(value, shape, first)
    unit = _UNIT.match(body)
    if unit is None:
        raise Odd
    cutter = _Cutter(unit[1])
    node = cutter.node(body, first, value, shape, 0)
    if cutter.braces != objects:
        raise Odd
    return node


def inner_shape(shape: Shape, key: str) -> tuple[Shape | None, bool]:
    """Return the shape of a member, and whether it is sure to have something to walk."""
    if key in shape and key != "*":
        return shape[key], True
    inner = shape.get("*")
    return inner, not inner or "*" in inner


def _is_walked(value: object, shape: Shape, *, sure: bool) -> bool:
    if isinstance(value, dict):
        return sure or not shape.keys().isdisjoint(value)
    return isinstance(value, list)


def _on_one_line(value: object, shape: Shape, line: int) -> Node:
    """Return the node of an object or array that does not go beyond `line`."""
    is_array = isinstance(value, list)
    members: list[Member] = []
    for key, held in _pairs(value):
        inner, sure = inner_shape(shape, "*" if is_array else key)
        if inner is not None and _is_walked(held, inner, sure=sure):
            held = _on_one_line(held, inner, line)  # noqa: PLW2901 - its node stands for it
        members.append(Member(key, held, line, line))
    return Node(members, is_array)


def _pairs(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from zip(map(str, range(len(value))), value, strict=True)


class _Cutter:
    """Cuts one text; every brace of it is counted once."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self.braces = 0

    def node(self, text: str, first: int, value: object, shape: Shape, depth: int) -> Node:
        """Return the node of `value`, whose `text` begins on line `first`, `depth` levels deep."""
        if not isinstance(value, dict):
            return self._array(text, first, value, shape, depth)
        if not shape or "*" in shape:
            return self._object(text, first, value, shape, depth)
        return self._named(text, first, value, shape, depth)

    def _named(
        self, text: str, first: int, value: Mapping[str, object], shape: Shape, depth: int
    ) -> Node:
        """Look only for the members that `shape` names; what lies between them is not cut."""
        members = {key: Member(key, held, first, first) for key, held in value.items()}
        walked = {
            key: (held, inner)
            for key, held in value.items()
            if (inner := shape.get(key)) is not None and isinstance(held, (dict, list))
        }
        between: list[str] = []
        at = 0
        line = first
        for key, (held, inner) in walked.items():
            head = f'{self._indent(depth + 1)}"{key}": '
            begin = text.find(head, at) + len(head)
            end = self._end(text, begin, held, depth + 1)
            if begin < len(head) or end < begin:
                raise Odd
            between.append(text[at:begin])
            line += between[-1].count("\n")
            node = self.node(text[begin:end], line, held, inner, depth + 1)
            last = node.members[-1].last + 1 if node.members else line
            members[key] = Member(key, node, line, last)
            at, line = end, last
        between.append(text[at:])
        self._check_between(between, [held for key, held in value.items() if key not in walked])
        return Node(list(members.values()), is_array=False)

    def _check_between(self, parts: Sequence[str], others: Iterable[object]) -> None:
        """See that an object and its `others`, the members that are not walked, are all of `parts`.

        Else what was cut out ends too late, with a part of another member.
        """
        opened = list(map(str.count, parts, repeat("{")))
        closed = map(str.count, parts, repeat("}"))
        depths = list(accumulate(map(sub, opened, closed)))
        expected = 1 + sum(map(_count_objects, others))
        if depths != [*repeat(1, len(parts) - 1), 0] or sum(opened) != expected:
            raise Odd
        self.braces += sum(opened)

    def _end(
        self, text: str, begin: int, held: Sequence[object] | Mapping[str, object], depth: int
    ) -> int:
        """Return where the object or array that begins at `begin` ends, if it is laid out."""
        closer = "}" if isinstance(held, dict) else "]"
        if not held:
            return begin + 2
        closing = self._indent(depth) + closer
        return text.find(closing, begin) + len(closing)

    def _object(
        self, text: str, first: int, value: Mapping[str, object], shape: Shape, depth: int
    ) -> Node:
        self.braces += 1
        if not value:
            return _empty(text, "{}", is_array=False)
        pieces, gap = self._pieces(text, '{}"', depth, len(value))
        opened = list(map(str.count, pieces, repeat("{")))
        self._check(pieces, value, opened)
        if opened != list(map(str.count, pieces, repeat("}"))):
            raise Odd
        if not all(map(str.startswith, pieces, [f'{key}":' for key in value])):
            raise Odd
        members = _members(value, value.values(), pieces, first + 1, gap)
        if shape:
            members = [
                self._inner(m, p, shape, depth) for m, p in zip(members, pieces, strict=True)
            ]
        return Node(members, is_array=False)

    def _array(self, text: str, first: int, value: object, shape: Shape, depth: int) -> Node:
        if not isinstance(value, list) or not all(type(element) is dict for element in value):
            raise Odd
        if not value:
            return _empty(text, "[]", is_array=True)
        pieces, gap = self._pieces(text, "[]{", depth, len(value))
        opened = list(map(str.count, pieces, repeat("{")))
        self._check(pieces, value, opened)
        self.braces += len(pieces)
        closed = list(map(str.count, pieces, repeat("}")))
        if closed != list(map(add, opened, repeat(1))) or not pieces[-1].endswith("}"):
            raise Odd
        members = _members(map(str, range(len(value))), value, pieces, first + 1, gap)
        if shape:
            members = [
                self._inner(m, f": {{{p}", shape, depth, is_array=True)
                for m, p in zip(members, pieces, strict=True)
            ]
        return Node(members, is_array=True)

    def _pieces(self, text: str, signs: str, depth: int, count: int) -> tuple[list[str], int]:
        """Cut the members apart; return them and the number of line ends between two of them."""
        opener, closer, begin = tuple(signs)
        indent = self._indent(depth + 1) + begin
        head, tail = opener + indent, self._indent(depth) + closer
        if not (text.startswith(head) and text.endswith(tail)):
            raise Odd
        body = text[len(head) : -len(tail)]
        pieces = body.split(f",{indent}")
        return (pieces, 1) if len(pieces) == count else (body.split(f",\n{indent}"), 2)

    def _check(
        self,
        pieces: Sequence[str],
        value: Mapping[str, object] | Sequence[object],
        opened: Sequence[int],
    ) -> None:
        if len(pieces) != len(value) or any(map(str.endswith, pieces, repeat(_BLANKS))):
            raise Odd
        self.braces += sum(opened)

    def _inner(
        self, member: Member, piece: str, shape: Shape, depth: int, *, is_array: bool = False
    ) -> Member:
        """Return `member` with its value as a node, where `shape` has it walked."""
        inner, sure = inner_shape(shape, "*" if is_array else member.key)
        if inner is None or not _is_walked(member.value, inner, sure=sure):
            return member
        text = piece if is_array else piece[len(member.key) + 1 :]
        if not text.startswith(": "):
            raise Odd
        braces = self.braces
        node = self.node(text[2:].rstrip(), member.first, member.value, inner, depth + 1)
        self.braces = braces
        return member._replace(value=node)

    def _indent(self, depth: int) -> str:
        return "\n" + self._unit * depth


def _count_objects(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_count_objects, value.values()))
    return sum(map(_count_objects, value)) if isinstance(value, list) else 0


def _empty(text: str, stated: str, *, is_array: bool) -> Node:
    if text != stated:
        raise Odd
    return Node([], is_array)


def _members(
    keys: Iterable[str],
    values: Iterable[object],
    pieces: Sequence[str],
    first: int,
    gap: int,
) -> list[Member]:
    """Return the members with their lines, the first of which begins on line `first`."""
    inside = list(map(str.count, pieces, repeat("\n")))
    firsts = list(accumulate(map(add, inside, repeat(gap)), initial=first))
    return list(map(_member, zip(keys, values, firsts, map(add, firsts, inside), strict=False)))
