from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError, UsageError
from crawler.hosts.interface import HostKind, HostSettings
from crawler.model import Ecosystem
from crawler.net import Http
from feeds.interface import FeedContext
from feeds.registry import SETTINGS, SOURCES, build
from tests.servers.feed_data import FEED_DATA, settings_of_world

GITHUB = HostSettings(name="github.example", kind=HostKind.GITHUB, web_url="https://github.example")


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    client = Http(agent="ghostcrawl/test")
    yield client
    client.close()


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        *((word, [*data.feeds]) for word, data in FEED_DATA.items() if data.sample is None),
        ("bigquery:rows.csv", ["bigquery:rows.csv"]),
        ("misp:events", ["misp:events"]),
        ("stix:bundle.json", ["stix:bundle.json"]),
        ("file:own.jsonl", ["file:own.jsonl"]),
        (" file:own.jsonl?ecosystem=npm&as_of=2026-08-22 ", ["file:own.jsonl"]),
    ],
)
def test_a_source_is_built_by_its_word(http: Http, spec: str, names: list[str]) -> None:
    context = FeedContext(
        http=http,
        settings=settings_of_world(),
        index_url="https://index.example/simple/",
        npm_url="https://registry.npm.example/",
        github=GITHUB,
        ecosystems=(Ecosystem.PYPI, Ecosystem.NPM),
    )

    assert [feed.name for feed in build(spec, context)] == names


@pytest.mark.parametrize(
    "spec", ["", "osv", "osv-mal:x", "file", "misp:", "pypi-journal", "https://x"]
)
def test_an_unknown_source_is_refused_and_the_known_ones_are_named(http: Http, spec: str) -> None:
    with pytest.raises(UsageError, match=r"quarantine-feed, osv-mal, .*file:PATH, .*stix:PATH"):
        build(spec, FeedContext(http=http))


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
        build(spec, FeedContext(http=http))


@pytest.mark.parametrize(
    ("spec", "missing"),
    [
        ("quarantine-feed", "set registries.pypi.index_url"),
        ("ghsa-malware", "set one in [hosts]"),
        ("npm-changes", "set registries.npm.index_url"),
        *(
            (source.word, f"set feeds.{source.settings[0].name}")
            for source in SOURCES.values()
            if source.word not in {"quarantine-feed", "npm-changes"} and source.settings
        ),
    ],
)
def test_a_source_that_is_off_says_which_setting_is_missing(
    http: Http, spec: str, missing: str
) -> None:
    settings = {setting.name: "" for setting in SETTINGS}

    with pytest.raises(ConfigurationError, match=re.escape(missing)):
        build(spec, FeedContext(http=http, settings=settings))


def test_every_file_feed_is_told_its_path(http: Http) -> None:
    (feed,) = build(f"file:{Path('a') / 'b c.jsonl'}", FeedContext(http=http))

    assert feed.name == "file:a/b c.jsonl"


def test_every_source_says_where_its_feeds_are_made() -> None:
    made = {source.feeds.partition(":")[0] for source in SOURCES.values()}

    assert all(callable(importlib.import_module(module).feeds) for module in made)


def test_no_setting_belongs_to_two_sources() -> None:
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_whoever_reads_the_settings_loads_no_feed_and_no_client() -> None:
    code = """
import sys, workers.settings
heavy = {"httpx", "pypi_simple", "github", "feeds.guards", "crawler.git", "crawler.net.client"}
sys.exit(" ".join(heavy & set(sys.modules)) or None)
"""

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
