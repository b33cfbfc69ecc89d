"""What every lock that is told by its columns has to show."""

from __future__ import annotations

from typing import Protocol

from hypothesis import event

from crawler.matching import named_by
from crawler.model import ParseResult
from crawler.model.block import SharedResult

__all__ = ["check_columns"]


class _Parser(Protocol):
    def parse(self, data: bytes) -> ParseResult: ...

    def read(self, data: bytes) -> ParseResult: ...


def check_columns(parser: _Parser, data: bytes) -> None:
    """Assert that what `parser` tells of a lock is what its pins, read exactly, state."""
    told, exact = parser.parse(data), parser.read(data)

    event(f"told: {isinstance(told, SharedResult)}")
    made = ParseResult(format=exact.format, readable=exact.readable, pins=exact.pins)
    assert told.count == len(exact.pins)
    assert named_by(told) == named_by(made)
    assert told == exact
