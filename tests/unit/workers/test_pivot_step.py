from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import Defer, GhostcrawlError, Gone
from crawler.hosts.interface import HostKind, HostSettings, ListPage
from crawler.hosts.plain import PlainGit
from crawler.model import Confidence, Finding, Reason, Repository
from tests.contract.ledger.samples import finding, repository
from tests.servers.leasing import lease
from tests.servers.ledgers import new_ledger
from workers.ledger import findings, frontier, gaps, pivots, work
from workers.ledger.ledger import Ledger
from workers.ledger.pivots import Relation
from workers.ledger.work_items import Leased, WorkItem, WorkKind
from workers.runs import Run
from workers.steps.pivot import MOST_PER_RUN, PivotStep, pivot_items

START = datetime(2026, 11, 22, tzinfo=UTC)
HOST = PlainGit(HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example"))
FOUND = finding("f1")


def many(owner: str, count: int) -> tuple[Repository, ...]:
    return tuple(
        replace(HOST.repository(f"{owner}/r{n}"), native_id=f"{owner}{n}") for n in range(count)
    )


@dataclass
class Told:
    """Forks and owners that a test tells of."""

    forks_of: dict[str, tuple[Repository, ...]] = field(default_factory=dict)
    owned: dict[str, tuple[Repository, ...]] = field(default_factory=dict)
    further: str | None = None
    fault: GhostcrawlError | None = None
    asked: list[str] = field(default_factory=list)

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        return self._page("fork", self.forks_of, repository, cursor)

    def list_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        return self._page("owner", self.owned, repository, cursor)

    def _page(
        self,
        kind: str,
        known: dict[str, tuple[Repository, ...]],
        repository: Repository,
        cursor: str | None,
    ) -> ListPage:
        assert cursor is None
        self.asked.append(f"{kind} {repository.path}")
        if self.fault is not None:
            raise self.fault
        return ListPage(repositories=known.get(repository.path, ()), next_cursor=self.further)


@dataclass
class Bench:
    """A ledger, a host that lists forks and owners, and the step between them."""

    ledger: Ledger
    told: Told = field(default_factory=Told)
    run: Run = field(default_factory=lambda: Run.start(START, pivot=True))
    now: datetime = START

    def find(self, *found: Finding) -> list[str]:
        """Record findings and offer their pivots; return the keys of these."""
        with self.ledger.write() as conn:
            frontier.save(conn, [one.repository for one in found], self.now)
            recorded = findings.record(conn, found, self.run.id, self.now)
            items = pivot_items(conn, found, recorded, self.run, self.now)
            work.offer(conn, items, self.now)
        return [item.key for item in items]

    def pivot(self) -> None:
        """Do all pivots that are due."""
        step = PivotStep(
            ledger=self.ledger,
            host=HOST,
            related=self.told,
            reading=lambda _host, _run: WorkKind.VISIT,
            clock=lambda: self.now,
        )
        step.pivot(self.lease(WorkKind.PIVOT))

    def lease(self, kind: WorkKind) -> Sequence[Leased]:
        with self.ledger.write() as conn:
            return lease(conn, kind, 1000, self.now)

    def visits(self) -> list[str]:
        """Return the paths of the repositories that are due for a visit."""
        with self.ledger.read() as conn:
            rows = {w.key for w in self.lease(WorkKind.VISIT)}
            return sorted(
                r.path for r in frontier.repositories(conn, [int(key) for key in rows]).values()
            )

    def said(self) -> list[str]:
        with self.ledger.read() as conn:
            return [f"{one.context} {one.reason}" for one in gaps.noted(conn)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    ledger = new_ledger(tmp_path / "ledger.sqlite")
    yield Bench(ledger=ledger)
    ledger.close()


def test_a_new_finding_leads_to_forks_and_to_the_owners_other_repositories(bench: Bench) -> None:
    bench.told.forks_of["acme/app"] = many("copies", 2)
    bench.told.owned["acme/app"] = (FOUND.repository, *many("acme", 1))

    offered = bench.find(FOUND)
    bench.pivot()

    assert offered == ["git.example|1|fork", "git.example|1|owner"]
    assert bench.told.asked == ["fork acme/app", "owner acme/app"]
    assert bench.visits() == ["acme/r0", "copies/r0", "copies/r1"]
    assert bench.said() == []
    with bench.ledger.read() as conn:
        led = pivots.found_by(conn, [1, 2, 3, 4])
        kinds = {r.path: led[i].kind for i, r in frontier.repositories(conn, led).items()}
        assert {one.finding for one in led.values()} == {"f1"}
        assert [(one.found, one.kept, one.bounded) for one in led.values()][-1] == (1, 1, False)
    assert kinds == {
        "copies/r0": Relation.FORK,
        "copies/r1": Relation.FORK,
        "acme/r0": Relation.OWNER,
    }


def test_a_fork_leads_to_its_parent_without_another_request(bench: Bench) -> None:
    fork = replace(FOUND, repository=replace(FOUND.repository, fork_of="up/app"))

    bench.find(fork)
    bench.pivot()

    assert bench.visits() == ["up/app"]
    assert len(bench.told.asked) == 2


def test_a_parent_of_a_hostile_name_is_left_out(bench: Bench) -> None:
    fork = replace(FOUND, repository=replace(FOUND.repository, fork_of="../../x y"))

    bench.find(fork)
    bench.pivot()

    assert bench.visits() == []


@pytest.mark.parametrize("confidence", [Confidence.POSSIBLE, Confidence.CENSUS])
def test_what_may_not_stand_in_a_letter_leads_nowhere(bench: Bench, confidence: Confidence) -> None:
    assert bench.find(finding("f1", confidence=confidence)) == []


def test_a_finding_that_is_known_leads_nowhere_again(bench: Bench) -> None:
    first, second = bench.find(FOUND), bench.find(FOUND)

    assert (len(first), second) == (2, [])


def test_one_repository_is_asked_about_once_in_thirty_days(bench: Bench) -> None:
    bench.find(FOUND)
    bench.pivot()
    bench.now += timedelta(days=29)
    early = bench.find(finding("f2"))
    bench.now += timedelta(days=2)
    late = bench.find(finding("f3"))

    assert early == []
    assert late == ["git.example|1|fork", "git.example|1|owner"]


def test_a_pivot_keeps_thirty_repositories_and_says_how_many_more_there_are(bench: Bench) -> None:
    bench.told.owned["acme/app"] = many("acme", 33)
    bench.told.further = "2"

    bench.find(FOUND)
    bench.pivot()

    assert len(bench.visits()) == 30
    assert [text.partition(": ")[2] for text in bench.said() if "owner" in text] == [
        "3 more repositories were named than a pivot or a run may add",
        "the host has more pages; only the first was asked",
    ]


def test_all_pivots_of_a_run_add_three_hundred_and_then_nobody_is_asked(bench: Bench) -> None:
    sources = [
        replace(finding(f"f{n}"), repository=repository(f"lure{n}/app", f"lure-{n}"))
        for n in range(12)
    ]
    bench.told.owned = {one.repository.path: many(f"o{n}", 29) for n, one in enumerate(sources)}

    bench.find(*sources)
    bench.pivot()

    assert len(bench.visits()) == MOST_PER_RUN
    assert len([a for a in bench.told.asked if a.startswith("owner")]) == 11
    assert len([text for text in bench.said() if "not asked" in text]) == 2


def test_a_new_run_may_add_as_many_again(bench: Bench) -> None:
    with bench.ledger.write() as conn:
        frontier.save(conn, [FOUND.repository], START)
    bench.told.owned["acme/app"] = many("acme", 1)
    bench.find(FOUND)
    spent = pivots.Pivot(
        finding="f1", repository_id=1, kind=Relation.FORK, host="git.example", run_id="another",
        asked_at=START - timedelta(days=90), found=300, kept=300, bounded=True,
    )  # fmt: skip
    with bench.ledger.write() as conn:
        pivots.record(conn, spent, [])

    bench.pivot()

    assert bench.visits() == ["acme/r0"]


def test_a_finding_that_was_taken_back_meanwhile_asks_nobody(bench: Bench) -> None:
    bench.find(FOUND)
    with bench.ledger.write() as conn:
        findings.retract(conn, ["f1"], Reason(code="withdrawn", text="withdrawn"), START)

    bench.pivot()

    assert bench.told.asked == []
    assert bench.lease(WorkKind.PIVOT) == ()


def test_a_host_whose_whole_list_was_just_read_is_not_asked(bench: Bench) -> None:
    page = WorkItem(kind=WorkKind.LIST, key="git.example|", host="git.example", due_at=START)
    with bench.ledger.write() as conn:
        work.offer(conn, [page], START)
        (leased,) = lease(conn, WorkKind.LIST, 1, START)
        work.finish(conn, leased.id, leased.fence, START)

    bench.find(FOUND)
    bench.pivot()

    assert bench.told.asked == []


def test_what_is_known_already_is_not_visited_because_of_a_pivot(bench: Bench) -> None:
    bench.told.owned["acme/app"] = many("acme", 2)
    with bench.ledger.write() as conn:
        frontier.save(conn, many("acme", 1), START)

    bench.find(FOUND)
    bench.pivot()

    assert bench.visits() == ["acme/r1"]


def test_a_repository_that_is_gone_is_a_gap_and_not_asked_about_again(bench: Bench) -> None:
    bench.told.fault = Gone("git.example answered 404")
    bench.find(FOUND)

    bench.pivot()

    assert len(bench.said()) == 2
    assert bench.lease(WorkKind.PIVOT) == ()


def test_a_host_that_asks_to_wait_is_asked_later(bench: Bench) -> None:
    bench.told.fault = Defer(60, "git.example limits core")
    bench.find(FOUND)
    bench.pivot()
    at_once = bench.lease(WorkKind.PIVOT)
    bench.now += timedelta(seconds=61)

    assert at_once == ()
    assert len(bench.lease(WorkKind.PIVOT)) == 2
