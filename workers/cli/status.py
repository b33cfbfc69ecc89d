"""`ghostcrawl status`: what is due, what was found, what was not looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from crawler.reporting import text
from workers.cli.feed_ages import ALLOW_STALE, MAX_FEED_AGE, age_of_feeds
from workers.cli.options import text_or
from workers.cli.session import Session, json_line
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workers.ledger.arrivals import TimeToFind
    from workers.ledger.work_items import Queue

__all__ = ["status"]


@click.command()
@MAX_FEED_AGE
@ALLOW_STALE
@text_or("json")
@click.pass_obj
def status(session: Session, max_feed_age: timedelta, style: str, *, allow_stale: bool) -> int:
    """Show the queues, the coverage per host, the findings, and what was not looked at."""
    _show(session, style)
    return age_of_feeds(session, max_feed_age, 0, allow_stale=allow_stale, needs_seed=False)


def _show(session: Session, style: str) -> None:
    from workers.ledger import (
        arrivals,
        backlog,
        case_reports,
        findings,
        frontier,
        gaps,
        locks,
        verdicts,
        visit_coverage,
    )

    wiring = session.wiring
    wiring.end_dismissals()
    with wiring.ledger.read() as conn:
        queues = backlog.counts(conn, wiring.clock())
        covered = visit_coverage.coverage(conn)
        counted = findings.counts(conn)
        ghosts = verdicts.counts(conn)
        read = locks.count(conn)
        times = arrivals.times_to_find(conn)
        left = gaps.not_looked_at(conn)
        looked = frontier.knows_any(conn)
        late = case_reports.overdue(conn, wiring.clock(), wiring.case_policy.patience)
    if style == "json":
        document = {
            "queues": [_queue_json(q) for q in queues],
            "coverage": [
                {
                    "host": c.host,
                    "outcome": c.outcome and c.outcome.value,
                    "repositories": c.repositories,
                }
                for c in covered
            ],
            "findings": [
                {"tier": c.tier.value, "level": c.confidence.value, "count": c.findings}
                for c in counted
            ],
            "verdicts": {state.value: n for state, n in ghosts.items()},
            "locks": read,
            "time_to_find": [_time_json(one) for one in times],
            "reports_due": len(late),
            "not_looked_at": [one.as_json() for one in left],
        }
        click.echo(json_line(document))
        return
    click.echo(
        table(
            ("queue", "due", "running", "waiting", "done", "dead"),
            [(q.kind.value, q.due, q.leased, q.waiting, q.done, q.dead) for q in queues],
        )
    )
    click.echo(
        table(
            ("host", "outcome", "repositories"),
            [
                (
                    c.host,
                    "not visited yet" if c.outcome is None else c.outcome.value,
                    c.repositories,
                )
                for c in covered
            ],
        )
    )
    click.echo(
        table(
            ("tier", "level", "findings"),
            [(c.tier.value, c.confidence.value, c.findings) for c in counted],
        )
    )
    click.echo(
        f"{read} distinct locks read; verdicts by state (`ghosts list --state`): "
        + ", ".join(f"{n} {s.value}" for s, n in ghosts.items())
    )
    if times:
        headings = (
            "found by",
            "time to find: median",
            "nine in ten within",
            "timed",
            "of these by commit",
            "older than the ledger",
            "not dated",
        )
        click.echo(table(headings, [_time_row(one) for one in times]))
    if late:
        reports = text.counted(len(late), "report")
        click.echo(
            f"{reports} had no answer for too long, or may not have left; see `cases list --due`"
        )
    session.say_not_looked_at(left, looked=looked)


def _time_row(one: TimeToFind) -> Sequence[object]:
    way = "(not noted)" if one.way is None else one.way.value
    spans = ("-" if span is None else str(_whole(span)) for span in (one.median, one.ninetieth))
    return (way, *spans, one.timed, one.by_commit, one.older, one.unknown)


def _whole(span: timedelta) -> timedelta:
    """Return a span in whole seconds: hosts state no more."""
    return timedelta(seconds=round(span.total_seconds()))


def _time_json(one: TimeToFind) -> Mapping[str, Any]:
    return {
        "found_by": one.way and one.way.value,
        "median_seconds": one.median and one.median.total_seconds(),
        "ninetieth_seconds": one.ninetieth and one.ninetieth.total_seconds(),
        "repositories": one.timed,
        "by_commit": one.by_commit,
        "older_than_the_ledger": one.older,
        "unknown": one.unknown,
    }


def _queue_json(queue: Queue) -> Mapping[str, Any]:
    return {
        "kind": queue.kind.value,
        "due": queue.due,
        "leased": queue.leased,
        "waiting": queue.waiting,
        "next_due_at": queue.next_due_at and queue.next_due_at.isoformat(),
        "done": queue.done,
        "dead": queue.dead,
    }
