"""Feeds and budgets: how old what we know is, where feeds do not agree, and what hosts still allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from crawler.errors import ConfigurationError, StoreError
from crawler.model import Refs
from feeds.registry import is_imported
from workers.console.interface import Page, PageRequest, QueryField
from workers.dispatch import estimates
from workers.dispatch.forecast import Cost, forecast
from workers.ledger import backlog
from workers.ledger.contradictions import contradictions
from workers.ledger.work_items import WorkKind
from workers.monitoring.feed_polls import KnownFeed, known_feeds
from workers.runs import Run
from workers.steps.comparing import Difference, FeedComparison, View, compare

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.budget.governor import BucketUsage

__all__ = [
    "FEEDS",
    "BudgetRow",
    "ComparisonShown",
    "ContradictionRow",
    "DifferenceRow",
    "FeedRow",
    "FeedsShown",
    "ForecastRow",
]

_PROMISE = timedelta(hours=24)
"""Commands call a feed stale when its last answer is older (`--max-feed-age`)."""
_MOST_NAMED, _MOST_DIFFERENCES = 10, 100
_FIELDS = (
    QueryField(name="left", says="Compare this feed, as `ghostcrawl feeds diff` does;"),
    QueryField(name="right", says="with this one."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed that is configured, or was asked once."""

    feed: str
    answered_at: datetime | None
    news_at: datetime | None
    age_seconds: int | None
    """Since its last answer; None where it never gave one."""
    promise_seconds: int | None
    """How old that may become; None for what was imported from a file."""
    late: bool
    records: int
    held_back: int
    """Polls in a row that were not believed."""
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionRow:
    """Where the index and advisories do not agree."""

    kind: str
    text: str
    subjects: int
    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One subject on which two feeds differ."""

    kind: str
    subject: str
    record_id: str
    found_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonShown:
    """What two feeds make of the same subjects."""

    left: str
    right: str
    both: int
    counts: Mapping[str, int]
    """By how they differ."""
    differences: tuple[DifferenceRow, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """What was asked of one bucket since the broker began, and what its host still allows."""

    host: str
    resource: str
    identity: str
    requests: int
    remaining: int | None
    limit: int | None
    per_minute: float
    """How often we ask at most."""
    blocked_until: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRow:
    """What reading again all that is known of a host costs, and the searches that are due."""

    host: str
    what: str
    resource: str
    least: int
    """Requests."""
    most: int
    minutes: float
    """For `most`, at the rate that we allow ourselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsShown:
    """The page."""

    feeds: tuple[FeedRow, ...]
    contradictions: tuple[ContradictionRow, ...]
    compared: ComparisonShown | None
    """None where no two feeds were named."""
    budgets: tuple[BudgetRow, ...]
    no_budgets: str | None
    """Why the broker did not tell; None where it did."""
    forecast: tuple[ForecastRow, ...]
    no_forecast: str | None
    """What is wrong with the configuration; None where it could be reckoned."""


def _load(conn: Connection, asked: PageRequest) -> FeedsShown:
    budgets, no_budgets = _budgets(asked)
    costs, no_forecast = _forecast(conn, asked)
    return FeedsShown(
        feeds=tuple(_feed(one, asked.now) for one in known_feeds(conn, asked.wiring.feeds)),
        contradictions=tuple(
            ContradictionRow(
                kind=one.kind.value,
                text=one.kind.sentence,
                subjects=one.subjects,
                projects=one.projects,
            )
            for one in contradictions(conn, _MOST_NAMED)
        ),
        compared=_compared(conn, asked),
        budgets=budgets,
        no_budgets=no_budgets,
        forecast=costs,
        no_forecast=no_forecast,
    )


def _feed(one: KnownFeed, now: datetime) -> FeedRow:
    poll = one.poll
    age = None if poll.answered_at is None else int((now - poll.answered_at).total_seconds())
    promise = None if is_imported(poll.feed) else int(_PROMISE.total_seconds())
    return FeedRow(
        feed=poll.feed,
        answered_at=poll.answered_at,
        news_at=poll.news_at,
        age_seconds=age,
        promise_seconds=promise,
        late=promise is not None and one.source is not None and (age is None or age > promise),
        records=poll.records,
        held_back=poll.held_back,
        problem=one.problem,
    )


def _compared(conn: Connection, asked: PageRequest) -> ComparisonShown | None:
    left, right = asked.one("left"), asked.one("right")
    if left is None or right is None:
        return None
    found = compare(conn, View(feed=left), View(feed=right))
    return _comparison(left, right, found)


def _comparison(left: str, right: str, found: FeedComparison) -> ComparisonShown:
    return ComparisonShown(
        left=left,
        right=right,
        both=found.both,
        counts=dict(Counter(one.kind.value for one in found.differences)),
        differences=tuple(map(_difference, found.differences[:_MOST_DIFFERENCES])),
    )


def _difference(one: Difference) -> DifferenceRow:
    return DifferenceRow(
        kind=one.kind.value,
        subject=str(one.standing.subject),
        record_id=one.standing.record_id,
        found_by=one.standing.root_source,
    )


def _budgets(asked: PageRequest) -> tuple[tuple[BudgetRow, ...], str | None]:
    try:
        used = asked.wiring.usage()
    except (StoreError, RedisError) as error:
        return (), str(error)
    if used is None:
        return (), "no broker runs now; one runs only while a command crawls or verifies"
    return tuple(_budget(one, asked) for one in used), None


def _budget(one: BucketUsage, asked: PageRequest) -> BudgetRow:
    until = one.blocked_until
    return BudgetRow(
        host=one.bucket.host,
        resource=one.bucket.resource,
        identity=one.bucket.identity,
        requests=one.requests,
        remaining=one.remaining,
        limit=one.limit,
        per_minute=round(60 * asked.wiring.rates.of(one.bucket).per_second, 3),
        blocked_until=until if until is not None and until > asked.now else None,
        why=one.why,
    )


def _forecast(conn: Connection, asked: PageRequest) -> tuple[tuple[ForecastRow, ...], str | None]:
    wiring = asked.wiring
    due = backlog.open_of_hosts(conn, WorkKind.SEARCH)
    run = Run.start(asked.now, Refs.DEFAULT)
    names = list(wiring.settings.hosts)
    try:
        known = estimates.of_hosts(
            conn, wiring.hosts, wiring.settings, names, run, lambda host: due.get(host, 0)
        )
    except ConfigurationError as error:
        return (), str(error)
    return tuple(_cost(cost) for one in known for cost in forecast(one, wiring.rates)), None


def _cost(one: Cost) -> ForecastRow:
    return ForecastRow(
        host=one.bucket.host,
        what=one.what,
        resource=one.bucket.resource,
        least=one.least,
        most=one.most,
        minutes=round(one.minutes, 1),
    )


FEEDS = Page(
    path="/feeds",
    title="Feeds and budgets",
    shows=FeedsShown,
    load=_load,
    template="feeds.html",
    fields=_FIELDS,
)
