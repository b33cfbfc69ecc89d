"""What every feed keeps to, whatever it reads: asked against the demo world."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.model import Ecosystem, ProjectKey, Record
from crawler.net import Http
from feeds.interface import Feed, FeedPage, PollRequest
from feeds.registry import SOURCES, FeedSettings, build
from workers.demo import world
from workers.demo.server import WorldServer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FEEDS = ("pypi-journal", "pypi-status", "osv-mal", "file")
SPECS = {"quarantine-feed": 2, "osv-mal": 1, "file": 1}
"""Word on the command line -> number of feeds behind it."""


@dataclass(frozen=True)
class Stage:
    feeds: dict[str, Feed]
    watched: Sequence[ProjectKey]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    own = tmp_path_factory.mktemp("feeds") / "own.jsonl"
    row = {"ecosystem": "pypi", "name": "zz", "level": "project", "claim": "suspicious"}
    rows = (row | {"record_id": f"own-{n}", "observed_at": "2026-05-01"} for n in range(1500))
    own.write_text("".join(f"{json.dumps(each)}\n" for each in rows))
    made = world.build()
    names = sorted(project.name for project in made.projects)
    settings = FeedSettings(
        index_url="https://index.example/simple/",
        osv_url="https://osv.example/osv",
        journal_since=0,
    )
    directory = tmp_path_factory.mktemp("world")
    with WorldServer(made, directory, page_limit=700) as server:
        http = Http(agent="ghostcrawl/test", connect_to=server.connect_to)
        specs = ("quarantine-feed", "osv-mal", f"file:{own}")
        feeds = [feed for spec in specs for feed in build(spec, settings, http)]
        watched = [ProjectKey(ecosystem=Ecosystem.PYPI, name=name) for name in names]
        yield Stage(feeds={feed.name.partition(":")[0]: feed for feed in feeds}, watched=watched)
        http.close()


def poll(stage: Stage, name: str, cursor: str | None = None) -> Iterator[FeedPage]:
    return stage.feeds[name].poll(PollRequest(cursor=cursor, now=NOW, watched=stage.watched))


def records(pages: Sequence[FeedPage]) -> list[Record]:
    return [record for page in pages for record in page.records]


def test_every_source_of_the_registry_is_tried_here(stage: Stage) -> None:
    assert set(SPECS) == set(SOURCES)
    assert set(FEEDS) == set(stage.feeds)
    assert sum(SPECS.values()) == len(FEEDS)


@pytest.mark.parametrize("name", FEEDS)
def test_a_record_comes_once_and_carries_its_origin(stage: Stage, name: str) -> None:
    found = records(list(poll(stage, name)))

    assert found
    assert len({record.id for record in found}) == len(found)
    for record in found:
        for assertion in record.assertions:
            assert assertion.feed == stage.feeds[name].name
            assert assertion.record_id == record.id
            assert assertion.observed_at.tzinfo is not None


@pytest.mark.parametrize("name", FEEDS)
def test_a_poll_killed_after_any_page_loses_and_repeats_nothing(stage: Stage, name: str) -> None:
    whole = list(poll(stage, name))

    for saved in range(1, len(whole) + 1):
        rest = list(poll(stage, name, whole[saved - 1].cursor))

        assert records(whole[:saved]) + records(rest) == records(whole)


@pytest.mark.parametrize("name", FEEDS)
def test_a_second_poll_says_nothing_again(stage: Stage, name: str) -> None:
    *_, last = poll(stage, name)

    assert records(list(poll(stage, name, last.cursor))) == []


def test_the_schema_of_rows_ships_beside_the_feed() -> None:
    schema = Path(__file__).parents[2] / "feeds/schema/assertion-v1.schema.json"

    assert json.loads(schema.read_text())["$id"] == "ghostcrawl.assertion/v1"
