"""What every feed keeps to, whatever it reads: asked against the demo world and the world of feeds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.hosts.interface import HostKind, HostSettings
from crawler.model import Ecosystem, ProjectKey, Record
from crawler.net import Http
from feeds.interface import Feed, FeedPage, PollRequest
from feeds.registry import SOURCES, FeedSettings, build
from tests.servers.feeds_story import INCREMENT
from tests.servers.feeds_world import CAMPAIGNS, DATASET, FeedsWorld
from workers.demo import world
from workers.demo.server import WorldServer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SPECS = {
    "quarantine-feed": ("pypi-journal", "pypi-status", "pypi-quarantine"),
    "osv-mal": ("osv-mal",),
    "ghsa-malware": ("ghsa-malware",),
    "kam193": ("kam193",),
    "datadog": ("datadog",),
    "npm-changes": ("npm-changes",),
    "aikido": ("aikido", "aikido-predictions"),
    "file": ("file",),
    "bigquery": ("bigquery",),
    "misp": ("misp",),
    "stix": ("stix",),
}
"""Word on the command line -> the feeds behind it, without their paths."""
FEEDS = tuple(name for names in SPECS.values() for name in names)
BEGINNINGS = {"npm-changes": '{"since": 0}'}
"""Where a first poll says nothing by itself."""
SHA256, UUID = "a" * 64, "00000001-0000-4000-8000-000000000000"
FILE = "zz_ghost-1.0.0.tar.gz"


@dataclass(frozen=True)
class Stage:
    feeds: dict[str, Feed]
    watched: Sequence[ProjectKey]


def own_rows(folder: Path) -> Path:
    row = {"ecosystem": "pypi", "name": "zz", "level": "project", "claim": "suspicious"}
    rows = (row | {"record_id": f"own-{n}", "observed_at": "2026-05-01"} for n in range(1500))
    (folder / "own.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in rows))
    return folder / "own.jsonl"


def query_result(folder: Path) -> Path:
    row = {
        "name": "zz-ghost",
        "version": "1.0.0",
        "filename": FILE,
        "size": 1,
        "sha256_digest": SHA256,
        "blake2_256_digest": "ab" * 32,
        "path": f"ab/ab/{'ab' * 30}/{FILE}",
        "upload_time": "2026-05-01 12:00:00 UTC",
    }
    (folder / "result.jsonl").write_text(json.dumps(row) + "\n")
    return folder / "result.jsonl"


def events(folder: Path) -> Path:
    common = {"uuid": UUID, "timestamp": "1777593600", "category": "Payload delivery"}
    attribute = {"type": "filename|sha256", "value": f"{FILE}|{SHA256}", "to_ids": True}
    event = common | {"info": "zz", "date": "2026-05-01", "Attribute": [common | attribute]}
    (folder / "event.json").write_text(json.dumps({"Event": event}))
    return folder / "event.json"


def bundle(folder: Path) -> Path:
    indicator = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{UUID}",
        "created": "2026-05-01T00:00:00Z",
        "modified": "2026-05-01T00:00:00Z",
        "valid_from": "2026-05-01T00:00:00Z",
        "indicator_types": ["malicious-activity"],
        "pattern_type": "stix",
        "pattern": f"[file:name = '{FILE}' AND file:hashes.'SHA-256' = '{SHA256}']",
    }
    document = {"type": "bundle", "id": f"bundle--{UUID}", "objects": [indicator]}
    (folder / "bundle.json").write_text(json.dumps(document))
    return folder / "bundle.json"


FILES = {"file": own_rows, "bigquery": query_result, "misp": events, "stix": bundle}


def settings() -> FeedSettings:
    return FeedSettings(
        index_url="https://index.example/simple/",
        npm_url="https://registry.npm.example/",
        osv_url="https://osv.example/osv",
        github=HostSettings(
            name="github.example",
            kind=HostKind.GITHUB,
            web_url="https://github.example",
            api_url="https://api.github.example",
        ),
        kam193_url=f"https://git.example/{CAMPAIGNS}",
        datadog_url=f"https://git.example/{DATASET}",
        aikido_url="https://lists.example/malware.json",
        aikido_predictions_url="https://lists.example/predictions.json",
        journal_since=0,
    )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made, folder = world.build(), tmp_path_factory.mktemp("feeds")
    keys = {ProjectKey(ecosystem=Ecosystem.PYPI, name=project.name) for project in made.projects}
    keys |= {ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/osv")}
    with (
        WorldServer(made, tmp_path_factory.mktemp("world"), page_limit=700) as server,
        FeedsWorld(tmp_path_factory.mktemp("git")) as others,
    ):
        others.show(INCREMENT)
        own = {h: server.connect_to[h] for h in ("index.example", "osv.example")}
        http = Http(agent="ghostcrawl/test", connect_to={**others.connect_to, **own})
        words = (f"{word}:{FILES[word](folder)}" if word in FILES else word for word in SPECS)
        feeds = [feed for word in words for feed in build(word, settings(), http)]
        yield Stage(
            feeds={feed.name.partition(":")[0]: feed for feed in feeds}, watched=sorted(keys)
        )
        http.close()


def poll(stage: Stage, name: str, cursor: str | None = None) -> Iterator[FeedPage]:
    beginning = BEGINNINGS.get(name) if cursor is None else cursor
    return stage.feeds[name].poll(PollRequest(cursor=beginning, now=NOW, watched=stage.watched))


def records(pages: Sequence[FeedPage]) -> list[Record]:
    return [record for page in pages for record in page.records]


def test_every_source_of_the_registry_is_tried_here(stage: Stage) -> None:
    assert set(SPECS) == set(SOURCES)
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
