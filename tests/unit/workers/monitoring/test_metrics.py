"""What a process counts, as a scrape shows it."""

from __future__ import annotations

from prometheus_client import generate_latest

from workers.dispatch.turns import TurnEnded
from workers.ledger.work_items import WorkKind
from workers.monitoring.metrics import ProcessMetrics


def shown(metrics: ProcessMetrics) -> set[str]:
    """Return the samples of ghostcrawl's own, without their moments and empty buckets."""
    lines = generate_latest(metrics.registry).decode().splitlines()
    return {
        line
        for line in lines
        if line.startswith("ghostcrawl_") and "_created" not in line and "_bucket" not in line
    }


def test_a_turn_is_counted_with_what_was_begun_in_it() -> None:
    metrics = ProcessMetrics()

    items = {WorkKind.VISIT: 50, WorkKind.VERIFY: 2}
    metrics.turn_ended(
        TurnEnded(lane="git:forge.example", worker="w", items=items, seconds=9.5, is_lost=False)
    )
    metrics.turn_ended(TurnEnded(lane="hunt", worker="w", items={}, seconds=0.5, is_lost=True))

    assert shown(metrics) == {
        'ghostcrawl_turns_total{lost="false",pool="git"} 1.0',
        'ghostcrawl_turns_total{lost="true",pool="api"} 1.0',
        'ghostcrawl_turn_seconds_count{pool="git"} 1.0',
        'ghostcrawl_turn_seconds_sum{pool="git"} 9.5',
        'ghostcrawl_turn_seconds_count{pool="api"} 1.0',
        'ghostcrawl_turn_seconds_sum{pool="api"} 0.5',
        'ghostcrawl_work_begun_total{kind="visit"} 50.0',
        'ghostcrawl_work_begun_total{kind="verify"} 2.0',
    }


def test_lines_of_the_log_are_counted_by_what_they_tell() -> None:
    metrics = ProcessMetrics()

    for line in (
        {"event": "visit", "level": "info", "host": "forge.example", "outcome": "read"},
        {"event": "poll", "level": "warning", "feed": "osv-mal", "outcome": "not believed"},
        {"event": "finding", "level": "info", "change": "new"},
        {"event": "finding", "level": "info", "change": "new"},
        {
            "event": "fault",
            "level": "warning",
            "kind": "poll",
            "error": "Defer",
            "then": "postponed",
        },
        {"event": "turn lost", "level": "warning", "logger": "workers.dispatch.turns"},
        {"event": "any text at all 4711", "level": "error", "logger": "celery.worker"},
        {"event": "turn", "level": "info", "logger": "workers.dispatch.turns"},
    ):
        metrics.logged(line)

    assert shown(metrics) == {
        'ghostcrawl_visits_total{host="forge.example",outcome="read"} 1.0',
        'ghostcrawl_polls_total{feed="osv-mal",outcome="not believed"} 1.0',
        'ghostcrawl_finding_changes_total{change="new"} 2.0',
        'ghostcrawl_faults_total{error="Defer",kind="poll",then="postponed"} 1.0',
        'ghostcrawl_log_warnings_total{event="turn lost",level="warning"} 1.0',
        'ghostcrawl_log_warnings_total{event="of a library",level="error"} 1.0',
    }


def test_however_many_hosts_there_are_a_scrape_stays_small() -> None:
    metrics = ProcessMetrics()

    for number in range(10_000):
        metrics.requested(f"host-{number}.example", "2xx")

    samples = shown(metrics)
    assert len(samples) == 501
    assert 'ghostcrawl_requests_total{host="other",outcome="2xx"} 9500.0' in samples
