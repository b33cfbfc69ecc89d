"""What every feed keeps to, whatever it reads: asked against the demo world and the world of feeds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.model import Ecosystem, ProjectKey, Record
from crawler.net import Http
from feeds.interface import Feed, FeedPage, PollRequest
from feeds.registry import build
from tests.servers.feed_data import FEED_DATA, settings_of_world
from tests.servers.feeds_stage import context
from tests.servers.feeds_story import INCREMENT
from tests.servers.feeds_world import FeedsWorld
from workers.demo import world
from workers.demo.server import WorldServer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FEEDS = {
    name: data for data in FEED_DATA.values() for name in data.feeds if not name.endswith(":npm")
}
"""By name, without the paths of those that read one."""


@dataclass(frozen=True)
class Stage:
    feeds: dict[str, Feed]
    watched: Sequence[ProjectKey]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    demo = world.build()
    keys = {ProjectKey(ecosystem=Ecosystem.PYPI, name=project.name) for project in demo.projects}
    keys |= {ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/osv")}
    with (
        WorldServer(demo, tmp_path_factory.mktemp("world"), page_limit=700) as server,
        FeedsWorld(tmp_path_factory.mktemp("git")) as others,
    ):
        others.show(INCREMENT)
        own = {h: server.connect_to[h] for h in ("index.example", "osv.example")}
        http = Http(agent="ghostcrawl/test", connect_to={**others.connect_to, **own})
        made = replace(context(http, Ecosystem.PYPI), settings=settings_of_world())
        words = (
            f"{word}:{data.sample}" if data.sample else word for word, data in FEED_DATA.items()
        )
        feeds = [feed for word in words for feed in build(word, made)]
        yield Stage(
            feeds={feed.name.partition(":")[0]: feed for feed in feeds}, watched=sorted(keys)
        )
        http.close()


def poll(stage: Stage, name: str, cursor: str | None = None) -> Iterator[FeedPage]:
    beginning = FEEDS[name].beginning if cursor is None else cursor
    return stage.feeds[name].poll(PollRequest(cursor=beginning, now=NOW, watched=stage.watched))


def records(pages: Sequence[FeedPage]) -> list[Record]:
    return [record for page in pages for record in page.records]


def test_every_feed_of_the_registry_is_tried_here(stage: Stage) -> None:
    assert set(FEEDS) == set(stage.feeds)


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
