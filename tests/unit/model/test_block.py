"""Blocks shared by locks, and results made of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.model import LineSpan, ParseResult, Pin, Readable
from crawler.model.block import Block, SharedResult
from tests.values import pin

PIN = pin()
"""On line 5."""


def shared(above: int) -> SharedResult:
    return SharedResult(format_id="uv", above=above, blocks=[Block.of((PIN,), 7)] * 2, skipped=())


def full(*pins: Pin) -> ParseResult:
    return ParseResult(format="uv", readable=Readable.FULLY, pins=pins)


def test_blocks_stand_one_below_the_other() -> None:
    result = shared(2)

    assert [one.lines for one in result.pins] == [
        LineSpan(first=7, last=7),
        LineSpan(first=14, last=14),
    ]


def test_a_shared_result_equals_the_full_one() -> None:
    first, second = shared(2).pins

    assert shared(2) == full(first, second)
    assert full(first, second) == shared(2)
    assert hash(shared(2)) == hash(shared(2))
    assert shared(3) != full(first, second)
    assert shared(2) != "uv"


def test_what_is_derived_of_a_block_is_made_once() -> None:
    block = Block.of((PIN,), 7)
    calls = []

    def names(of: Block) -> list[str | None]:
        calls.append(of)
        return [one.name for one in of.pins]

    first, second = block.derived(names), block.derived(names)

    assert first is second
    assert calls == [block]


def test_pins_are_made_once_and_only_when_they_are_asked_for() -> None:
    calls = []

    def read() -> tuple[Pin, ...]:
        calls.append("read")
        return (PIN,)

    block = Block(count=1, height=7, read=read)
    result = SharedResult(format_id="uv", above=0, blocks=[block], skipped=())

    assert result.count == 1
    assert calls == []
    assert result.pins == block.pins == (PIN,)
    assert calls == ["read"]


@pytest.mark.parametrize("read", [lambda: (PIN, PIN), lambda: None])
def test_pins_that_are_not_those_that_were_counted_are_a_defect(
    read: Callable[[], tuple[Pin, ...] | None],
) -> None:
    block = Block(count=1, height=7, read=read)

    with pytest.raises(RuntimeError, match="1 pins were counted"):
        len(block.pins)
