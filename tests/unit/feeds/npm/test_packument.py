from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from crawler.errors import Malformed
from crawler.model import Algorithm, Claim, Ecosystem, ProjectKey
from feeds.npm.cursor import KnownPackage
from feeds.npm.packument import PackumentReading, gone, read_packument

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GHOST = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/ghost")
URL = "https://registry.npm.example/@zz%2fghost"
SHA512 = "ab" * 64
SRI = f"sha512-{base64.b64encode(bytes.fromhex(SHA512)).decode()}"
HOLDER = "git+https://github.example/npm/security-holder.git"


def version(number: str, **dist: object) -> dict[str, object]:
    tarball = f"https://registry.npm.example/@zz/ghost/-/ghost-{number}.tgz"
    known = {"tarball": tarball, "integrity": SRI, "shasum": "cd" * 20}
    return {"name": "@zz/ghost", "version": number, "dist": known | dist}


def packument(**changes: object) -> dict[str, object]:
    return {
        "_id": "@zz/ghost",
        "_rev": "12-abc",
        "name": "@zz/ghost",
        "dist-tags": {"latest": "1.0.0"},
        "versions": {"1.0.0": version("1.0.0")},
        "time": {
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-02-01T00:00:00.000Z",
            "1.0.0": "2026-01-02T00:00:00.000Z",
        },
    } | changes


def read(
    document: object, known: KnownPackage | None = None, now: datetime = NOW
) -> PackumentReading:
    return read_packument("npm-changes", GHOST, URL, json.dumps(document).encode(), known, now)


def said(reading: PackumentReading) -> list[tuple[Claim, str, str]]:
    return [
        (a.claim, str(a.subject).removeprefix("pkg:npm/@zz/ghost"), a.valid_from.date().isoformat())
        for a in reading.record.assertions
    ]


def test_a_listed_version_teaches_its_tarball() -> None:
    reading = read(packument())

    assert said(reading) == [
        (Claim.LISTED, "", "2026-01-01"),
        (Claim.LISTED, "@1.0.0", "2026-01-02"),
        (Claim.LISTED, "@1.0.0 ghost-1.0.0.tgz", "2026-01-02"),
    ]
    file = reading.record.assertions[2].subject.file
    assert file is not None
    assert file.digest(Algorithm.SHA512) == SHA512
    assert file.digest(Algorithm.SHA1) == "cd" * 20
    assert (reading.record.id, reading.revision, reading.skipped) == ("npm:@zz/ghost", 12, ())
    assert {(a.root_source, a.reference) for a in reading.record.assertions} == {("npm", URL)}


def test_a_version_that_has_a_date_and_is_not_listed_was_removed() -> None:
    time = packument()["time"]
    assert isinstance(time, dict)

    reading = read(packument(time=time | {"1.1.0": "2026-01-03T00:00:00Z"}))

    assert (Claim.REMOVED, "@1.1.0", "2026-11-22") in said(reading)
    assert (Claim.LISTED, "", "2026-01-01") in said(reading)


def test_the_day_of_a_removal_stays_when_something_else_changes() -> None:
    time = {"created": "2026-01-01T00:00:00Z", "1.1.0": "2026-01-03T00:00:00Z"}
    before = read(packument(time=time))
    later = NOW + timedelta(days=9)

    again = read(packument(time=time | {"0.9.0": "2026-01-01T00:00:00Z"}), before.known, later)

    assert (Claim.REMOVED, "@1.1.0", "2026-11-22") in said(again)
    assert (Claim.REMOVED, "@0.9.0", "2026-12-01") in said(again)


def test_an_unpublished_project_was_removed_when_the_registry_says() -> None:
    time = {
        "created": "2026-01-01T00:00:00Z",
        "1.0.0": "2026-01-02T00:00:00Z",
        "unpublished": {"name": "somebody", "time": "2026-03-01T00:00:00Z", "versions": ["1.0.0"]},
    }

    reading = read({"name": "@zz/ghost", "time": time})

    assert said(reading) == [
        (Claim.REMOVED, "", "2026-03-01"),
        (Claim.REMOVED, "@1.0.0", "2026-03-01"),
    ]


