from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import ConfigurationError, UsageError
from workers.cli.feeds_sources import planned
from workers.monitoring.feed_polls import network_sources
from workers.settings import load
from workers.wiring import Wiring

CONFIGURATION = """\
[registries.pypi]
index_url = "https://index.example/simple/"

[feeds]
osv_url = ""
"""


@pytest.fixture
def wiring(tmp_path: Path) -> Wiring:
    (tmp_path / "ghostcrawl.toml").write_text(CONFIGURATION, "utf-8")
    return Wiring(load(config=tmp_path / "ghostcrawl.toml", state_dir=tmp_path / "state"))


def test_sources_of_the_network_are_those_that_need_no_path(wiring: Wiring) -> None:
    words = {source.word for source in network_sources(wiring.feeds)}

    assert {"osv-mal", "quarantine-feed"} <= words
    assert "file" not in words


def test_a_source_that_is_not_configured_says_what_is_missing(wiring: Wiring) -> None:
    problems = {source.word: source.problem for source in network_sources(wiring.feeds)}

    assert "feeds.osv_url" in str(problems["osv-mal"])
    assert problems["quarantine-feed"] is None


def test_all_is_what_is_configured_and_names_what_is_not(wiring: Wiring) -> None:
    plan = planned(wiring, "all,file:own.jsonl")

    names = [feed.name for feed in plan.feeds]
    assert "pypi-journal" in names
    assert names[-1] == "file:own.jsonl"
    assert len(names) == len(set(names))
    assert "osv-mal" in {skipped.context for skipped in plan.skipped}


def test_a_source_that_is_named_is_asked_alone(wiring: Wiring) -> None:
    plan = planned(wiring, "file:own.jsonl")

    assert ([feed.name for feed in plan.feeds], plan.skipped) == (["file:own.jsonl"], ())


def test_a_source_that_is_named_must_be_configured(wiring: Wiring) -> None:
    with pytest.raises(ConfigurationError):
        planned(wiring, "quarantine-feed,osv-mal")


@pytest.mark.parametrize("words", ["", " , ", "no-such-source", "file", "all,file"])
def test_words_that_name_no_source_are_refused(wiring: Wiring, words: str) -> None:
    with pytest.raises(UsageError):
        planned(wiring, words)
