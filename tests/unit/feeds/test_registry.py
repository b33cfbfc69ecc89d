from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError, UsageError
from crawler.model import Ecosystem
from crawler.net import Http
from feeds.registry import FeedSettings, build

SETTINGS = FeedSettings(index_url="https://index.example/simple/", osv_url="https://osv.example")


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    client = Http(agent="ghostcrawl/test")
    yield client
    client.close()


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("quarantine-feed", ["pypi-journal", "pypi-status"]),
        ("osv-mal", ["osv-mal", "osv-mal:npm"]),
        ("file:own.jsonl", ["file:own.jsonl"]),
        (" file:own.jsonl?ecosystem=npm&as_of=2026-08-22 ", ["file:own.jsonl"]),
    ],
)
def test_a_source_is_built_by_its_word(http: Http, spec: str, names: list[str]) -> None:
    settings = FeedSettings(
        index_url=SETTINGS.index_url,
        osv_url=SETTINGS.osv_url,
        ecosystems=(Ecosystem.PYPI, Ecosystem.NPM),
    )

    assert [feed.name for feed in build(spec, settings, http)] == names


@pytest.mark.parametrize("spec", ["", "osv", "osv-mal:x", "file", "pypi-journal", "https://x"])
def test_an_unknown_source_is_refused_and_the_known_ones_are_named(http: Http, spec: str) -> None:
    with pytest.raises(UsageError, match="quarantine-feed, osv-mal, file:PATH"):
        build(spec, SETTINGS, http)


@pytest.mark.parametrize(
    "spec", ["file:", "file:x?ecosystem=crates", "file:x?as_of=never", "file:x?colour=red"]
)
def test_a_wrong_option_of_a_file_is_refused(http: Http, spec: str) -> None:
    with pytest.raises(UsageError, match="file:PATH"):
        build(spec, SETTINGS, http)


@pytest.mark.parametrize("spec", ["quarantine-feed", "osv-mal"])
def test_a_source_without_its_url_says_which_setting_is_missing(http: Http, spec: str) -> None:
    with pytest.raises(ConfigurationError, match=r"set feeds\.(index|osv)_url"):
        build(spec, FeedSettings(index_url="", osv_url=""), http)


def test_every_file_feed_is_told_its_path(http: Http) -> None:
    (feed,) = build(f"file:{Path('a') / 'b c.jsonl'}", SETTINGS, http)

    assert feed.name == "file:a/b c.jsonl"
