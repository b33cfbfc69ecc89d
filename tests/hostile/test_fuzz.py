"""Mutants of good locks for each syntax, more of them by tier, and none that a parser does not stand."""

from __future__ import annotations

import pytest

from crawler import lockfiles
from crawler.lockfiles.registry import PARSERS
from crawler.model import ParseResult, Readable
from tests.hostile.families import FAMILIES, Family
from tests.hostile.fuzzing import BothWays, fuzz
from tests.hostile.mutation import mutant

SEED = 20_261_122
every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)


@every_family
@pytest.mark.parametrize(
    ("seed", "many"),
    [
        pytest.param(1, 500, id="500"),
        pytest.param(SEED, 10_000, id="10000", marks=pytest.mark.slow),
        pytest.param(SEED, 100_000, id="100000", marks=[pytest.mark.long, pytest.mark.timeout(0)]),
    ],
)
def test_mutants_of_good_locks_find_nothing(family: Family, seed: int, many: int) -> None:
    bugs = fuzz(family, seed, range(many), BothWays())

    assert not bugs, "\n".join(map(str, bugs))


@every_family
def test_every_format_of_a_family_has_samples(family: Family) -> None:
    formats = {lockfiles.parse(sample.path, sample.data).format for sample in family.samples()}

    assert {name.removesuffix("-berry") for name in family.formats} <= formats


def test_every_format_that_is_read_is_of_a_family() -> None:
    formats = {name for family in FAMILIES.values() for name in family.formats}

    assert {parser.format for parser in PARSERS} <= formats


@every_family
def test_a_parser_that_raises_is_found(family: Family) -> None:
    def fragile(path: str, data: bytes) -> ParseResult:
        if b"\x00" in data:
            raise IndexError("a NUL")
        return lockfiles.parse(path, data)

    bugs = fuzz(family, 1, range(200), fragile)

    assert bugs
    assert {bug.what for bug in bugs} == {"IndexError: a NUL"}


def test_a_parser_that_holds_broken_files_for_read_is_found() -> None:
    def gullible(path: str, data: bytes) -> ParseResult:
        return ParseResult(format=path, readable=Readable.FULLY)

    bugs = fuzz(FAMILIES["json"], 1, range(100), gullible)

    assert "read fully, but: JSONDecodeError" in bugs[0].what


def test_a_mutant_can_be_made_again() -> None:
    samples = FAMILIES["toml"].samples()

    first = [mutant("toml", 7, number, samples) for number in range(50)]
    again = [mutant("toml", 7, number, samples) for number in range(50)]

    assert first == again
    assert len(set(first)) > 40
