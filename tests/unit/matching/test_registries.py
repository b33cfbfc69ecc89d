"""Several registries of one ecosystem: the same name and version at another one is another file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.lockfiles.registry import parse
from crawler.matching import VerdictIndex, indicators_of, is_concerned, match, registry_of
from crawler.model import (
    Ecosystem,
    IndexState,
    Match,
    Origin,
    OriginKind,
    Pin,
    Registry,
    Verdict,
    VerdictState,
    normalize_version,
)
from tests.values import REGISTRY, URL, WHEEL, ghost_file, pin, sha256, verdict
from workers.settings.default_registries import lock_spellings
from workers.settings.registries import registries_of

TEST = Registry(
    ecosystem=Ecosystem.PYPI,
    index_url="https://test.index.example/simple/",
    file_hosts=frozenset({"test-files.index.example"}),
    name="testpypi",
)
DEVPI = Registry(
    ecosystem=Ecosystem.PYPI,
    index_url="https://devpi.example/root/dev/+simple/",
    file_hosts=frozenset({"devpi.example"}),
    name="dev",
)
STABLE = replace(DEVPI, index_url="https://devpi.example/root/stable/+simple/", name="stable")
PYTHON = replace(REGISTRY, others=(TEST, DEVPI, STABLE))
NPM = Registry(
    ecosystem=Ecosystem.NPM,
    index_url="https://registry.npm.example/",
    others=(
        Registry(
            ecosystem=Ecosystem.NPM,
            index_url="https://forge.example/api/v4/projects/7/packages/npm/",
            name="forge",
        ),
    ),
)
REGISTRIES = {Ecosystem.PYPI: PYTHON, Ecosystem.NPM: NPM}
TEST_URL = f"https://test-files.index.example/packages/zz/{WHEEL}"
DEVPI_URL = f"https://devpi.example/root/dev/+f/abc/{WHEEL}"


def of(registry: str, known: Verdict | None = None) -> Verdict:
    """Return the verdict of the registry of this name on the release."""
    known = known or verdict()
    project = replace(known.subject.project, registry=registry)
    return replace(known, subject=replace(known.subject, project=project))


def at(location: str, url: str | None, **more: object) -> Pin:
    origin = Origin(kind=OriginKind.REGISTRY, location=location)
    filename = None if url is None else WHEEL
    return replace(pin(origin=origin, url=url, filename=filename), **more)  # type: ignore[arg-type]


def found(pinned: Pin, *known: Verdict) -> list[tuple[str, str, list[str]]]:
    """Return tier, level and reasons of each match, and that a whole lock is looked at where there is one."""
    index = VerdictIndex(known)
    matches: tuple[Match, ...] = match([pinned], index, REGISTRIES)
    if matches:
        assert is_concerned(indicators_of([pinned], REGISTRIES), index, REGISTRIES)
    return [(m.tier.value, m.confidence.value, [r.code for r in m.reasons]) for m in matches]


CONFIRMED = [("B", "confirmed", ["listed-release"])]


@pytest.mark.parametrize(
    ("pinned", "registry"),
    [
        (at("https://index.example/simple", URL), ""),
        (at("https://test.index.example/simple", TEST_URL), "testpypi"),
        (at("", TEST_URL), "testpypi"),
        (at("https://private.example/simple", TEST_URL), "testpypi"),
        (at("https://test.index.example/simple/", f"https://cdn.example/{WHEEL}"), "testpypi"),
        (at("https://devpi.example/root/dev/+simple", DEVPI_URL), "dev"),
        (at("https://devpi.example/root/stable/+simple", DEVPI_URL), "stable"),
        (at(TEST_URL, TEST_URL, origin=Origin(kind=OriginKind.URL, location=TEST_URL)), "testpypi"),
    ],
)
def test_a_pin_belongs_to_the_registry_whose_file_it_takes(pinned: Pin, registry: str) -> None:
    others = {"", "testpypi", "dev", "stable"} - {registry}

    assert found(pinned, of(registry)) == CONFIRMED
    assert found(pinned, *map(of, others)) == []


def test_a_digest_is_the_same_file_in_every_registry() -> None:
    known = verdict(file=ghost_file(sha256()))
    there = at("https://test.index.example/simple", TEST_URL, digests=(sha256(),))

    assert found(there, known) == [("A", "confirmed", ["file-digest"])]
    assert found(pin(digests=(sha256(),)), of("testpypi", known)) == [
        ("A", "confirmed", ["file-digest"])
    ]


def test_what_one_registry_lists_or_removed_says_nothing_of_another() -> None:
    there = at("https://test.index.example/simple", TEST_URL)
    listed = of("testpypi", verdict(index_state=IndexState.LISTED))

    assert found(there, listed, of("")) == [
        ("B", "likely", ["listed-release", "release-still-listed"])
    ]
    assert found(there, of("", verdict(VerdictState.REMOVED))) == []
    assert found(there, of("testpypi", verdict(VerdictState.REMOVED))) == [
        ("U", "census", ["unknown-ghost"])
    ]


def test_a_host_that_no_registry_has_is_judged_as_a_private_one_of_the_public_name() -> None:
    there = at("https://private.example/simple", f"https://private.example/files/{WHEEL}")

    assert found(there, of("")) == [("C", "possible", ["listed-release", "private-registry"])]
    assert found(there, of("testpypi")) == []


def test_of_registries_that_share_a_host_nothing_is_said_by_name_where_the_lock_names_none() -> (
    None
):
    there = at("", DEVPI_URL)

    assert registry_of(there, PYTHON) is None
    assert found(there, of("dev"), of("stable")) == []
    assert found(there, of("")) == [("C", "possible", ["listed-release", "private-registry"])]


def test_a_file_of_another_registry_below_the_public_index_is_tampering_and_no_release_of_it() -> (
    None
):
    there = at("https://index.example/simple", TEST_URL)

    assert found(there, of("")) == [("T", "likely", ["foreign-file-host"])]


def test_the_file_host_of_a_configured_registry_poses_as_nobody() -> None:
    url = URL.replace("files.index.example", "files.lndex.example")
    near = replace(TEST, file_hosts=frozenset({"files.lndex.example"}))
    there = at(url, url, origin=Origin(kind=OriginKind.URL, location=url))

    alarm = match([there], VerdictIndex([]), {Ecosystem.PYPI: REGISTRY})
    known = match([there], VerdictIndex([]), {Ecosystem.PYPI: replace(REGISTRY, others=(near,))})

    assert [[r.code for r in m.reasons] for m in alarm] == [["look-alike-file-host"]]
    assert known == ()


@pytest.mark.parametrize(
    ("location", "registry"),
    [
        ("", ""),
        (" https://test.index.example/simple", ""),
        ("https://test.index.example/simple", "testpypi"),
        ("https://private.example/simple https://test.index.example/simple", "testpypi"),
    ],
)
def test_a_pin_without_a_url_belongs_to_the_first_registry_that_is_asked_for_it(
    location: str, registry: str
) -> None:
    pinned = at(location, None)

    besides = ["other-index-asked"] if " " in location else []
    assert [code for _, _, codes in found(pinned, of(registry)) for code in codes] == [
        "listed-release",
        *besides,
        "asks-the-index",
    ]


def test_tarballs_below_the_base_of_a_registry_of_npm_are_its_own() -> None:
    lock = """{"lockfileVersion": 3, "packages": {"node_modules/zz-ghost": {"version": "1.0.0",
        "resolved": "https://forge.example/api/v4/projects/7/packages/npm/zz-ghost/-/zz-ghost-1.0.0.tgz"}}}"""
    (pinned,) = parse("package-lock.json", lock.encode()).pins
    known = verdict(version="1.0.0")
    project = replace(known.subject.project, ecosystem=Ecosystem.NPM, name="zz-ghost")
    public = replace(known, subject=replace(known.subject, project=project))

    assert found(pinned, public) == []
    assert found(pinned, of("forge", public)) == CONFIRMED


PUBLIC = lock_spellings()


@pytest.mark.parametrize(
    ("ecosystem", "kind", "location", "code"),
    [
        (Ecosystem.CARGO, OriginKind.REGISTRY, PUBLIC[Ecosystem.CARGO][0], None),
        (Ecosystem.CARGO, OriginKind.REGISTRY, PUBLIC[Ecosystem.CARGO][1], None),
        (Ecosystem.CARGO, OriginKind.REGISTRY, "https://private.example/crates-index", "private-registry"),
        (Ecosystem.GEM, OriginKind.REGISTRY, PUBLIC[Ecosystem.GEM][0], None),
        (Ecosystem.GEM, OriginKind.REGISTRY, "https://gems.private.example/", "private-registry"),
        (Ecosystem.HEX, OriginKind.REGISTRY, "hexpm", None),
        (Ecosystem.HEX, OriginKind.REGISTRY, "hexpm:acme", "private-registry"),
        (Ecosystem.PUB, OriginKind.REGISTRY, PUBLIC[Ecosystem.PUB][0], None),
        (Ecosystem.PUB, OriginKind.REGISTRY, "https://pub.private.example", "private-registry"),
        (Ecosystem.COCOAPODS, OriginKind.REGISTRY, "trunk", None),
        (Ecosystem.COCOAPODS, OriginKind.REGISTRY, "https://git.example/specs.git", "private-registry"),
        (Ecosystem.GOLANG, OriginKind.REGISTRY, "", None),
        (Ecosystem.NUGET, OriginKind.REGISTRY, "", None),
        (Ecosystem.MAVEN, OriginKind.REGISTRY, "", None),
        (Ecosystem.COMPOSER, OriginKind.REGISTRY, "", None),
        (Ecosystem.NPM, OriginKind.REGISTRY, "", None),
        (Ecosystem.CONDA, OriginKind.URL, f"{PUBLIC[Ecosystem.CONDA][0]}conda-forge/noarch/zz.conda", None),
        (Ecosystem.CONDA, OriginKind.URL, "https://conda.private.example/zz.conda", "foreign-url"),
    ],
)  # fmt: skip
def test_the_registry_that_a_tool_asks_by_default_is_known_by_how_its_locks_spell_it(
    ecosystem: Ecosystem, kind: OriginKind, location: str, code: str | None
) -> None:
    registries = registries_of({}, lambda _: frozenset())
    known = verdict()
    project = replace(known.subject.project, ecosystem=ecosystem)
    version = normalize_version(ecosystem, known.subject.version or "")
    known = replace(known, subject=replace(known.subject, project=project, version=version))
    pinned = replace(
        pin(url=None, filename=None, origin=Origin(kind=kind, location=location)),
        ecosystem=ecosystem,
    )

    (one,) = match([pinned], VerdictIndex([known]), registries)

    codes = {reason.code for reason in one.reasons}
    assert codes & {"private-registry", "foreign-url"} == ({code} if code else set())
