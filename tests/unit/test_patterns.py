"""Regular expressions mean the same in every Python 3.11.

Before 3.11.5 a possessive group whose body matches a part and then fails stays behind that part
(python/cpython, gh-106052): locks lost pins and lines. An atomic body goes back: `(?>...)*+`, never
`(?:...)*+`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as ops  # type: ignore[attr-defined] # not in its stubs
from re import _parser as parser  # type: ignore[attr-defined] # not in its stubs
from types import ModuleType

import pytest

import crawler
import feeds
import workers

_SINGLE = {ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN}


def modules() -> Iterator[ModuleType]:
    for package in (crawler, feeds, workers):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in found.name:
                yield importlib.import_module(found.name)


def unsafe(node: object) -> bool:
    """Say whether a possessive repeat in `node` has a body that is neither one character nor atomic."""
    if isinstance(node, parser.SubPattern | list | tuple):
        kind = node[0] if isinstance(node, tuple) and node else None
        if kind is ops.POSSESSIVE_REPEAT:
            _, _, body = node[1]
            if len(body) != 1 or body[0][0] not in {*_SINGLE, ops.ATOMIC_GROUP}:
                return True
        return any(unsafe(one) for one in node)
    return False


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"(?:a|b\d)*+", True),
        (r"x(?:(?:a\d)?+y)?", True),
        (r"(?>a|b\d)*+", False),
        (r"[a-z]*+\d++.?+", False),
    ],
)
def test_an_unsafe_possessive_group_is_recognised(pattern: str, expected: object) -> None:
    assert unsafe(parser.parse(pattern)) is expected


def test_no_pattern_has_a_possessive_group_that_some_pythons_get_wrong() -> None:
    patterns = {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }

    assert len(patterns) > 100
    assert [n for n, p in patterns.items() if unsafe(parser.parse(p.pattern, p.flags))] == []
