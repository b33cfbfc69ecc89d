"""Blocks shared by locks, and results made of them."""

from __future__ import annotations

from crawler.model import LineSpan, ParseResult, Pin, Readable
from crawler.model.block import Block, SharedResult
from tests.values import pin

PIN = pin()
"""On line 5."""


def shared(above: int) -> SharedResult:
    return SharedResult(
        format_id="uv", above=above, blocks=[Block(pins=(PIN,), height=7)] * 2, skipped=()
    )


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
    block = Block(pins=(PIN,), height=7)
    calls = []

    def names(pins: tuple[Pin, ...]) -> list[str | None]:
        calls.append(pins)
        return [one.name for one in pins]

    first, second = block.derived(names), block.derived(names)

    assert first is second
    assert calls == [(PIN,)]
