"""Which searches are asked next: what was removed lately, is still listed, or has findings, comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crawler import pipeline
from crawler.model import IndexState
from workers.ledger import findings, verdicts
from workers.ledger.watch import asked_at
from workers.steps.lock_digests import files_from_locks
from workers.steps.search import search_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from crawler.model import Ecosystem, Query, Registry, Verdict

__all__ = ["LATELY", "RankedQuery", "next_searches", "ranked"]

LATELY = timedelta(days=30)
"""What was removed since then is searched for first: its locks are being installed now."""

_LATE, _LISTED, _FOUND, _REST = range(4)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedQuery:
    """A search, and what it is worth."""

    query: Query
    worth: int
    """The lower the sooner."""

    @property
    def often(self) -> bool:
        """Whether it is asked again every few hours or days, and not only in its turn of a pass."""
        return self.worth < _REST


def ranked(
    conn: Connection, registries: Mapping[Ecosystem, Registry], now: datetime
) -> tuple[RankedQuery, ...]:
    """Return all searches that the verdicts call for, those that are worth most first."""
    judged = list(verdicts.targets(conn))
    targets = pipeline.plan(judged, files_from_locks(conn, judged, registries))
    worth = {one.subject: _worth(one, now) for one in judged}
    with_findings = findings.projects_with_open(conn)
    best: dict[Query, int] = {}
    for target in targets:
        rank = worth.get(target.subject, _REST)
        if rank == _REST and target.subject.project in with_findings:
            rank = _FOUND
        for query in target.queries:
            best[query] = min(rank, best.get(query, _REST))
    order = sorted(
        best, key=lambda query: best[query]
    )  # stable: the most precise first within a rank
    return tuple(RankedQuery(query=query, worth=best[query]) for query in order)


def _worth(verdict: Verdict, now: datetime) -> int:
    if verdict.since > now - LATELY:
        return _LATE
    return _LISTED if verdict.index_state is IndexState.LISTED else _REST


def next_searches(  # noqa: PLR0913 - what there is, who is asked, how much, how often
    conn: Connection,
    host: str,
    searches: Sequence[RankedQuery],
    *,
    requests: float,
    repeat: timedelta,
    cost: Callable[[Query], int],
    now: datetime,
) -> Iterator[Query]:
    """Yield the searches that `requests` pay for: those due again by worth, then the rest in its pass.

    None is asked again within `repeat`. Of one rank, and in the rest, what was not asked for longest is
    first; `cost` is how many requests a search needs.
    """
    last = asked_at(conn, [search_key(host, one.query) for one in searches])
    due = [
        (one.worth, at, one.query)
        for one in searches
        if (at := last.get(search_key(host, one.query), _NEVER)) is not None and at <= now - repeat
    ]
    for _, _, query in sorted(due, key=lambda one: one[:2]):
        if requests <= 0:
            return
        requests -= cost(query)
        yield query
