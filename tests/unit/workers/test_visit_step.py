from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.model import (
    Ecosystem,
    Head,
    Outcome,
    ProjectKey,
    ReadRequest,
    Repository,
    Skipped,
    Subject,
    Visit,
)
from tests.servers.leasing import lease
from tests.servers.ledgers import new_ledger
from tests.values import REGISTRIES, REPOSITORY, verdict
from workers.ledger import frontier, verdicts, visits, work
from workers.ledger.ledger import Ledger
from workers.ledger.schedule import jitter_of
from workers.ledger.tables import work as work_rows
from workers.ledger.work_items import WorkItem, WorkKind
from workers.parsing import parse_unknown
from workers.runs import Run
from workers.steps.judging import PARSER_VERSION
from workers.steps.recording import VisitRecorder
from workers.steps.visit import VisitStep

START = datetime(2026, 11, 22, tzinfo=UTC)
MAIN = Head(ref="refs/heads/main", commit="c" * 40, is_default=True)


@dataclass
class Scripted:
    """A reader that brings what it is told, and keeps what it was asked."""

    outcome: Outcome
    asked: list[ReadRequest] = field(default_factory=list)
    brought: Repository | None = None
    """What the host calls it now; None: as it was asked for."""

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        self.asked.append(request)
        for one in repositories:
            heads = (MAIN,) if self.outcome is Outcome.VISITED else ()
            lost = (Skipped(context="", reason="connection reset"),)
            skipped = lost if self.outcome is Outcome.FAILED else ()
            yield Visit(
                repository=self.brought or one, outcome=self.outcome, heads=heads, skipped=skipped
            )


