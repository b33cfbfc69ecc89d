"""A list that is walked by time hides nothing, whatever changes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.launchpad import Launchpad
from crawler.net import Http
from tests.servers.api import ApiServer
from tests.servers.launchpad_repositories import LaunchpadRepositories

_BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
_MINUTES = st.lists(st.integers(0, 10_000), min_size=1, max_size=9, unique=True)
_CHANGES = st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=6)


@dataclass(slots=True)
class _Scene:
    """A server whose world is exchanged for every example."""

    world: LaunchpadRepositories
    host: Launchpad | None = None


@pytest.fixture(scope="module")
def scene() -> Iterator[_Scene]:
    scene = _Scene(LaunchpadRepositories())
    with ApiServer(lambda asked: scene.world(asked)) as server:  # noqa: PLW0108 - worlds change
        host = HostSettings(
            name="git.example",
            kind=HostKind.GIT,
            web_url="https://git.example",
            api_url=server.base_url,
        )
        with closing(Http(agent="test", trusted_hosts=(server.authority,))) as http:
            scene.host = Launchpad(host, http)
            yield scene


@settings(max_examples=25)
@given(minutes=_MINUTES, changes=_CHANGES, size=st.integers(2, 4), including=st.booleans())
def test_every_repository_is_listed_whichever_changes_between_two_pages(
    scene: _Scene, minutes: list[int], changes: list[list[int]], size: int, *, including: bool
) -> None:
    names = [f"~o/p/+git/r{number}" for number in range(len(minutes))]
    times = [_BEGIN + timedelta(minutes=minute) for minute in minutes]
    written = {n: t.isoformat() for n, t in zip(names, times, strict=True)}
    scene.world = LaunchpadRepositories(size=size, including=including, changed=written)
    assert scene.host is not None

    seen, cursor, now = set(), None, _BEGIN + timedelta(days=30)
    for step in range(100):
        page = scene.host.list(cursor)
        seen |= {r.path for r in page.repositories}
        if (cursor := page.next_cursor) is None:
            break
        for number in changes[step] if step < len(changes) else ():
            now += timedelta(seconds=1)
            scene.world.changed[names[number % len(names)]] = now.isoformat()

    assert cursor is None
    assert seen == set(names)
