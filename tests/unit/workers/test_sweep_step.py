"""The sweep against the demo's GitHub over loopback HTTP, on a ledger of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from crawler import lockfiles
from crawler.hosts.github.host import GitHub
from crawler.hosts.interface import HostKind, HostSettings
from crawler.lockfiles import KnownTexts, LockReading
from crawler.model import LockId, Outcome
from crawler.net import Budget, Http
from tests.servers.api import RecordingBudget
from tests.servers.github_schema import errors_of
from tests.servers.ledgers import new_ledger
from tests.servers.small_world import repository, world
from tests.unit.workers.sweeping import (
    EMPTY,
    FOLDER,
    HOST,
    LOCK,
    PLAIN,
    WITH_LOCK,
    Bench,
    Site,
    nodes,
)
from workers.budget.governor import Governor
from workers.demo.github import GithubApp
from workers.demo.loopback import Server
from workers.demo.model import WorldRepository
from workers.demo.web import Request, Response
from workers.files import blob_of
from workers.ledger import frontier, gaps, locks, work
from workers.ledger.work_items import WorkKind
from workers.steps.judging import PARSER_VERSION
from workers.steps.search import list_item, visit_item
from workers.steps.sweep import SweepStep


@pytest.fixture
def site() -> Site:
    return Site(app=GithubApp(world(), check=errors_of))


@pytest.fixture
def made(site: Site, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    with ExitStack() as stack:
        server = stack.enter_context(Server({f"api.{HOST}": site}))
        ledger = new_ledger(tmp_path / "ledger.sqlite")
        stack.callback(ledger.close)

        def make(*repositories: WorldRepository, budget: Budget | None = None) -> Bench:
            spent = budget or RecordingBudget()
            http = Http(agent="test", budget=spent, connect_to=server.connect_to)
            stack.callback(http.close)
            settings = HostSettings(
                name=HOST,
                kind=HostKind.GITHUB,
                web_url=f"https://{HOST}",
                api_url=f"https://api.{HOST}",
                token="t",
            )
            site.show(*repositories)
            return Bench(ledger=ledger, site=site, host=GitHub(settings, http, spent, site.now))

        yield make


def test_a_sweep_visits_what_it_lists_and_asks_once_for_the_page_and_once_for_the_texts(
    made: Callable[..., Bench],
) -> None:
    bench = made(WITH_LOCK, PLAIN, EMPTY)

    asked = bench.sweep()

    assert asked == 2
    assert bench.outcomes() == {
        "o/with-lock": [Outcome.VISITED],
        "o/plain": [Outcome.VISITED],
        "o/empty": [Outcome.EMPTY],
    }
    assert bench.seen() == ["o/with-lock:uv.lock"]
    assert len(bench.waits(WorkKind.READ)) == 3
    assert min(bench.waits(WorkKind.READ)) > timedelta(days=0.9)


def test_a_second_sweep_of_the_same_costs_the_page_alone(made: Callable[..., Bench]) -> None:
    bench = made(WITH_LOCK, PLAIN)
    bench.sweep()
    bench.site.offset += 86_400

    asked = bench.sweep()

    assert asked == 1
    assert bench.outcomes() == {
        "o/with-lock": [Outcome.UNCHANGED, Outcome.VISITED],
        "o/plain": [Outcome.UNCHANGED, Outcome.VISITED],
    }


def test_a_read_that_is_due_is_put_off_by_a_sweep_that_has_just_done_it(
    made: Callable[..., Bench],
) -> None:
    bench = made(WITH_LOCK)
    repository_id = bench.save("o/with-lock")
    bench.offer(visit_item(WorkKind.READ, repository_id, HOST, bench.run, bench.site.now()))

    bench.sweep()

    assert bench.lease(WorkKind.READ) == ()
    assert len(bench.waits(WorkKind.READ)) == 1


@pytest.mark.slow
def test_eleven_hundred_repositories_are_swept_in_turns_that_go_on_at_a_cursor(
    made: Callable[..., Bench],
) -> None:
    first = datetime(2026, 3, 1, tzinfo=UTC)
    created = [(first + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(1100)]
    bench = made(*(repository(f"o/r{n}", {}, created_at=at) for n, at in enumerate(created)))

    asked = bench.sweep()

    outcomes = list(bench.outcomes().values())
    assert (len(outcomes), {tuple(one) for one in outcomes}) == (1100, {(Outcome.EMPTY,)})
    assert asked <= 20
    with bench.ledger.read() as conn:
        (lists,) = [one for one in work.counts(conn, bench.site.now()) if one.kind is WorkKind.LIST]
    assert lists.done >= 2


def test_a_repository_in_whose_folders_a_search_saw_files_is_read_and_not_swept(
    made: Callable[..., Bench],
) -> None:
    bench = made(FOLDER, WITH_LOCK)
    bench.save("o/folder", "app/uv.lock")
    bench.save("o/with-lock", "uv.lock")

    bench.sweep()
    swept = bench.seen()
    read = bench.read()

    assert swept == ["o/with-lock:uv.lock"]
    assert read == ["o/folder"]
    assert bench.seen() == ["o/folder:app/uv.lock", "o/folder:uv.lock", "o/with-lock:uv.lock"]


def test_what_a_search_sees_during_the_sweep_is_read_all_the_same(
    made: Callable[..., Bench],
) -> None:
    bench = made(FOLDER)

    def parse(path: str, data: bytes, known: KnownTexts) -> LockReading:
        bench.save("o/folder", "app/uv.lock")  # a search, meanwhile
        return lockfiles.parse_unknown(path, data, known)

    bench.parse = parse
    bench.sweep()

    assert bench.read() == ["o/folder"]
    assert bench.seen() == ["o/folder:app/uv.lock", "o/folder:uv.lock"]


def test_a_root_that_the_host_could_not_list_is_read_and_the_rest_is_swept(
    made: Callable[..., Bench],
) -> None:
    bench = made(WITH_LOCK, PLAIN)

    def damage(content: dict[str, Any]) -> None:
        for index, node in enumerate(nodes(content)):
            if node["nameWithOwner"] == "o/with-lock":
                node["root"] = None
                path = ["search", "nodes", index, "root"]
                content["errors"] = [{"path": path, "message": "something went wrong"}]

    bench.site.damage = damage
    bench.sweep()
    swept = bench.outcomes()
    read = bench.read()

    assert swept == {"o/with-lock": [], "o/plain": [Outcome.VISITED]}
    assert read == ["o/with-lock"]
    assert bench.seen() == ["o/with-lock:uv.lock"]
    with bench.ledger.read() as conn:
        assert gaps.noted(conn) == ()


def test_a_text_that_does_not_come_is_asked_for_again_by_a_read(
    made: Callable[..., Bench],
) -> None:
    bench = made(WITH_LOCK, PLAIN)

    def damage(content: dict[str, Any]) -> None:
        if not nodes(content):
            content["errors"] = [{"message": "Something went wrong while executing your query."}]
            del content["data"]

    bench.site.damage = damage
    bench.sweep()
    swept = bench.outcomes()
    bench.site.damage = lambda _: None

    assert swept == {"o/with-lock": [], "o/plain": [Outcome.VISITED]}
    assert bench.read() == ["o/with-lock"]
    assert bench.outcomes()["o/with-lock"] == [Outcome.VISITED]


def test_what_was_blocked_three_times_is_not_due_again_by_the_sweep(
    made: Callable[..., Bench],
) -> None:
    bench = made(WITH_LOCK)

    def damage(content: dict[str, Any]) -> None:
        for asked_for in content["data"].values():
            if "blob" in asked_for:
                asked_for["blob"] = None

    bench.site.damage, bench.site.rest = damage, Response(status=451)
    waits = []
    for _ in range(3):
        bench.sweep()
        waits += bench.waits(WorkKind.READ)
        bench.site.offset += 86_400

    assert bench.outcomes() == {"o/with-lock": [Outcome.BLOCKED] * 3}
    assert [round(one / timedelta(days=31)) for one in waits] == [1, 1, 1]
    assert waits[2] < waits[0] - timedelta(days=0.9)


def spend(app: GithubApp, points: int) -> None:
    """Use up GraphQL points of the identity that sweeps; a query of 49 connections of 100 costs 49."""
    refs = (
        'nodes { ... on Repository { refs(refPrefix: "refs/heads/", first: 100) { totalCount } } }'
    )
    costly = " ".join(
        f'a{n}: search(type: REPOSITORY, query: "none", first: 100) {{ {refs} }}' for n in range(49)
    )
    headers = {"user-agent": "test", "authorization": "bearer t"}
    for cost, query in ((49, costly), (1, "rateLimit { cost }")):
        body = json.dumps({"query": f"{{ {query} }}"}).encode()
        request = Request(method="POST", host="", path="/graphql", headers=headers, body=body)
        for _ in range(points // cost):
            app(request)
        points %= cost


@pytest.mark.slow
def test_a_quota_that_runs_out_before_the_texts_loses_nothing_and_is_not_overspent(
    made: Callable[..., Bench], site: Site, redis: Redis
) -> None:
    budget = Governor(redis, clock=site.now, sleep=lambda _: None)
    bench = made(WITH_LOCK, PLAIN, FOLDER, budget=budget)
    spend(bench.site.app, 4_999)
    spent = bench.site.app.stats().total

    bench.sweep()
    swept, waits = bench.outcomes(), bench.waits(WorkKind.READ)
    early = bench.lease(WorkKind.READ)
    asked = bench.site.app.stats().total - spent
    bench.site.offset += 3601
    read = bench.read()

    assert swept == {"o/with-lock": [], "o/plain": [Outcome.VISITED], "o/folder": []}
    assert (asked, early) == (1, ())
    assert timedelta(minutes=58) < min(waits) <= timedelta(minutes=61)
    assert read == ["o/folder", "o/with-lock"]
    assert bench.seen() == ["o/folder:uv.lock", "o/with-lock:uv.lock"]
    assert bench.site.app.stats().violations == 0


class Killed(BaseException):
    """What no code of ours catches."""


def test_a_sweep_that_is_killed_asks_again_for_the_page_and_for_no_text_that_was_kept(
    made: Callable[..., Bench],
) -> None:
    others = [repository(f"o/r{n}", {"uv.lock": LOCK + b"# %d\n" % n}) for n in range(4)]
    bench = made(*others)
    parsed: list[str] = []

    def parse(path: str, data: bytes, known: KnownTexts) -> LockReading:
        if len(parsed) == 2:
            raise Killed
        parsed.append(path)
        return lockfiles.parse_unknown(path, data, known)

    bench.parse = parse
    with pytest.raises(Killed):
        bench.sweep()
    killed = bench.outcomes()
    bench.parse, before = lockfiles.parse_unknown, bench.site.app.stats().total
    bench.site.offset += 61
    bench.sweep()

    assert [len(past) for past in killed.values()] == [1, 1, 0, 0]
    assert bench.outcomes() == {
        "o/r0": [Outcome.UNCHANGED, Outcome.VISITED],
        "o/r1": [Outcome.UNCHANGED, Outcome.VISITED],
        "o/r2": [Outcome.VISITED],
        "o/r3": [Outcome.VISITED],
    }
    assert bench.site.app.stats().total - before == 2
    assert len(bench.seen()) == 4


def test_a_text_of_two_names_is_asked_for_once_and_read_in_both_ways(
    made: Callable[..., Bench],
) -> None:
    bench = made(
        repository("o/cairo", {"Scarb.lock": LOCK}), repository("o/task", {"uv.lock": LOCK})
    )
    oid = blob_of("uv.lock", LOCK).oid
    both = {LockId(oid=oid, reading=reading) for reading in ("other-lock", "uv")}

    requests = bench.sweep()

    with bench.ledger.read() as conn:
        assert locks.known(conn, both, PARSER_VERSION) == both
    assert requests == 2
    assert bench.seen() == ["o/cairo:Scarb.lock", "o/task:uv.lock"]


def test_who_has_lost_the_lease_offers_nothing_more(made: Callable[..., Bench]) -> None:
    bench = made(WITH_LOCK, FOLDER)
    bench.save("o/folder", "app/uv.lock")
    bench.offer(list_item(HOST, bench.run, bench.site.now()))
    lost = bench.lease(WorkKind.LIST)
    bench.site.offset += 61
    (held,) = bench.lease(WorkKind.LIST)

    SweepStep(host=bench.host, recorder=bench.recorder).sweep(lost)

    assert bench.seen() == ["o/with-lock:uv.lock"]
    assert bench.lease(WorkKind.READ) == ()
    with bench.ledger.write() as conn:
        assert work.finish(conn, held.id, held.fence, bench.site.now())


def test_a_read_that_is_under_way_is_left_to_its_worker(made: Callable[..., Bench]) -> None:
    bench = made(WITH_LOCK)
    repository_id = bench.save("o/with-lock")
    bench.offer(visit_item(WorkKind.READ, repository_id, HOST, bench.run, bench.site.now()))
    (held,) = bench.lease(WorkKind.READ)

    bench.sweep()

    with bench.ledger.write() as conn:
        assert work.finish(conn, held.id, held.fence, bench.site.now())
    assert bench.waits(WorkKind.READ) == []


def paths(bench: Bench, ids: Collection[int]) -> list[str]:
    with bench.ledger.read() as conn:
        known = frontier.repositories(conn, ids)
    return [known[i].path for i in ids]


def test_repositories_that_have_passed_on_their_names_keep_their_rows(
    made: Callable[..., Bench],
) -> None:
    bench = made(WITH_LOCK, PLAIN)
    bench.sweep()
    before = paths(bench, [1, 2])
    bench.site.show(replace(WITH_LOCK, path="o/new"), replace(PLAIN, path="o/with-lock"))

    asked = bench.sweep()

    assert before == ["o/with-lock", "o/plain"]
    assert paths(bench, [1, 2]) == ["o/new", "o/with-lock"]
    assert bench.outcomes() == {
        "o/new": [Outcome.UNCHANGED, Outcome.VISITED],
        "o/with-lock": [Outcome.UNCHANGED, Outcome.VISITED],
    }
    assert asked == 1
    assert bench.seen() == ["o/new:uv.lock"]


def test_a_new_repository_of_an_old_name_and_the_same_commit_is_visited_and_not_unchanged(
    made: Callable[..., Bench],
) -> None:
    bench = made(WITH_LOCK)
    bench.sweep()
    bench.site.show(WITH_LOCK, replace(WITH_LOCK, path="o/other"))

    def damage(content: dict[str, Any]) -> None:
        for node in nodes(content):  # as if both pages were asked around a rename
            node["nameWithOwner"] = "o/with-lock"

    bench.site.damage = damage
    bench.sweep()

    assert paths(bench, [1, 2]) == ["o/with-lock", "o/with-lock"]
    assert bench.seen() == ["o/with-lock:uv.lock", "o/with-lock:uv.lock"]


def test_of_a_repository_that_comes_twice_the_last_answer_counts(
    made: Callable[..., Bench],
) -> None:
    bench = made(PLAIN)

    def damage(content: dict[str, Any]) -> None:
        for node in nodes(content):
            renamed = node | {"nameWithOwner": "o/old"}
            content["data"]["search"]["nodes"] = [renamed, node | {"root": None}]

    bench.site.damage = damage
    bench.sweep()
    swept = bench.outcomes()

    assert swept == {"o/plain": []}
    assert bench.read() == ["o/plain"]
