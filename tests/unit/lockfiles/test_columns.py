"""A lock that can be told is read when somebody asks for its pins, any other at once."""

from __future__ import annotations

import pytest

from crawler.lockfiles.columns import read_columns
from crawler.lockfiles.recovery import MOST_PINS
from crawler.model import Ecosystem, ParseResult, Readable
from crawler.model.block import Columns, SharedResult
from tests.values import pin

PIN = pin()


class Reader:
    """Finds one pin, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[bytes] = []

    def read(self, data: bytes) -> ParseResult:
        self.given.append(data)
        return ParseResult(format="zz", readable=Readable.FULLY, pins=(PIN,))


def telling(count: int) -> Columns:
    return Columns(
        count=count,
        ecosystem=Ecosystem.PYPI,
        releases=(),
        digests=(),
        filenames=(),
        traits=(),
    )


def test_a_lock_that_is_told_is_read_when_its_pins_are_asked_for() -> None:
    reader = Reader()

    told = read_columns(b"zz", "zz", lambda _: telling(1), reader.read)

    assert isinstance(told, SharedResult)
    assert (told.format, told.readable, told.count) == ("zz", Readable.FULLY, 1)
    assert reader.given == []
    assert told.pins == (PIN,)
    assert reader.given == [b"zz"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"zz", None, id="nothing can be told"),
        pytest.param(b"\xff", telling(1), id="no text"),
        pytest.param(b"zz", telling(MOST_PINS + 1), id="more pins than are taken from a lock"),
    ],
)
def test_any_other_lock_is_read_at_once(data: bytes, told: Columns | None) -> None:
    reader = Reader()

    result = read_columns(data, "zz", lambda _: told, reader.read)

    assert result == reader.read(data)
    assert reader.given == [data, data]
