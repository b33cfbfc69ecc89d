"""Every hostile file, in a child and guarded: a typed answer, in time and in bounds, and the parent lives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.model import Readable
from tests.hostile.corpus import FILES, TRAPS
from tests.hostile.inputs import MIB, Hostile
from tests.hostile.measuring import Driver, Measured
from tests.hostile.named_files import Trap
from tests.hostile.reading_on import read_on

_SECONDS = 10.0
_CHILD_MIB = 512.0
_GROWTH_MIB = 512.0
_FEW = frozenset(
    {
        "C-nested-arrays-100000:uv.lock",
        "C-dotted-key-20000:poetry.lock",
        "D-deep-under-packages:package-lock.json",
        "D-objects-1100:Pipfile.lock",
        "E-questions-200000:pnpm-lock.yaml",
        "E-billion-laughs:conda-lock.yml",
    }
)
"""Of what once killed a parser or its process; the fast tier has time for no more."""
_CONTROLS = frozenset(map(chr, (*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0)))) | frozenset(
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2066\u2067\u2068\u2069\ufeff"
)


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    with Driver() as running:
        yield running


def check(hostile: Hostile, measured: Measured) -> None:
    """Check what holds for every file, whoever made it."""
    assert measured.child_mib <= _CHILD_MIB
    assert measured.growth_mib <= _GROWTH_MIB
    assert measured.left == ()
    for read in (measured.child, measured.guarded):
        assert read.child_seconds <= _SECONDS + 1  # where the limit ends it, a little later
        assert read.own_seconds <= _SECONDS
        assert (read.readable is Readable.FULLY) == (read.reasons == ())
        assert read.readable is not Readable.NOT or read.pins == 0
        assert not hostile.broken or read.readable is not Readable.FULLY


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(file, id=file.id[:80], marks=() if file.id in _FEW else pytest.mark.slow)
        for file in FILES
    ],
)
def test_a_hostile_file_gives_a_typed_answer_within_its_bounds(
    hostile: Hostile, driver: Driver
) -> None:
    data = hostile.make()

    measured = driver.measure(hostile.path, data)

    check(hostile, measured)
    assert driver.alive


def test_the_corpus_has_files_of_every_group() -> None:
    letters = {hostile.letter for hostile in FILES}

    assert letters == {"C", "D", "E", "F"}
    assert len({hostile.id for hostile in FILES}) == len(FILES) >= 200
    assert {hostile.id for hostile in FILES} > _FEW


def test_the_largest_file_is_just_above_what_is_read() -> None:
    sizes = [len(f.make()) for f in FILES if "20-mib-and-1" in f.id]

    assert sizes
    assert set(sizes) == {20 * MIB + 1}


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.file.id[:80])
def test_a_trap_gives_a_letter_only_where_it_is_a_ghost_and_never_a_control_character(
    trap: Trap, tmp_path: Path
) -> None:
    after = read_on(trap)

    assert trap.accused is None or bool(after.letters) is trap.accused
    assert not trap.lookalike or not after.accusing
    for document in (*after.letters, *after.lines):
        assert not _CONTROLS & set(document.text)
        assert not {"/", "\\", "\0"} & set(document.name)
    assert list(tmp_path.iterdir()) == []
