"""A feed that does not answer as it did yesterday changes nothing, and a person is told."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.servers.excerpt import excerpt
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.terminal import OFFLINE, Terminal
from workers.demo.model import World
from workers.demo.osv import Osv
from workers.demo.web import Request

DUMP, CHANGES = "/osv/PyPI/all.zip", "/osv/PyPI/modified_id.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A user of one advisory feed, and the server of that feed."""

    user: Terminal
    server: FeedServer

    def publish(self, world: World) -> None:
        """Serve the advisories of `world`."""
        osv = Osv.of(world)
        records = [f"/osv/PyPI/{advisory['id']}.json" for advisory in world.advisories]
        for path in (DUMP, CHANGES, *records):
            request = Request(
                method="GET", host="osv.example", path=path, query={}, headers={}, body=b""
            )
            body = osv(request).body
            assert isinstance(body, bytes)
            self.server.replies[path] = Reply(body=body)

    def known(self) -> list[tuple[object, ...]]:
        """Return the cursor and the current verdicts."""
        with sqlite3.connect(self.user.state / "ledger.sqlite") as conn:
            cursors = conn.execute("SELECT feed, cursor FROM feed_cursor").fetchall()
            verdicts = conn.execute("SELECT id, body FROM verdict WHERE until IS NULL ORDER BY id")
            return [*cursors, *verdicts.fetchall()]


@pytest.fixture
def subscriber(tmp_path: Path) -> Iterator[Subscriber]:
    """A user who has taken the whole feed once."""
    with FeedServer() as server:
        routes = f'[network.connect_to]\n"osv.example" = "{server.url}"\n'
        feeds = '[feeds]\nosv_url = "https://osv.example/osv"\n'
        user = Terminal.at(tmp_path / "user", OFFLINE + routes + feeds)
        one = Subscriber(user=user, server=server)
        one.publish(excerpt())
        assert user("seed", "--from", "osv-mal").code == 0
        yield one


HTML = b"<!DOCTYPE html><html><title>maintenance</title></html>"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (HTML, "sent a web page instead of data"),
        (b"", "sent an empty answer"),
        (b"2026-11-01T00:00:00Z", "osv-mal"),
        (b"\x00\xff\x00", "osv-mal"),
    ],
)
def test_a_list_of_changes_that_is_none_is_refused(
    body: bytes, problem: str, subscriber: Subscriber
) -> None:
    before = subscriber.known()
    subscriber.server.replies[CHANGES] = Reply(body=body)

    ran = subscriber.user("seed", "--from", "osv-mal")

    assert (ran.code, ran.out) == (5, "")
    assert problem in ran.err
    assert subscriber.known() == before


@pytest.mark.parametrize("kept", [0, 100, -30])
def test_a_first_dump_that_is_torn_is_refused(kept: int, subscriber: Subscriber) -> None:
    (subscriber.user.state / "ledger.sqlite").unlink()
    whole = subscriber.server.replies[DUMP]
    assert isinstance(whole, Reply)
    subscriber.server.replies[DUMP] = replace(whole, body=whole.body[:kept])

    ran = subscriber.user("seed", "--from", "osv-mal")

    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith("osv-mal: ")
    assert "what came before is kept" in ran.err
    assert subscriber.known() == []


@pytest.mark.parametrize("kept", [0, 100])
def test_an_answer_that_breaks_off_changes_nothing_and_is_asked_for_again(
    kept: int, subscriber: Subscriber
) -> None:
    before = subscriber.known()
    whole = subscriber.server.replies[CHANGES]
    assert isinstance(whole, Reply)
    length = {"content-length": str(len(whole.body))}
    subscriber.server.replies[CHANGES] = Reply(body=newer(whole.body)[:kept], headers=length)

    ran = subscriber.user("seed", "--from", "osv-mal")

    assert ran.code == 3
    assert "run it again to go on" in ran.err
    assert subscriber.known() == before


def newer(changes: bytes) -> bytes:
    """Return the list of changes as it looks after all of them were made again."""
    return re.sub(rb"2026-\d\d", b"2026-10", changes)


def test_a_feed_that_shrinks_by_more_than_a_tenth_waits_for_a_person(
    subscriber: Subscriber,
) -> None:
    before = subscriber.known()
    less = excerpt(without_records=("MAL-2026-9001", "MAL-2026-9002"))
    touched = tuple({**one, "modified": "2026-11-01T00:00:00Z"} for one in less.advisories)
    subscriber.publish(replace(less, advisories=touched))

    refused = subscriber.user("seed", "--from", "osv-mal")
    unchanged = subscriber.known()
    accepted = subscriber.user("seed", "--from", "osv-mal", "--accept-change")

    assert (refused.code, refused.out) == (5, "")
    assert "the list of records shrank from 11 to 9; nothing was changed" in refused.err
    assert "poll again with --accept-change" in refused.err
    assert unchanged == before
    assert accepted.code == 0
    assert subscriber.known() != before
