"""What docs/locks.md says that tools refuse is what ghostcrawl calls refused, and nothing else is."""

from __future__ import annotations

import pytest

from crawler import lockfiles
from crawler.model import ParseResult
from tests.tools.node_refusals import NODE_TOOLS
from tests.tools.python_refusals import PYTHON_TOOLS
from tests.tools.refusals import SAMPLES, Cell, Damage, Tool, cells

_TOOLS = (*PYTHON_TOOLS, *NODE_TOOLS)
_DAMAGED = [(tool, name, damage) for tool in _TOOLS for name, damage in tool.damaged()]


def parsed(tool: Tool, damage: Damage = str.encode) -> ParseResult:
    (sample,) = tool.locked.values()
    return lockfiles.parse(tool.path, damage((SAMPLES / sample).read_text("utf-8")))


def test_the_table_has_a_cell_for_each_damage_and_no_other() -> None:
    assert set(cells()) == {(name, tool.title) for tool, name, _ in _DAMAGED}


@pytest.mark.parametrize("tool", _TOOLS, ids=lambda tool: tool.title)
def test_a_whole_lock_is_not_refused(tool: Tool) -> None:
    assert parsed(tool).refused is None


@pytest.mark.parametrize(
    ("tool", "name", "damage"),
    _DAMAGED,
    ids=[f"{tool.title}-{name}" for tool, name, _ in _DAMAGED],
)
def test_what_every_tool_of_a_lock_refuses_is_refused_and_nothing_else(
    tool: Tool, name: str, damage: Damage
) -> None:
    known = cells()
    readers = [one.title for one in _TOOLS if (one.path, one.layout) == (tool.path, tool.layout)]

    refused = parsed(tool, damage).refused

    assert (refused is not None) == all(known[name, title] is Cell.REFUSES for title in readers)
