from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError, UsageError
from crawler.hosts.interface import HostKind, HostSettings
from crawler.model import Ecosystem
from crawler.net import Http
from feeds.registry import FeedSettings, build

GITHUB = HostSettings(name="github.example", kind=HostKind.GITHUB, web_url="https://github.example")
SETTINGS = FeedSettings(index_url="https://index.example/simple/", osv_url="https://osv.example")


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    client = Http(agent="ghostcrawl/test")
    yield client
    client.close()


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("quarantine-feed", ["pypi-journal", "pypi-status", "pypi-quarantine"]),
        ("osv-mal", ["osv-mal", "osv-mal:npm"]),
        ("ghsa-malware", ["ghsa-malware", "ghsa-malware:npm"]),
        ("kam193", ["kam193"]),
        ("datadog", ["datadog"]),
        ("npm-changes", ["npm-changes"]),
        ("aikido", ["aikido", "aikido-predictions"]),
        ("bigquery:rows.csv", ["bigquery:rows.csv"]),
        ("misp:events", ["misp:events"]),
        ("stix:bundle.json", ["stix:bundle.json"]),
        ("file:own.jsonl", ["file:own.jsonl"]),
        (" file:own.jsonl?ecosystem=npm&as_of=2026-08-22 ", ["file:own.jsonl"]),
    ],
)
def test_a_source_is_built_by_its_word(http: Http, spec: str, names: list[str]) -> None:
    settings = FeedSettings(
        index_url=SETTINGS.index_url,
        osv_url=SETTINGS.osv_url,
        npm_url="https://registry.npm.example/",
        github=GITHUB,
        aikido_url="https://lists.example/malware.json",
        aikido_predictions_url="https://lists.example/predictions.json",
        ecosystems=(Ecosystem.PYPI, Ecosystem.NPM),
    )

    assert [feed.name for feed in build(spec, settings, http)] == names


@pytest.mark.parametrize(
    "spec", ["", "osv", "osv-mal:x", "file", "misp:", "pypi-journal", "https://x"]
)
def test_an_unknown_source_is_refused_and_the_known_ones_are_named(http: Http, spec: str) -> None:
    with pytest.raises(UsageError, match=r"quarantine-feed, osv-mal, .*file:PATH, .*stix:PATH"):
        build(spec, SETTINGS, http)


@pytest.mark.parametrize(
    "spec",
    [
        "file:?as_of=2026-01-01",
        "file:x?ecosystem=crates",
        "file:x?as_of=never",
        "file:x?colour=red",
    ],
)
def test_a_wrong_option_of_a_file_is_refused(http: Http, spec: str) -> None:
    with pytest.raises(UsageError, match="file:PATH"):
        build(spec, SETTINGS, http)


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ("quarantine-feed", "set registries.pypi.index_url"),
        ("osv-mal", "set feeds.osv_url"),
        ("ghsa-malware", "set one in [hosts]"),
        ("kam193", "set feeds.kam193_url"),
        ("datadog", "set feeds.datadog_url"),
        ("npm-changes", "set registries.npm.index_url"),
        ("aikido", "set feeds.aikido_url"),
    ],
)
def test_a_source_that_is_off_says_which_setting_is_missing(
    http: Http, spec: str, missing: str
) -> None:
    settings = FeedSettings(index_url="", osv_url="", kam193_url="", datadog_url="")

    with pytest.raises(ConfigurationError, match=re.escape(missing)):
        build(spec, settings, http)


def test_every_file_feed_is_told_its_path(http: Http) -> None:
    (feed,) = build(f"file:{Path('a') / 'b c.jsonl'}", SETTINGS, http)

    assert feed.name == "file:a/b c.jsonl"
