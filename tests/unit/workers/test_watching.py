"""Rounds of the standing watch: what they ask for, what they remember, and when they come again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from crawler.hosts.interface import HostKind, HostSettings, ListPage
from crawler.hosts.plain import PlainGit
from crawler.model import LineSpan, Repository, Skipped
from crawler.reporting import Edition
from tests.servers.leasing import lease
from tests.values import GHOST, REGISTRIES, verdict
from workers.configured_hosts import ConfiguredHosts
from workers.ledger import frontier, gaps, verdicts, watch, work
from workers.ledger.ledger import Ledger
from workers.ledger.tables import repository
from workers.ledger.watch import WatchEntry, WatchTask
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.settings import HostSection
from workers.steps.search import ListStep
from workers.steps.watching import WatchStep

HOST = "git.example"
START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
_GIT = PlainGit(HostSettings(name=HOST, kind=HostKind.GIT, web_url=f"https://{HOST}"))


@dataclass
class Changing:
    """A host whose list can be asked for changes; it notes what it is asked."""

    asked: list[str | None] = field(default_factory=list)
    shown: list[Repository] = field(default_factory=list)
    settings: HostSettings = _GIT.settings

    def repository(self, path: str) -> Repository:
        return _GIT.repository(path)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> None:
        return None

    def since(self, when: datetime) -> str:
        return f"since {when:%d %H:%M}"

    def list(self, cursor: str | None) -> ListPage:
        self.asked.append(cursor)
        return ListPage(repositories=tuple(self.shown), next_cursor=None)


@dataclass
class Crew:
    """A watch, and the workers who do what it offers."""

    ledger: Ledger
    host: Changing = field(default_factory=Changing)
    now: datetime = START
    scale: float = 1.0

    def watch(self, *entries: WatchEntry) -> None:
        self.ledger.transaction(lambda conn: watch.install(conn, entries, self.now, self.scale))

    def rounds(self) -> int:
        """Do the rounds that are due; return how many there were."""
        section = HostSection(kind=HostKind.GIT, web_url=f"https://{HOST}")
        step = WatchStep(
            ledger=self.ledger,
            hosts=ConfiguredHosts({HOST: section}, lambda _: self.host),
            registries=REGISTRIES,
            located=_located,
            protected=(),
            edition=lambda at: Edition(at=at, contact="abuse@git.example"),
            clock=lambda: self.now,
            scale=self.scale,
        )
        with self.ledger.write() as conn:
            due = lease(conn, WorkKind.PLAN, 9, self.now)
        step.watch(due)
        return len(due)

    def lists(self) -> None:
        """Ask the pages that are due."""
        step = ListStep(
            ledger=self.ledger,
            host=self.host,
            name=HOST,
            reading=lambda _name, _run: WorkKind.VISIT,
            clock=lambda: self.now,
            scale=self.scale,
        )
        with self.ledger.write() as conn:
            due = lease(conn, WorkKind.LIST, 9, self.now)
        step.list(due)

    def due(self, kind: WorkKind) -> list[tuple[str, Mapping[str, Any]]]:
        """Take what is due of a kind, and end it."""
        with self.ledger.write() as conn:
            leased = lease(conn, kind, 99, self.now)
            work.finish_all(conn, leased, self.now)
        return [(one.key, one.payload) for one in leased]


def _located(
    lines: Iterable[str],
) -> tuple[Mapping[str, Sequence[Repository]], Sequence[Skipped]]:
    named = [line for line in lines if line]
    good = [
        _GIT.repository(line.removeprefix("https://git.example/")) for line in named if ":" in line
    ]
    bad = [Skipped(context="line", reason=line) for line in named if ":" not in line]
    return ({HOST: good} if good else {}), bad


@pytest.fixture
def crew(ledger: Ledger) -> Crew:
    return Crew(ledger=ledger)


LIST = WatchEntry(task=WatchTask.LIST, name=HOST, period=HOUR)


def test_the_first_look_is_at_all_of_a_list_and_later_ones_at_what_has_changed(crew: Crew) -> None:
    crew.watch(LIST)

    for _ in range(3):
        crew.rounds()
        crew.lists()
        crew.now += HOUR

    assert crew.host.asked == [None, "since 22 00:00", "since 22 01:00"]


def test_a_look_waits_for_the_end_of_the_one_before_and_asks_nothing_twice(crew: Crew) -> None:
    crew.watch(LIST)
    crew.rounds()
    crew.now += HOUR

    crew.rounds()
    crew.lists()
    crew.now += timedelta(minutes=10)
    crew.rounds()
    crew.lists()

    assert crew.host.asked == [None, "since 22 00:00"]


def test_what_a_look_that_was_given_up_has_not_told_is_in_the_next_one(crew: Crew) -> None:
    crew.watch(LIST)
    crew.rounds()
    crew.lists()
    crew.now += HOUR
    crew.rounds()
    for _ in range(3):
        with crew.ledger.write() as conn:
            (page,) = lease(conn, WorkKind.LIST, 1, crew.now)
            work.fail(conn, page.id, page.fence, "502", crew.now)
        crew.now += HOUR

    crew.rounds()
    crew.lists()

    assert crew.host.asked == [None, "since 22 00:00"]


def test_a_month_later_all_of_the_list_is_asked_for_again(crew: Crew) -> None:
    crew.watch(LIST)
    crew.rounds()
    crew.lists()
    crew.now += timedelta(days=30)

    crew.rounds()
    crew.lists()

    assert crew.host.asked == [None, None]


def test_a_list_makes_new_repositories_due_and_leaves_known_ones_to_their_schedule(
    crew: Crew,
) -> None:
    crew.host.shown = [_GIT.repository("a/old"), _GIT.repository("a/new")]
    with crew.ledger.write() as conn:
        (old,) = frontier.save(conn, [_GIT.repository("a/old")], crew.now)
        _visited(conn, old, crew.now - HOUR)
    crew.watch(LIST)

    crew.rounds()
    crew.lists()

    with crew.ledger.read() as conn:
        due = [k for k, _ in crew.due(WorkKind.VISIT)]
        assert [r.path for r in frontier.repositories(conn, list(map(int, due))).values()] == [
            "a/new"
        ]


def test_a_push_since_the_last_visit_makes_a_repository_due_once_it_has_rested(crew: Crew) -> None:
    pushed = replace(_GIT.repository("a/old"), pushed_at=(crew.now - HOUR).isoformat())
    crew.host.shown = [pushed]
    with crew.ledger.write() as conn:
        (old,) = frontier.save(conn, [_GIT.repository("a/old")], crew.now)
        _visited(conn, old, crew.now - 2 * HOUR)
    crew.watch(LIST)
    crew.rounds()
    crew.lists()

    before = crew.due(WorkKind.VISIT)
    crew.now += 10 * HOUR
    after = crew.due(WorkKind.VISIT)

    assert (before, [key for key, _ in after]) == ([], [str(old)])


def _visited(conn: Connection, repository_id: int, at: datetime) -> None:
    conn.execute(
        update(repository)
        .where(repository.c.id == repository_id)
        .values(visited_at=at, outcome="visited")
    )


def test_a_list_of_urls_is_read_again_when_it_changes_and_what_it_says_wrong_is_named(
    crew: Crew, tmp_path: Path
) -> None:
    file = tmp_path / "urls.txt"
    file.write_text("https://git.example/a/one\nnonsense\n", "utf-8")
    crew.watch(
        WatchEntry(
            task=WatchTask.REPOS, name=HOST, period=HOUR, options={"file": str(file), "refs": "all"}
        )
    )

    crew.rounds()
    first = crew.due(WorkKind.VISIT)
    with crew.ledger.read() as conn:
        said = gaps.noted(conn)
    crew.now += HOUR
    crew.rounds()
    unchanged = crew.due(WorkKind.VISIT)
    file.write_text("https://git.example/a/one\nhttps://git.example/a/two\n", "utf-8")
    crew.now += HOUR
    crew.rounds()
    changed = crew.due(WorkKind.VISIT)

    assert [(key, Run.from_payload(p).refs.value) for key, p in first] == [("1", "all")]
    assert [(one.context, one.reason) for one in said] == [
        ("plan repos git.example", "line: nonsense")
    ]
    assert unchanged == []
    assert "2" in {key for key, _ in changed}
    with crew.ledger.read() as conn:
        assert [one for one in gaps.noted(conn) if "nonsense" in one.reason] == []


def test_a_list_that_cannot_be_read_is_said_and_read_when_it_is_there(
    crew: Crew, tmp_path: Path
) -> None:
    file = tmp_path / "urls.txt"
    crew.watch(
        WatchEntry(task=WatchTask.REPOS, name=HOST, period=HOUR, options={"file": str(file)})
    )

    crew.rounds()
    with crew.ledger.read() as conn:
        (said,) = gaps.noted(conn)
    file.write_text("https://git.example/a/one\n", "utf-8")
    crew.now += HOUR
    crew.rounds()

    assert said.reason.endswith("No such file or directory")
    assert [key for key, _ in crew.due(WorkKind.VISIT)] == ["1"]


def test_searches_are_asked_by_worth_as_many_as_the_host_answers_and_again_after_their_period(
    crew: Crew,
) -> None:
    ages = {"1.0": 2} | {f"0.{number}": 300 for number in range(9)}
    judged = tuple(
        replace(verdict(version=version), since=crew.now - timedelta(days=days))
        for version, days in ages.items()
    )
    with crew.ledger.write() as conn:
        verdicts.replace(conn, {GHOST: judged}, crew.now)
    options = {"requests": 40, "repeat": 86400.0}
    crew.watch(WatchEntry(task=WatchTask.SEARCH, name=HOST, period=HOUR, options=options))

    crew.rounds()
    first = [payload["text"] for _, payload in crew.due(WorkKind.SEARCH)]
    crew.now += HOUR
    crew.rounds()
    second = [payload["text"] for _, payload in crew.due(WorkKind.SEARCH)]
    crew.now += timedelta(days=1)
    crew.rounds()
    third = [payload["text"] for _, payload in crew.due(WorkKind.SEARCH)]

    assert first[0].endswith("-1.0")
    assert set(first).isdisjoint(second)
    assert first[0] in third


def test_a_round_under_a_scaled_clock_comes_again_so_much_sooner(crew: Crew) -> None:
    crew.scale = 60.0
    crew.watch(LIST)
    crew.rounds()
    crew.lists()

    crew.now += timedelta(seconds=59)
    early = crew.rounds()
    crew.now += timedelta(seconds=1)
    late = crew.rounds()

    assert (early, late) == (0, 1)
