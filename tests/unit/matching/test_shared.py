"""Locks made of shared blocks are matched as their pins are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.matching import VerdictIndex, identify, keys_of, match, match_shared, named_by
from crawler.model import Ecosystem, Pin, Verdict
from crawler.model.block import Block, SharedResult
from tests.values import REGISTRIES, ghost_file, pin, sha256, verdict

HONEST = pin(
    name="zz-honest",
    url="https://files.index.example/a/zz_honest-1.0.tar.gz",
    filename="zz_honest-1.0.tar.gz",
    digests=(sha256("01" * 32),),
)
GHOST = pin(digests=(sha256(),))
FOREIGN = replace(HONEST, url="https://foreign.example/a/zz_honest-1.0.tar.gz")
CRATE = replace(HONEST, ecosystem=Ecosystem.CARGO, filename=None, url=None)


def lock(*pins: Pin) -> SharedResult:
    blocks = [Block(pins=(one,), height=6) for one in pins]
    return SharedResult(format_id="uv", above=10, blocks=blocks, skipped=())


@pytest.mark.parametrize(
    ("pins", "verdicts"),
    [
        pytest.param((HONEST, CRATE), (), id="nothing"),
        pytest.param((HONEST, GHOST, HONEST), (verdict(file=ghost_file()),), id="a file"),
        pytest.param((GHOST, HONEST, GHOST), (verdict(version="1.0"),), id="a release"),
        pytest.param((HONEST, GHOST), (verdict(explicit=False),), id="a project"),
        pytest.param((HONEST, FOREIGN), (), id="a foreign host"),
        pytest.param((FOREIGN, GHOST), (verdict(file=ghost_file()),), id="both"),
    ],
)
def test_shared_blocks_match_what_their_pins_match(
    pins: tuple[Pin, ...], verdicts: tuple[Verdict, ...]
) -> None:
    result, index = lock(*pins), VerdictIndex(verdicts)

    named = named_by(result)
    found = match_shared(result, named, index, REGISTRIES)

    assert named.keys == keys_of([identify(pin) for pin in result.pins])
    assert found == match(result.pins, index, REGISTRIES)


def test_a_match_stands_on_the_lines_of_the_lock() -> None:
    result = lock(HONEST, GHOST)

    found = match_shared(
        result, named_by(result), VerdictIndex([verdict(file=ghost_file())]), REGISTRIES
    )

    assert [one.pin.lines for one in found] == [result.pins[1].lines]