@dataclass
class Bench:
    """A ledger with one repository, and the step that visits it."""

    ledger: Ledger
    now: datetime = START
    repository_id: int = 0

    def begin(self) -> None:
        with self.ledger.write() as conn:
            (self.repository_id,) = frontier.save(conn, [REPOSITORY], START)

    def offer(self) -> None:
        item = WorkItem(
            kind=WorkKind.VISIT, key=str(self.repository_id), host="git.example", due_at=self.now
        )
        with self.ledger.write() as conn:
            work.offer(conn, [item], self.now)

    def step(self, reader: Scripted) -> VisitStep:
        settings = HostSettings(
            name="git.example", kind=HostKind.GIT, web_url="https://git.example"
        )
        recorder = VisitRecorder(
            ledger=self.ledger,
            host=PlainGit(settings),
            registries=REGISTRIES,
            run=Run.start(START),
            parse=parse_unknown,
            clock=lambda: self.now,
        )
        return VisitStep(reader=reader, at_root=False, recorder=recorder)

    def visit(self, reader: Scripted) -> datetime | None:
        """Visit what is due; return when it is due again."""
        with self.ledger.write() as conn:
            leased = lease(conn, WorkKind.VISIT, 1, self.now)
        self.step(reader).visit(leased)
        with self.ledger.read() as conn:
            queues = {one.kind: one for one in work.counts(conn, self.now)}
        return queues[WorkKind.VISIT].next_due_at

    def outcomes(self) -> list[Outcome]:
        with self.ledger.read() as conn:
            return [past.outcome for past in visits.history(conn, self.repository_id)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    ledger = new_ledger(tmp_path / "ledger.sqlite")
    bench = Bench(ledger=ledger)
    bench.begin()
    bench.offer()
    yield bench
    ledger.close()


def test_a_repository_without_locks_is_due_again_after_four_days(bench: Bench) -> None:
    due = bench.visit(Scripted(Outcome.VISITED))

    assert due == START + timedelta(days=4) * (1 + 0.1 * jitter_of(bench.repository_id))


def test_a_visit_asks_for_locks_and_for_nothing_else(bench: Bench) -> None:
    reader = Scripted(Outcome.VISITED)

    bench.visit(reader)

    worth = reader.asked[0].wanted
    assert [worth(path) > 0 for path in ("tools/uv.lock", "README.md")] == [True, False]


def test_locks_of_an_ecosystem_are_looked_for_as_soon_as_a_verdict_speaks_of_it(
    bench: Bench,
) -> None:
    reader = Scripted(Outcome.VISITED)
    project = ProjectKey(ecosystem=Ecosystem.CARGO, name="zz-ghost")
    accused = replace(verdict(), subject=Subject(project=project, version="1.0.0", file=None))
    paths = ("Cargo.lock", "a/Gemfile.lock", "uv.lock")

    due = bench.visit(reader)
    with bench.ledger.write() as conn:
        verdicts.replace(conn, {project: (accused,)}, START)
    assert due is not None
    bench.now = due + timedelta(hours=1)
    bench.offer()
    due = bench.visit(reader)
    assert due is not None
    bench.now = due + timedelta(hours=1)
    bench.offer()
    bench.visit(reader)

    assert [[one.wanted(path) > 0 for path in paths] for one in reader.asked] == [
        [False, False, True],
        [True, False, True],
        [True, False, True],
    ]
    assert [bool(one.heads.get(REPOSITORY.path)) for one in reader.asked] == [False, False, True]


def test_a_visit_that_fails_is_tried_again_before_it_counts(bench: Bench) -> None:
    reader = Scripted(Outcome.FAILED)

    first = bench.visit(reader)
    before = bench.outcomes()
    with bench.ledger.read() as conn:
        why = conn.scalars(select(work_rows.c.last_error)).all()
    bench.now += timedelta(minutes=1)
    bench.visit(reader)
    bench.now += timedelta(minutes=10)
    last = bench.visit(reader)

    assert (first, before, why) == (START + timedelta(minutes=1), [], ["connection reset"])
    assert bench.outcomes() == [Outcome.FAILED]
    assert last is not None
    assert timedelta(days=12.5) < last - bench.now < timedelta(days=15.5)


def test_a_repository_that_a_visit_finds_under_another_name_has_that_name(bench: Bench) -> None:
    known = replace(REPOSITORY, native_id="7")
    with bench.ledger.write() as conn:
        frontier.save(conn, [known], START)

    bench.visit(Scripted(Outcome.VISITED, brought=replace(known, path="acme/renamed")))

    with bench.ledger.read() as conn:
        (now,) = frontier.repositories(conn, [bench.repository_id]).values()
    assert now.path == "acme/renamed"


def test_after_three_visits_to_nothing_it_is_visited_only_when_it_is_offered(bench: Bench) -> None:
    reader = Scripted(Outcome.GONE)
    dues = []
    for _ in range(3):
        dues.append(bench.visit(reader))
        bench.now += timedelta(days=35)

    bench.offer()
    again = bench.visit(Scripted(Outcome.UNCHANGED))

    assert [due is None for due in dues] == [False, False, True]
    assert again is not None


def test_heads_are_known_to_the_parsers_that_read_them_and_to_no_others(bench: Bench) -> None:
    known = {"acme/task": {"refs/heads/main": "c" * 40}}
    reader = Scripted(Outcome.VISITED)
    bench.visit(reader)
    bench.offer()
    bench.visit(reader)
    with bench.ledger.write() as conn:
        visits.record_visit(
            conn,
            bench.repository_id,
            Visit(repository=REPOSITORY, outcome=Outcome.VISITED, heads=(MAIN,)),
            START + timedelta(hours=1),
            parser_version=f"{PARSER_VERSION}-older",
        )
    bench.offer()

    bench.visit(reader)

    assert [request.heads for request in reader.asked] == [{}, known, {}]


def _known_as(bench: Bench, *, private: bool | None) -> None:
    with bench.ledger.write() as conn:
        frontier.save(conn, [replace(REPOSITORY, private=private)], bench.now)


def _due(bench: Bench) -> dict[WorkKind, int]:
    with bench.ledger.read() as conn:
        return {one.kind: one.due + one.waiting for one in work.counts(conn, bench.now)}


def test_a_repository_that_has_become_private_is_left_to_who_holds_the_token(bench: Bench) -> None:
    _known_as(bench, private=True)
    reader = Scripted(Outcome.VISITED)

    with bench.ledger.write() as conn:
        leased = lease(conn, WorkKind.VISIT, 1, bench.now)
    bench.step(reader).visit(leased)

    assert [one for request in reader.asked for one in request.heads] == []
    assert bench.outcomes() == []
    assert _due(bench) == {WorkKind.VISIT: 0, WorkKind.PRIVATE: 1}


def test_a_repository_that_is_public_again_is_read_without_a_token(bench: Bench) -> None:
    _known_as(bench, private=True)
    with bench.ledger.write() as conn:
        before = lease(conn, WorkKind.VISIT, 1, bench.now)
    bench.step(Scripted(Outcome.VISITED)).visit(before)
    _known_as(bench, private=False)

    with bench.ledger.write() as conn:
        leased = lease(conn, WorkKind.PRIVATE, 1, bench.now)
    bench.step(Scripted(Outcome.VISITED)).visit(leased)
    bench.visit(Scripted(Outcome.VISITED))

    assert bench.outcomes() == [Outcome.VISITED]


def test_what_says_nothing_of_it_leaves_a_repository_private(bench: Bench) -> None:
    _known_as(bench, private=True)
    _known_as(bench, private=None)

    with bench.ledger.read() as conn:
        known = frontier.private_among(conn, [bench.repository_id])

    assert known == {bench.repository_id}
