"""JSON locks told as a whole: decoded in one go, without the lines that only pins need.

Whatever takes more than that (a key written twice, a limit, a broken text) is left to `json_document`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from crawler.errors import Malformed

__all__ = ["Table", "decode_table", "tables"]

Table = Mapping[str, object]

_LARGE = 2_000_000
"""Characters; the largest of 129 real locks of npm has 1.1 million."""
_MOST_VALUES = 500_000
_DEEPEST = 20
"""Levels of objects and arrays; the deepest of 1,300 real locks has 17."""
_MOST_DIGITS = 1000
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_OTHER = bytes(set(range(256)) - set(b'":[]{}'))


def decode_table(text: str) -> Table:
    """Return the object that `text` is, in none of whose objects a key is written twice.

    Raises:
        Malformed: it is something else, or may be something else to whoever reads it exactly.
    """
    if len(text) > _LARGE and sum(map(text.count, "{[,")) > _MOST_VALUES:
        raise Malformed("too much to be decoded twice")
    keys = _count_keys(text)
    found = 0

    def counted(table: dict[str, object]) -> dict[str, object]:
        nonlocal found
        found += len(table)
        return table

    try:
        value = json.JSONDecoder(object_hook=counted, parse_int=_integer).decode(text)
    except (ValueError, ArithmeticError, MemoryError, RecursionError) as error:
        raise Malformed("not to be decoded in one go") from error
    if type(value) is not dict or found != keys:
        raise Malformed("no object, or a key is written twice")
    return value


def _count_keys(text: str) -> int:
    """Return how many keys are written in `text` if it is JSON: its colons outside of strings.

    Where what is outside of strings does not matter, two quotes side by side may be left out.

    Raises:
        Malformed: deeper than any lock, or with escapes that `json_syntax` replaces.
    """
    data = text.encode("utf-8", "replace")
    if b"\\" in data:
        if b"\\ud" in data or b"\\uD" in data:
            raise Malformed("surrogates, perhaps without their partners")
        data = _ESCAPE.sub(b"", data)
    signs = data.translate(None, _OTHER).replace(b'""', b"")
    outside = b"".join(signs.split(b'"')[::2])
    brackets = outside.translate(None, b":")
    for _ in range(_DEEPEST):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    if brackets:
        raise Malformed(f"nested more than {_DEEPEST} levels deep, or no JSON")
    return outside.count(b":")


def tables(value: object) -> Mapping[str, Table]:
    """Return `value`, which must be an object of objects.

    Raises:
        Malformed: it is something else.
    """
    if type(value) is not dict or not {dict}.issuperset(map(type, value.values())):
        raise Malformed("expected tables in a table")
    return value


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Malformed("a number that is too long")
    return int(digits)
