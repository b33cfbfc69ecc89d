"""A list of owners of whom one never answers: the others are listed all the same, and it is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crawler.errors import Retry
from crawler.hosts.interface import ListPage
from crawler.hosts.owners import list_owners
from crawler.model import Repository
from tests.servers.leasing import lease
from workers.ledger import frontier, gaps, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.steps.search import ListStep, list_item

_START = datetime(2026, 11, 22, tzinfo=UTC)
_RUN = Run.start(_START)


@dataclass
class _Owners:
    """A host with three owners, of whom `b` answers with an error for ever."""

    asked: list[str] = field(default_factory=list)

    def list(self, cursor: str | None) -> ListPage:
        return list_owners(("a", "b", "c"), cursor, lambda _owner, _place: None, self._page)

    def _page(self, owner: str, _place: str | None) -> ListPage:
        self.asked.append(owner)
        if owner == "b":
            raise Retry("the host answered 502")
        path = f"{owner}/app"
        found = Repository(host="git.example", path=path, clone_url=f"https://git.example/{path}")
        return ListPage(repositories=(found,), next_cursor=None)


def test_an_owner_who_never_answers_is_left_out_after_the_last_try_and_the_next_is_listed(
    ledger: Ledger,
) -> None:
    host, now = _Owners(), _START
    ledger.transaction(lambda conn: work.offer(conn, [list_item("git.example", _RUN, now)], now))

    for _ in range(5):
        step = ListStep(
            ledger=ledger,
            host=host,
            name="git.example",
            reading=lambda _name, _run: WorkKind.VISIT,
            clock=lambda: now,  # noqa: B023 - asked within the round
        )
        step.list(ledger.transaction(lambda conn: lease(conn, WorkKind.LIST, 9, now)))  # noqa: B023 - likewise
        now += timedelta(hours=1)

    assert host.asked == ["a", "b", "b", "b", "c"]
    with ledger.read() as conn:
        assert frontier.count(conn) == 2
        assert [(s.context, s.reason) for s in gaps.noted(conn)] == [
            ("list git.example|b", "b: the host answered 502")
        ]