@pytest.mark.parametrize(
    "repository", [HOLDER, {"type": "git", "url": HOLDER}, "npm/security-holder"]
)
@pytest.mark.parametrize("held", ["0.0.1-security", "0.0.1-security.0"])
def test_a_security_holder_is_a_removal_and_no_malice(repository: object, held: str) -> None:
    reading = read(
        packument(
            repository=repository,
            **{"dist-tags": {"latest": held}},
            versions={held: version(held)},
            time={"1.0.0": "2026-01-02T00:00:00Z", held: "2026-04-01T00:00:00Z"},
        )
    )

    assert said(reading) == [
        (Claim.REMOVED, "", "2026-04-01"),
        (Claim.REMOVED, "@1.0.0", "2026-11-22"),
    ]


def test_a_version_called_security_of_another_repository_is_a_version() -> None:
    reading = read(
        packument(
            repository="https://github.example/zz/npm/security-holder-fan",
            **{"dist-tags": {"latest": "0.0.1-security"}},
            versions={"0.0.1-security": version("0.0.1-security")},
        )
    )

    assert (Claim.LISTED, "", "2026-01-01") in said(reading)


def test_a_404_is_a_removal_and_keeps_its_day() -> None:
    first = gone("npm-changes", GHOST, URL, None, NOW)

    again = gone("npm-changes", GHOST, URL, first.known, NOW + timedelta(days=3))

    assert said(first) == said(again) == [(Claim.REMOVED, "", "2026-11-22")]
    assert again.known.fingerprint == first.known.fingerprint


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"name": "@zz/other"},
        packument(name="zz"),
        packument(time={}),
        packument(time=None),
        packument(time=[]),
        packument(versions=["1.0.0"]),
        {"name": "@zz/ghost", "time": {"created": "2026-01-01T00:00:00Z"}},
        packument(time={f"{n}.0.0": "2026-01-01T00:00:00Z" for n in range(20_001)}),
    ],
)
def test_what_is_no_packument_of_the_project_is_refused(document: object) -> None:
    with pytest.raises(Malformed):
        read(document)


@pytest.mark.parametrize(
    "dist",
    [
        {"tarball": "https://registry.npm.example/@zz/ghost/-/.."},
        {"tarball": 7},
        {"integrity": "sha512-!!"},
        {"integrity": "sha512-AAAA"},
        {"shasum": "zz"},
        {"tarball": "x" * 5000},
    ],
)
def test_a_bad_tarball_is_said_and_its_release_still_listed(dist: dict[str, object]) -> None:
    reading = read(packument(versions={"1.0.0": version("1.0.0", **dist)}))

    assert said(reading) == [
        (Claim.LISTED, "", "2026-01-01"),
        (Claim.LISTED, "@1.0.0", "2026-01-02"),
    ]
    assert len(reading.skipped) == 1


@pytest.mark.parametrize(
    "when", ["1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "soon", 7, "9" * 90]
)
def test_a_date_years_off_is_said_and_not_believed(when: object) -> None:
    reading = read(packument(time={"created": "2026-01-01T00:00:00Z", "1.0.0": when}))

    assert (Claim.LISTED, "@1.0.0", "2026-11-22") in said(reading)
    assert len(reading.skipped) == 1


def test_hostile_names_of_versions_are_said_and_the_rest_is_kept() -> None:
    bad = {"../../x": version("1"), "a b": version("1"), "\u0661": version("1"), "": version("1")}

    reading = read(packument(versions={"1.0.0": version("1.0.0"), **bad}))

    assert [subject for _, subject, _ in said(reading)] == ["", "@1.0.0", "@1.0.0 ghost-1.0.0.tgz"]
    assert len(reading.skipped) == 4


def test_of_many_faults_the_first_are_said_and_the_number_of_the_rest() -> None:
    time = {f"{number}.0.0": "soon" for number in range(500)}

    reading = read(packument(time=time))

    assert len(reading.skipped) == 21
    assert reading.skipped[-1].reason == "and 480 more of the kind"


def test_credentials_in_the_url_of_a_tarball_are_not_kept() -> None:
    tarball = "https://user:secret@registry.npm.example/@zz/ghost/-/ghost-1.0.0.tgz"

    reading = read(packument(versions={"1.0.0": version("1.0.0", tarball=tarball)}))

    file = reading.record.assertions[2].subject.file
    assert file is not None
    assert file.url == "https://registry.npm.example/@zz/ghost/-/ghost-1.0.0.tgz"
