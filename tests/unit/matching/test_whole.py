"""A whole lock is matched as its pins are, and asked for what they name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.matching import VerdictIndex, identify, indicators_of, match, match_whole
from crawler.model import (
    Algorithm,
    Confidence,
    Digest,
    Ecosystem,
    Origin,
    OriginKind,
    ParseResult,
    Pin,
    Readable,
    Tier,
    Verdict,
)
from tests.values import REGISTRIES, ghost_file, pin, sha256, verdict

HONEST = pin(
    name="zz-honest",
    url="https://files.index.example/a/zz_honest-1.0.tar.gz",
    filename="zz_honest-1.0.tar.gz",
    digests=(sha256("01" * 32),),
)
GHOST = pin(digests=(sha256(),))
FOREIGN = replace(HONEST, url="https://foreign.example/a/zz_honest-1.0.tar.gz")
OTHER_VERSION = replace(HONEST, filename="zz_honest-2.0.tar.gz")
OTHER_PROJECT = replace(HONEST, filename="zz_ghost-1.0.tar.gz")
CRATE = replace(HONEST, ecosystem=Ecosystem.CARGO, filename=None, url=None)
IN_PATH = f"/packages/ab/cd/{'ef' * 30}/zz_honest-1.0.tar.gz"
LOOKALIKE = replace(
    HONEST,
    url=f"https://files.lndex.example{IN_PATH}",
    origin=Origin(kind=OriginKind.URL, location=f"https://files.lndex.example{IN_PATH}"),
)


def plain(*pins: Pin) -> ParseResult:
    return ParseResult(format="uv", readable=Readable.FULLY, pins=pins)


@pytest.mark.parametrize(
    ("pins", "verdicts", "expected"),
    [
        pytest.param((HONEST, CRATE), (), [], id="nothing"),
        pytest.param((HONEST, GHOST, HONEST), (verdict(file=ghost_file()),), [Tier.A], id="a file"),
        pytest.param(
            (GHOST, HONEST, GHOST), (verdict(version="1.0"),), [Tier.B, Tier.B], id="a release"
        ),
        pytest.param((HONEST, GHOST), (verdict(explicit=False),), [Tier.C], id="a project"),
        pytest.param((HONEST, FOREIGN), (), [Tier.T], id="a foreign host"),
        pytest.param(
            (FOREIGN, GHOST), (verdict(file=ghost_file()),), [Tier.T, Tier.A], id="a host, a file"
        ),
        pytest.param((OTHER_PROJECT, OTHER_VERSION), (), [Tier.T], id="another project"),
        pytest.param((OTHER_VERSION, OTHER_PROJECT), (), [Tier.T], id="another project below"),
        pytest.param((LOOKALIKE, HONEST), (), [Tier.T], id="a host that looks alike"),
    ],
)
def test_a_lock_matches_what_its_pins_match(
    pins: tuple[Pin, ...], verdicts: tuple[Verdict, ...], expected: list[Tier]
) -> None:
    index = VerdictIndex(verdicts)

    at_once = match_whole(plain(*pins), indicators_of(pins, REGISTRIES), index, REGISTRIES)

    assert [found.tier for found in at_once] == expected
    assert at_once == match(pins, index, REGISTRIES)


def test_what_is_asked_for_is_what_the_pins_state() -> None:
    pins = (HONEST, GHOST, OTHER_PROJECT, OTHER_VERSION, CRATE, LOOKALIKE)

    keys = indicators_of(pins, REGISTRIES).keys

    identities = [identify(one) for one in pins]
    assert keys.digests == {d.hex for i in identities for d in i.digests}
    assert keys.releases == {release for i in identities for release in i.releases}
    assert keys.projects == {project for i in identities for project in i.projects}


def test_the_same_hex_of_another_algorithm_is_another_file() -> None:
    same_hex = Digest(algorithm=Algorithm.BLAKE2B_256, hex=sha256().hex)
    result = plain(replace(HONEST, digests=(same_hex,)))

    index = VerdictIndex([verdict(file=ghost_file())])

    assert index.concerns(indicators_of(result.pins, REGISTRIES).keys)
    assert match_whole(result, indicators_of(result.pins, REGISTRIES), index, REGISTRIES) == ()


def test_a_lock_that_its_tool_refuses_lowers_each_of_its_matches_and_says_why() -> None:
    refused = replace(plain(GHOST, FOREIGN), refused="line 5: duplicate key")
    index = VerdictIndex([verdict(file=ghost_file())])

    found = match_whole(refused, indicators_of(refused.pins, REGISTRIES), index, REGISTRIES)

    assert [(m.tier, m.confidence) for m in found] == [
        (Tier.A, Confidence.POSSIBLE),
        (Tier.T, Confidence.POSSIBLE),
    ]
    assert {m.reasons[-1].code for m in found} == {"refused-by-its-tool"}
    assert found[0].reasons[-1].text.endswith("(line 5: duplicate key)")
    assert found[0].reasons[0].code == "file-digest"
