"""Time to find: by the push that a host states, else by the commit; what is not known is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from crawler.model import Finding, Outcome, Visit
from tests.contract.ledger.samples import NOON, finding, later
from workers.ledger import arrivals, findings, frontier
from workers.ledger.arrivals import TimeToFind
from workers.ledger.ledger import Ledger
from workers.monitoring.ledger_gauges import LedgerGauges
from workers.runs import Way

HOUR = timedelta(hours=1)


def found(
    ledger: Ledger,
    path: str,
    way: Way | None,
    hours: int,
    *,
    pushed: str | None = None,
    committed: Mapping[str, datetime] | None = None,
    hunted: bool = False,
) -> None:
    """Find a lure in the repository `path`, which `way` named at noon, so many hours later."""
    one = _in(path)
    repository = replace(one.repository, pushed_at=pushed)
    visit = Visit(repository=repository, outcome=Outcome.VISITED, committed=committed or {})
    with ledger.write() as conn:
        frontier.save(conn, [one.repository], NOON, way)
        findings.record(
            conn,
            [one],
            "run",
            later(hours),
            Way.HUNT if hunted else None,
            None if hunted else visit,
        )


def _in(path: str) -> Finding:
    one = finding(path)
    return replace(one, repository=replace(one.repository, path=path, native_id=path))


def times(ledger: Ledger) -> dict[Way | None, TimeToFind]:
    with ledger.read() as conn:
        return {one.way: one for one in arrivals.times_to_find(conn)}


def at(hours: int) -> str:
    return later(hours).isoformat()


def test_median_and_ninetieth_are_those_of_each_way(ledger: Ledger) -> None:
    for hours in range(1, 11):
        found(ledger, f"f{hours}", Way.LIST, 2 * hours, pushed=at(hours))
    found(ledger, "aa", Way.PIVOT, 5, pushed=at(1))

    known = times(ledger)

    assert (known[Way.LIST].median, known[Way.LIST].ninetieth) == (5 * HOUR, 9 * HOUR)
    assert (known[Way.LIST].timed, known[Way.PIVOT].timed) == (10, 1)
    assert known[Way.PIVOT].median == 4 * HOUR


def test_where_the_host_states_no_push_the_commit_says_when_and_that_is_told(
    ledger: Ledger,
) -> None:
    commit = _in("aa").sighting.commit
    found(ledger, "aa", Way.REPOS, 3, committed={commit: later(1), "f" * 40: later(0)})
    found(ledger, "bb", Way.REPOS, 3, pushed=at(2), committed={commit: later(1)})

    (known,) = times(ledger).values()

    assert (known.timed, known.by_commit) == (2, 1)
    assert (known.median, known.ninetieth) == (1 * HOUR, 2 * HOUR)


@pytest.mark.parametrize("pushed", [None, "soon", ""])
def test_what_nobody_states_is_unknown(ledger: Ledger, pushed: str | None) -> None:
    found(ledger, "aa", Way.REPOS, 3, pushed=pushed)

    (known,) = times(ledger).values()

    assert (known.unknown, known.timed, known.median, known.ninetieth) == (1, 0, None, None)


def test_a_lure_that_is_older_than_the_ledger_is_counted_and_not_timed(ledger: Ledger) -> None:
    found(ledger, "aa", Way.SEARCH, 3, pushed=at(-1))

    (known,) = times(ledger).values()

    assert (known.older, known.timed, known.unknown, known.median) == (1, 0, 0, None)


def test_what_a_hunt_finds_is_the_hunts_whatever_found_the_repository(ledger: Ledger) -> None:
    found(ledger, "aa", Way.LIST, 3, hunted=True)
    found(ledger, "bb", None, 3)

    assert list(times(ledger)) == [Way.HUNT, None]


def test_a_push_after_the_finding_took_no_time(ledger: Ledger) -> None:
    found(ledger, "aa", Way.LIST, 3, pushed=at(4))

    (known,) = times(ledger).values()

    assert known.median == timedelta()


def test_a_repository_counts_once_and_a_later_look_changes_nothing(ledger: Ledger) -> None:
    found(ledger, "aa", Way.LIST, 3, pushed=at(1))
    found(ledger, "aa", Way.SEARCH, 9, pushed=at(8))

    (known,) = times(ledger).values()

    assert (known.way, known.timed, known.median) == (Way.LIST, 1, 2 * HOUR)


def test_an_empty_ledger_has_no_times(ledger: Ledger) -> None:
    assert times(ledger) == {}


def test_a_scrape_tells_of_each_way_what_status_shows(ledger: Ledger) -> None:
    for hours in range(1, 11):
        found(ledger, f"f{hours}", Way.LIST, 2 * hours, pushed=at(hours))
    found(ledger, "aa", Way.PIVOT, 5, pushed=at(-9))
    found(ledger, "bb", None, 5)

    registry = CollectorRegistry()
    registry.register(LedgerGauges(ledger, lambda: later(30), tuple))
    shown = {
        line.removeprefix("ghostcrawl_time_to_find_")
        for line in generate_latest(registry).decode().splitlines()
        if line.startswith("ghostcrawl_time_to_find_")
    }

    assert shown == {
        'seconds{quantile="0.5",way="list"} 18000.0',
        'seconds{quantile="0.9",way="list"} 32400.0',
        'repositories{lure="timed",way="list"} 10.0',
        'repositories{lure="older",way="list"} 0.0',
        'repositories{lure="unknown",way="list"} 0.0',
        'repositories{lure="timed",way="pivot"} 0.0',
        'repositories{lure="older",way="pivot"} 1.0',
        'repositories{lure="unknown",way="pivot"} 0.0',
        'repositories{lure="timed",way="not-noted"} 0.0',
        'repositories{lure="older",way="not-noted"} 0.0',
        'repositories{lure="unknown",way="not-noted"} 1.0',
    }
