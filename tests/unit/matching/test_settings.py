"""A pin without a URL is taken from where the settings of its repository say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.matching import VerdictIndex, match, under_settings
from crawler.model import (
    Confidence,
    Ecosystem,
    IndexState,
    Match,
    Origin,
    OriginKind,
    Pin,
    ProjectKey,
    Registry,
    Source,
    Subject,
    Tier,
    Verdict,
    VerdictState,
)
from tests.values import NOW, REGISTRIES, URL, ghost_file, pin, sha256, verdict

UNNAMED = Origin(kind=OriginKind.REGISTRY)
PRIVATE = "https://private.example/simple"
BOTH = {
    **REGISTRIES,
    Ecosystem.NPM: Registry(ecosystem=Ecosystem.NPM, index_url="https://npm.index.example/"),
}


def setting(location: str, name: str | None = None, ecosystem: Ecosystem = Ecosystem.PYPI) -> Pin:
    origin = Origin(kind=OriginKind.REGISTRY, location=location)
    return replace(
        pin(name=None, version=None, url=None, filename=None, origin=origin),
        name=name,
        ecosystem=ecosystem,
        flags=("index-setting", "requirements"),
    )


def matched(pinned: Pin, judged: Verdict | None = None) -> Match:
    (found,) = match([pinned], VerdictIndex([judged or verdict()]), BOTH)
    return found


def codes(found: Match) -> list[str]:
    return [reason.code for reason in found.reasons]


def test_a_pin_that_would_ask_the_index_is_one_of_the_private_registry() -> None:
    before = matched(pin(url=None, filename=None, origin=UNNAMED))

    (after,) = under_settings([before], [setting(PRIVATE)], BOTH)

    assert (before.tier, before.confidence) == (Tier.B, Confidence.LIKELY)
    assert (after.tier, after.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert codes(after) == [*codes(before), "private-registry"]


@pytest.mark.parametrize(
    ("pinned", "asked"),
    [
        pytest.param(pin(url=None, origin=UNNAMED), "https://index.example/simple", id="public"),
        pytest.param(
            pin(url=None, origin=UNNAMED), " https://mirror.example/simple", id="a mirror besides"
        ),
        pytest.param(pin(url=URL, origin=UNNAMED), PRIVATE, id="a URL is taken as it stands"),
        pytest.param(pin(url=None), PRIVATE, id="the lock names its index itself"),
    ],
)
def test_any_other_pin_stays_what_it_is(pinned: Pin, asked: str) -> None:
    before = matched(pinned)

    assert under_settings([before], [setting(asked)], BOTH) == [before]


@pytest.mark.parametrize(
    ("of_lock", "of_settings"),
    [
        pytest.param("", f" {PRIVATE}", id="one besides"),
        pytest.param("", f"{PRIVATE} https://mirror.example/simple", id="a mirror besides"),
        pytest.param(" https://index.example/simple", PRIVATE, id="the lock names one besides"),
    ],
)
def test_of_what_several_indexes_are_asked_for_it_is_not_known_whose_it_is(
    of_lock: str, of_settings: str
) -> None:
    besides = Origin(kind=OriginKind.REGISTRY, location=of_lock)
    before = matched(pin(url=None, filename=None, origin=besides))

    (after,) = under_settings([before], [setting(of_settings)], BOTH)

    assert before.confidence is Confidence.LIKELY
    assert after.confidence is Confidence.POSSIBLE
    assert codes(after) == [*codes(before), "other-index-asked"]


def test_a_file_that_its_digest_proves_is_the_same_file_everywhere() -> None:
    before = matched(
        pin(url=None, origin=UNNAMED, digests=(sha256(),)), verdict(file=ghost_file(sha256()))
    )

    assert under_settings([before], [setting(PRIVATE)], BOTH) == [before]


@pytest.mark.parametrize(
    ("name", "private"), [("@acme/zz", True), ("@other/zz", False), ("acme", False)]
)
def test_a_registry_of_a_scope_is_for_that_scope(name: str, private: bool) -> None:  # noqa: FBT001
    of_npm = Verdict(
        subject=Subject(project=ProjectKey(ecosystem=Ecosystem.NPM, name=name), version="1.0"),
        state=VerdictState.MALICIOUS,
        since=NOW,
        reasons=(),
        sources=(Source(feed="osv-mal", record_id="MAL-2026-1", root_source="acme-labs"),),
        index_state=IndexState.GONE,
    )
    pinned = replace(
        pin(name=name, url=None, filename=None, origin=UNNAMED), ecosystem=Ecosystem.NPM
    )
    scoped = setting("https://npm.acme.example/", "@acme/*", Ecosystem.NPM)
    for_all = setting("https://npm.index.example/", None, Ecosystem.NPM)

    (found,) = under_settings([matched(pinned, of_npm)], [for_all, scoped], BOTH)

    assert ("private-registry" in codes(found)) is private
