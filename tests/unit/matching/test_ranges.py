"""Records that state ranges of versions against locks that pin some: from the OSV record to the finding."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from crawler.lockfiles.registry import parse
from crawler.matching import VerdictIndex, match
from crawler.model import (
    Assertion,
    Claim,
    Confidence,
    Ecosystem,
    Match,
    ProjectKey,
    Registry,
    Subject,
    Tier,
)
from crawler.verdicts.judge import judge
from feeds.osv.record import ECOSYSTEM_NAMES, read_record
from tests.values import NOW

NPM, PYPI = Ecosystem.NPM, Ecosystem.PYPI
REGISTRIES = {
    NPM: Registry(ecosystem=NPM, index_url="https://registry.npm.example/"),
    PYPI: Registry(
        ecosystem=PYPI,
        index_url="https://index.example/simple/",
        file_hosts=frozenset({"files.index.example"}),
    ),
}
SRI = "sha512-" + "A" * 86 + "=="
C_OPEN = (Tier.C, Confidence.POSSIBLE, ["open-range"])


def key(ecosystem: Ecosystem) -> ProjectKey:
    return ProjectKey(ecosystem=ecosystem, name="zz-ghost")


def accusing(ecosystem: Ecosystem, *events: dict[str, str]) -> tuple[Assertion, ...]:
    package = {"ecosystem": ECOSYSTEM_NAMES[ecosystem], "name": "zz-ghost"}
    ranges = [{"type": "SEMVER" if ecosystem is NPM else "ECOSYSTEM", "events": list(events)}]
    document = {
        "id": "MAL-2026-1",
        "published": "2026-05-01T00:00:00Z",
        "modified": "2026-05-02T00:00:00Z",
        "affected": [{"package": package, "ranges": ranges}],
    }
    return read_record(document, "osv-mal", ecosystem).record.assertions


def index_says(claim: Claim, ecosystem: Ecosystem, version: str | None = None) -> Assertion:
    (said,) = accusing(ecosystem)
    subject = Subject(project=key(ecosystem), version=version)
    return replace(said, claim=claim, subject=subject, feed="index", record_id=f"{claim}-{version}")


def npm_lock(version: str, name: str = "zz-ghost") -> tuple[str, str]:
    url = f"https://registry.npm.example/{name}/-/{name}-{version}.tgz"
    entry = {"version": version, "resolved": url, "integrity": SRI}
    lock = {"name": "r", "lockfileVersion": 3, "packages": {"": {}, f"node_modules/{name}": entry}}
    return "package-lock.json", json.dumps(lock)


def poetry_lock(version: str) -> tuple[str, str]:
    lock = f'[[package]]\nname = "zz-ghost"\nversion = "{version}"\nfiles = []\n\n[metadata]\nlock-version = "2.1"\n'
    return "poetry.lock", lock


def found(lock: tuple[str, str], *said: Assertion) -> Match | None:
    path, text = lock
    (pin,) = parse(path, text.encode()).pins
    verdicts = judge(said[0].subject.project, said, NOW)
    matches = match([pin], VerdictIndex(verdicts), REGISTRIES)
    return next((one for one in matches if one.tier is not Tier.T), None)


def summary(one: Match | None) -> tuple[Tier, Confidence, list[str]] | None:
    return None if one is None else (one.tier, one.confidence, [r.code for r in one.reasons])


@pytest.mark.parametrize(
    ("version", "inside"),
    [("1.2.0", True), ("1.23.0", True), ("1.23.1", False), ("2.0.0", False), ("0.0.0-a", True)],
)
def test_a_range_without_a_beginning_is_compared_with_the_pin(
    version: str, *, inside: bool
) -> None:
    said = accusing(NPM, {"introduced": "0"}, {"last_affected": "1.23.0"})

    assert summary(found(npm_lock(version), *said)) == (C_OPEN if inside else None)


@pytest.mark.parametrize("version", ["1.2.0", "0.0.1-rc.1"])
@pytest.mark.parametrize("introduced", ["0", "0.0.0", "0.0.0-0"])
def test_every_version_is_possible_however_it_is_written(introduced: str, version: str) -> None:
    said = accusing(NPM, {"introduced": introduced})

    expected = (Tier.C, Confidence.POSSIBLE, ["every-version-record"])
    assert summary(found(npm_lock(version), *said)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((), (Tier.B, Confidence.LIKELY, ["listed-range", "index-state-unknown"])),
        ((Claim.REMOVED, None), (Tier.B, Confidence.CONFIRMED, ["listed-range"])),
        ((Claim.REMOVED, "1.2.0"), (Tier.B, Confidence.CONFIRMED, ["listed-range"])),
        (
            (Claim.LISTED, "1.2.0"),
            (Tier.B, Confidence.LIKELY, ["listed-range", "release-still-listed"]),
        ),
        (
            (Claim.LISTED, None),
            (Tier.B, Confidence.LIKELY, ["listed-range", "index-state-unknown"]),
        ),
    ],
    ids=[
        "registry is silent",
        "project gone",
        "release gone",
        "release listed",
        "listed without it",
    ],
)
def test_a_range_with_two_ends_is_as_explicit_as_a_list(
    said: tuple[()] | tuple[Claim, str | None], expected: tuple[Tier, Confidence, list[str]]
) -> None:
    accused = accusing(NPM, {"introduced": "1.0.0"}, {"fixed": "2.0.0"})
    index = [index_says(said[0], NPM, said[1])] if said else []

    assert summary(found(npm_lock("1.2.0"), *accused, *index)) == expected
    assert found(npm_lock("2.0.0"), *accused) is None


def test_what_the_index_has_taken_off_is_explicit_in_an_open_range_too() -> None:
    accused = accusing(NPM, {"introduced": "0"}, {"last_affected": "1.23.0"})
    gone = index_says(Claim.REMOVED, NPM, "1.2.0")

    one = found(npm_lock("1.2.0"), *accused, gone)

    assert summary(one) == (Tier.B, Confidence.CONFIRMED, ["listed-range"])
    assert one is not None
    assert one.release == ("zz-ghost", "1.2.0")


@pytest.mark.parametrize(
    ("version", "inside"),
    [
        ("1.2", True),
        ("1.2.3", True),
        ("1.2.3.post1", False),
        ("1!1.0", False),
        ("1.0rc1", False),
        ("1.10", False),
        ("v1.1.0", True),
    ],
)
def test_python_versions_compare_by_their_own_order(version: str, *, inside: bool) -> None:
    said = accusing(PYPI, {"introduced": "1.0"}, {"last_affected": "1.2.3"})

    one = found(poetry_lock(version), *said)

    assert (one is not None) is inside
    assert one is None or one.tier is Tier.B


@pytest.mark.parametrize(
    "version", ["latest", "1.2", "1.x", "=1.2.0", "9" * 20 + ".0.0", "vers:npm/>=0", "1.2.0 || 2"]
)
def test_a_version_that_cannot_be_compared_is_told_and_no_more(version: str) -> None:
    said = accusing(NPM, {"introduced": "1.0.0"}, {"fixed": "2.0.0"})
    path, _ = npm_lock("1.2.0")
    entry = {"version": version, "integrity": SRI}
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/zz-ghost": entry}}

    one = found((path, json.dumps(lock)), *said)

    assert summary(one) == (Tier.C, Confidence.POSSIBLE, ["version-not-comparable"])


def test_what_is_named_is_the_release_of_the_tarball_that_lies_in_the_range() -> None:
    said = accusing(NPM, {"introduced": "1.0.0"}, {"fixed": "2.0.0"})
    path, lock = npm_lock("1.2.0")
    dressed = lock.replace('node_modules/zz-ghost"', 'node_modules/zz-plain"').replace(
        '"version": "1.2.0"', '"version": "7.0.0"'
    )

    one = found((path, dressed), *said)

    assert one is not None
    assert (one.release, one.tier) == (("zz-ghost", "1.2.0"), Tier.B)


def test_a_range_that_fell_hides_no_other_record() -> None:
    accused = accusing(NPM, {"introduced": "1.0.0"}, {"fixed": "2.0.0"})
    fallen = [replace(one, retracted_at=NOW) for one in accused]
    (said,) = accusing(NPM, {"introduced": "0"})
    every = [replace(said, record_id="MAL-2026-2", root_source="acme-labs")]

    assert found(npm_lock("1.2.0"), *fallen) is None
    assert summary(found(npm_lock("1.2.0"), *fallen, *every)) == (
        Tier.C,
        Confidence.POSSIBLE,
        ["every-version-record"],
    )


def test_a_pin_of_another_source_is_lowered_as_ever() -> None:
    said = accusing(NPM, {"introduced": "1.0.0"}, {"fixed": "2.0.0"})
    entry = {
        "version": "1.2.0",
        "resolved": "https://npm.corp.example/zz-ghost-1.2.0.tgz",
        "integrity": SRI,
    }
    lock = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/zz-ghost": entry}}

    one = found(("package-lock.json", json.dumps(lock)), *said)

    assert one is not None
    assert (one.tier, one.confidence) == (Tier.C, Confidence.POSSIBLE)
