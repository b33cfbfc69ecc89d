"""Which step work is for, and what becomes of a poll whose feed fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.model import Outcome, Refs
from crawler.net import Bucket, Quota
from tests.servers.github_schema import errors_of
from tests.servers.leasing import lease
from tests.servers.small_world import repository, world
from workers.broker import Broker
from workers.cluster.steps import Steps
from workers.demo.github import GithubApp
from workers.demo.loopback import Server
from workers.demo.web import Request, Response
from workers.ledger import frontier, gaps, visits, watch, work
from workers.ledger.watch import WatchEntry, WatchTask
from workers.ledger.work import turns
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run
from workers.settings import load
from workers.steps.search import list_item
from workers.wiring import Wiring

HOST = "github.example"
FEED = "osv.example"
LOCK = b'version = 1\n[[package]]\nname = "zz-ghost-one"\nversion = "1.0"\n'


@pytest.fixture
def wiring(broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    """The parts of a worker with a token for a GitHub of one repository with a lock, and a dead feed."""
    monkeypatch.setenv("SWEEP_TOKEN", "t")
    app = GithubApp(world(repository("o/with-lock", {"uv.lock": LOCK})), check=errors_of)
    section = {
        "kind": "github",
        "web_url": f"https://{HOST}",
        "api_url": f"https://api.{HOST}",
        "token_env": "SWEEP_TOKEN",
    }
    with Server({f"api.{HOST}": app}) as server:
        wired = Wiring(
            load(
                state_dir=tmp_path / "state",
                broker_url=broker.url,
                hosts={HOST: section},
                feeds={"osv_url": f"https://{FEED}"},
                network={"connect_to": {**server.connect_to, FEED: "http://127.0.0.1:9"}},
            )
        )
        yield wired
        wired.close()


def listed(wiring: Wiring, run: Run) -> tuple[list[Outcome], list[WorkKind]]:
    """List the host in `run`; return how its repository was visited, and what is left to do."""
    now = wiring.clock()
    with wiring.ledger.write() as conn:
        work.offer(conn, [list_item(HOST, run, now)], now)
        (leased,) = lease(conn, WorkKind.LIST, 1, now)
    Steps(wiring).do(WorkKind.LIST, [leased])
    with wiring.ledger.read() as conn:
        assert frontier.count(conn) == 1
        left = [queue.kind for queue in work.counts(conn, wiring.clock()) if not queue.done]
        return [past.outcome for past in visits.history(conn, 1)], left


def test_default_branches_are_swept_where_there_is_a_token(wiring: Wiring) -> None:
    visited, left = listed(wiring, Run.start(wiring.clock()))

    assert visited == [Outcome.VISITED]
    assert left == [WorkKind.READ]


def test_for_all_branches_a_host_is_only_listed(wiring: Wiring) -> None:
    visited, left = listed(wiring, Run.start(wiring.clock(), Refs.BRANCHES))

    assert visited == []
    assert left == [WorkKind.VISIT]


def test_what_only_a_person_can_put_right_waits_for_that_and_is_said(wiring: Wiring) -> None:
    begun = wiring.clock()
    for hours in range(4):
        now = begun + timedelta(hours=hours)
        with wiring.ledger.write() as conn:
            work.offer(conn, [list_item("git.example", Run.start(begun), begun)], begun)
            (leased,) = lease(conn, WorkKind.LIST, 1, now)
        Steps(wiring).do(WorkKind.LIST, [leased])

    with wiring.ledger.read() as conn:
        (queue,) = work.counts(conn, begun)
        (said,) = gaps.noted(conn)
    assert (queue.dead, queue.waiting) == (0, 1)
    assert said.context == "list git.example"
    assert said.reason.endswith("git.example does not list its repositories; give --repos")


def test_advisories_are_read_out_of_the_budget_that_the_token_has(wiring: Wiring) -> None:
    host, begun = wiring.hosts.settings_of(HOST), wiring.clock()
    identity = "" if host is None else host.identity
    for resource in ("core", "graphql"):
        bucket = Bucket(host=HOST, resource=resource, identity=identity)
        wiring.governor.learn(bucket, Quota(remaining=0, wait=3600.0))
    before = [use.requests for use in wiring.governor.usage()]
    poll = WorkItem(kind=WorkKind.POLL, key="ghsa-malware", due_at=begun, payload={})
    with wiring.ledger.write() as conn:
        work.offer(conn, [poll], begun)
        (leased,) = lease(conn, WorkKind.POLL, 1, begun)

    Steps(wiring).do(WorkKind.POLL, [leased])

    with wiring.ledger.read() as conn:
        (said,) = gaps.noted(conn)
    assert "github.example asks to wait" in said.reason
    assert [use.requests for use in wiring.governor.usage()] == before


def test_a_poll_whose_turn_is_lost_asks_for_no_further_page(wiring: Wiring) -> None:
    asked: list[str] = []
    wiring.redis.flushall()  # of what hosts asked for in other tests
    begun = wiring.clock()
    lane, later = f"api:{HOST}", begun + timedelta(seconds=turns.TURN_SECONDS)

    def answer(request: Request) -> Response:
        """Answer a page with news when the process goes on again; a worker has taken the turn meanwhile."""
        asked.append(request.path)
        wiring.ledger.transaction(lambda conn: turns.reserve(conn, "another", lane, later))
        following = f'<https://api.{HOST}/advisories?after=two>; rel="next"'
        return Response(headers={"link": following}, body=b"[]")

    poll = WorkItem(kind=WorkKind.POLL, key="ghsa-malware", host=HOST, due_at=begun)
    with wiring.ledger.write() as conn:
        work.offer(conn, [poll], begun)
        (leased,) = lease(conn, WorkKind.POLL, 1, begun)
    with Server({f"api.{HOST}": answer}) as server:
        network = wiring.settings.network.model_copy(update={"connect_to": server.connect_to})
        asking = Wiring(wiring.settings.model_copy(update={"network": network}))
        Steps(asking).do(WorkKind.POLL, [leased])
        asking.close()

    assert len(asked) == 1


def test_a_poll_whose_feed_fails_time_and_again_says_so_and_stays_due(wiring: Wiring) -> None:
    begun = wiring.clock()
    poll = WatchEntry(task=WatchTask.POLL, name="osv-mal", period=timedelta(minutes=15))
    wiring.ledger.transaction(lambda conn: watch.install(conn, [poll], begun))

    for hours in range(4):
        with wiring.ledger.write() as conn:
            (leased,) = lease(conn, WorkKind.POLL, 1, begun + timedelta(hours=hours))
        Steps(wiring).do(WorkKind.POLL, [leased])

    with wiring.ledger.read() as conn:
        (queue,) = work.counts(conn, wiring.clock())
        said = gaps.noted(conn)
    assert (queue.kind, queue.dead, queue.waiting) == (WorkKind.POLL, 0, 1)
    assert {one.context for one in said} == {"poll osv-mal"}
    assert all(one.reason.startswith("osv-mal") for one in said)


def test_a_poll_that_is_no_longer_watched_ends(wiring: Wiring) -> None:
    begun = wiring.clock()
    poll = WatchEntry(task=WatchTask.POLL, name="osv-mal", period=timedelta(minutes=15))
    wiring.ledger.transaction(lambda conn: watch.install(conn, [poll], begun))
    wiring.ledger.transaction(lambda conn: watch.install(conn, [], begun))
    with wiring.ledger.write() as conn:
        (leased,) = lease(conn, WorkKind.POLL, 1, begun)

    Steps(wiring).do(WorkKind.POLL, [leased])

    with wiring.ledger.read() as conn:
        (queue,) = work.counts(conn, wiring.clock())
    assert (queue.kind, queue.done, queue.waiting) == (WorkKind.POLL, 1, 0)
