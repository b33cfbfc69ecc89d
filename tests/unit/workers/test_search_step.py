"""Many searches find the same file: its repository is read once, and again where there is more to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crawler.hosts.interface import Hit, SearchPage
from crawler.model import Head, Outcome, Query, QueryKind, Refs, Visit
from tests.servers.leasing import lease
from tests.values import REPOSITORY
from workers.ledger import visits, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.steps.judging import PARSER_VERSION
from workers.steps.search import SearchStep, search_item

START = datetime(2026, 11, 22, tzinfo=UTC)
LATER = START + timedelta(minutes=5)
HOST = REPOSITORY.host
MAIN = Head(ref="refs/heads/main", commit="c" * 40, is_default=True)


@dataclass
class _Finds:
    """A search that finds one file for every question."""

    path: str = "uv.lock"

    def search(self, query: Query, cursor: str | None) -> SearchPage:
        del query, cursor
        return SearchPage(hits=(Hit(repository=REPOSITORY, path=self.path),), next_cursor=None)


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    """A ledger in which the file `uv.lock` was found and its repository was visited."""
    searched(ledger, START, "first")
    now = START + timedelta(minutes=1)
    with ledger.write() as conn:
        (leased,) = lease(conn, WorkKind.VISIT, 9, now)
        brought = Visit(repository=REPOSITORY, outcome=Outcome.VISITED, heads=(MAIN,))
        visits.record_visit(conn, int(leased.key), brought, now, parser_version=PARSER_VERSION)
        work.finish(conn, leased.id, leased.fence, now, due_at=now + timedelta(days=2))
    return ledger


def searched(
    ledger: Ledger,
    now: datetime,
    text: str,
    path: str = "uv.lock",
    refs: Refs = Refs.DEFAULT,
) -> None:
    query = Query(kind=QueryKind.DIGEST, text=text)
    step = SearchStep(
        ledger=ledger,
        host=_Finds(path),
        name=HOST,
        reading=lambda _host, _run: WorkKind.VISIT,
        clock=lambda: now,
    )
    with ledger.write() as conn:
        work.offer(conn, [search_item(HOST, query, Run.start(START, refs), now)], now)
        leased = lease(conn, WorkKind.SEARCH, 1, now)
    step.search(leased)


def due_at(ledger: Ledger) -> datetime | None:
    """Return when the repository is visited next; None for now."""
    with ledger.read() as conn:
        counted = {queue.kind: queue for queue in work.counts(conn, LATER)}
    return None if counted[WorkKind.VISIT].due else counted[WorkKind.VISIT].next_due_at


def test_a_file_that_was_read_rests_whatever_else_finds_it(ledger: Ledger) -> None:
    searched(ledger, LATER, "second")

    assert due_at(ledger) == START + timedelta(minutes=1, hours=12)


def test_another_file_of_the_repository_is_read_at_once(ledger: Ledger) -> None:
    searched(ledger, LATER, "second", "app/uv.lock")

    assert due_at(ledger) is None


def test_all_branches_are_read_at_once_where_one_was_read(ledger: Ledger) -> None:
    searched(ledger, LATER, "second", refs=Refs.BRANCHES)

    assert due_at(ledger) is None
