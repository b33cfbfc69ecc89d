"""What machines are told of a file: nothing that the owner of a lock only claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.model import (
    UNVERIFIED_FILE,
    Algorithm,
    Digest,
    Ecosystem,
    ProjectKey,
    Reason,
    Registry,
    Report,
    path_of,
)
from crawler.reporting.accused_file import accused_digests, accused_file
from crawler.reporting.interface import Edition
from crawler.reporting.registry import FORMATS
from tests.unit.reporting.letters import confirmed, matched
from tests.values import (
    BLAKE,
    NOW,
    OTHER_SHA,
    REGISTRIES,
    SHA,
    URL,
    WHEEL,
    ghost_file,
    sha256,
    verdict,
)

EDITION = Edition(at=NOW + timedelta(hours=1), registries=REGISTRIES)


def stating(*digests: Digest) -> Report:
    """Return a confirmed finding whose lock states `digests`."""
    return matched(confirmed(), pin=replace(confirmed().finding.match.pin, digests=digests))


def test_a_digest_that_the_verdict_knows_is_the_files() -> None:
    assert accused_digests(confirmed().finding.match) == (sha256(),)


def test_a_digest_of_somebody_elses_file_in_the_lock_is_told_to_nobody() -> None:
    match = stating(sha256(OTHER_SHA), sha256()).finding.match

    assert accused_digests(match) == (sha256(),)


def test_where_a_record_names_a_release_the_digests_of_its_files_are_only_the_locks_claim() -> None:
    match = matched(stating(sha256(OTHER_SHA)), verdict=verdict()).finding.match

    assert accused_digests(match) == ()


def test_a_digest_that_only_a_lock_calls_that_of_the_file_is_not_told() -> None:
    said = replace(
        verdict(file=ghost_file()), reasons=(Reason(code=UNVERIFIED_FILE, text="a lock says so"),)
    )

    assert accused_digests(matched(confirmed(), verdict=said).finding.match) == ()


@pytest.mark.parametrize("algorithm", [Algorithm.MD5, Algorithm.SHA1])
def test_a_digest_that_can_be_forged_names_no_file(algorithm: Algorithm) -> None:
    forged = Digest(algorithm=algorithm, hex="a" * algorithm.hex_length)
    report = matched(stating(forged), verdict=verdict(file=ghost_file(forged)))

    assert accused_digests(report.finding.match) == ()


@pytest.mark.parametrize("name", ["csv", "osv", "index"])
def test_no_list_of_indicators_passes_on_what_only_the_lock_claims(name: str) -> None:
    renderer = FORMATS[name].renderer(EDITION)
    written = "".join(one.text for one in renderer.render([stating(sha256(OTHER_SHA), sha256())]))

    assert SHA in written
    assert OTHER_SHA not in written


@pytest.mark.parametrize("name", ["csv", "osv"])
def test_no_list_of_indicators_passes_on_where_somebody_elses_file_lies(name: str) -> None:
    pin = replace(confirmed().finding.match.pin, url="https://downloads.example/good-1.0.zip")
    report = matched(confirmed(), pin=pin)
    (document,) = FORMATS[name].renderer(EDITION).render([report])

    assert "downloads" not in document.text


def at(url: str) -> str | None:
    """Return which URL of a lock that states `url` is told."""
    pin = replace(confirmed().finding.match.pin, url=url)
    return accused_file(matched(confirmed(), pin=pin).finding.match, REGISTRIES).url


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"https://look-alike.example{path_of(BLAKE, WHEEL)}",
        "https://files.index.example/zz_ghost_one-1.0.tar.gz",
        "https://mirror.example/packages/zz.ghost.one-1.0.tar.gz",
    ],
)
def test_a_url_that_only_the_accused_file_can_have_is_told(url: str) -> None:
    assert at(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://downloads.example/zz_ghost_one-1.0.tar.gz",
        f"https://files.index.example{path_of('12' * 32, 'zz_good-1.0.tar.gz')}",
        f"https://downloads.example/good.whl#{path_of(BLAKE, WHEEL)}",
        f"https://downloads.example/good.whl?{path_of(BLAKE, WHEEL)}",
        f"https://downloads.example{path_of(BLAKE, '..')}/../../../../good.whl",
        f"packages{path_of(BLAKE, WHEEL)}",
        f"file:///srv{path_of(BLAKE, WHEEL)}",
    ],
)
def test_a_url_where_somebody_elses_file_may_lie_is_not_told(url: str) -> None:
    assert at(url) is None


def test_a_url_is_told_in_characters_that_every_reader_takes() -> None:
    odd = f"{URL}?a b=\x1b\u202e\udcff'\"<é>"

    assert at(odd) == f"{URL}?a%20b=%1B%E2%80%AE%ED%B3%BF'%22%3C%C3%A9%3E"


def test_a_tarball_of_a_scoped_package_has_the_name_without_its_scope() -> None:
    npm = Registry(ecosystem=Ecosystem.NPM, index_url="https://registry.npm.example/")
    project = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/ghost")
    judged = replace(verdict(), subject=replace(verdict().subject, project=project))
    url = "https://registry.npm.example/@zz/ghost/-/ghost-1.0.tgz"
    pin = replace(confirmed().finding.match.pin, ecosystem=Ecosystem.NPM, url=url)
    match = matched(confirmed(), pin=pin, verdict=judged).finding.match

    assert accused_file(match, {Ecosystem.NPM: npm}).url == url


@pytest.mark.parametrize("stated", ["zz_good-1.0-py3-none-any.whl", "zz_ghost_one-1.0.tar.gz"])
def test_the_name_of_a_file_is_that_of_the_verdict_whatever_the_lock_calls_it(stated: str) -> None:
    pin = replace(confirmed().finding.match.pin, filename=stated)
    match = matched(confirmed(), pin=pin).finding.match

    assert accused_file(match, REGISTRIES).filename == WHEEL


@pytest.mark.parametrize(
    ("stated", "told"),
    [("zz_good-1.0.tar.gz", None), ("zz_ghost.one-1.0.zip", "zz_ghost.one-1.0.zip")],
)
def test_where_a_record_names_a_release_a_file_of_another_project_is_not_told(
    stated: str, told: str | None
) -> None:
    pin = replace(confirmed().finding.match.pin, filename=stated)
    match = matched(confirmed(), pin=pin, verdict=verdict()).finding.match

    assert accused_file(match, REGISTRIES).filename == told


def test_without_a_verdict_nothing_identifies_a_malicious_file() -> None:
    found = accused_file(matched(confirmed(), verdict=None).finding.match, REGISTRIES)

    assert (found.digests, found.filename, found.url) == ((), None, None)
