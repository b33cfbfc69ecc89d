"""What `crawl`, `run` and `verify` share: drive the workers, show progress, end with the truth."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from crawler.model import Confidence
from workers.cli.findings import print_findings, reached
from workers.cli.status import gaps_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crawler.model import Skipped
    from workers.cli.session import Session
    from workers.dispatcher import Drained, Progress
    from workers.ledger.work_items import Kind

__all__ = ["drive", "ending"]

_PLAIN_EVERY = 5.0
_FOUND, _PARTIAL, _INTERRUPTED = 1, 3, 130


def drive(session: Session, deadline: datetime, workers: int, *, pivot: bool = True) -> Drained:
    """Start the cluster and let it work until nothing is due, or `deadline`.

    Without `pivot` nobody is asked for the neighbours of a repository, whoever offered that.
    """
    from workers.cluster import Cluster

    shown = 0.0
    last = ""

    def show(progress: Progress) -> None:
        nonlocal shown, last
        text = _text(progress)
        if text != last and (session.live or time.monotonic() - shown >= _PLAIN_EVERY):
            session.show_progress(text)
            shown, last = time.monotonic(), text

    session.wiring.reconsider_ran_out()
    with Cluster(session.wiring, git_workers=workers) as cluster:
        drained = cluster.drain(deadline, show, _left_alone(pivot=pivot))
    session.end_progress()
    return drained


def _left_alone(*, pivot: bool) -> frozenset[Kind]:
    from workers.ledger.work_items import Kind

    return frozenset() if pivot else frozenset({Kind.PIVOT})


def _text(progress: Progress) -> str:
    parts = [
        f"{progress.done:,} done",
        f"{progress.leased:,} under way",
        f"{progress.due:,} due",
    ]
    if progress.waiting:
        when = (
            ""
            if progress.next_due_at is None
            else f" (next {progress.next_due_at:%Y-%m-%d %H:%M:%S})"
        )
        parts.append(f"{progress.waiting:,} waiting{when}")
    if progress.dead:
        parts.append(f"{progress.dead:,} given up")
    return " · ".join(parts)


def ending(
    session: Session,
    drained: Drained,
    style: str,
    fail_on: str,
    skipped: Sequence[Skipped] = (),
    *,
    pivot: bool = True,
) -> int:
    """Print the findings, then what was not looked at; return the exit code.

    `pivot` is that of `drive`: pivots that were to be left alone are no unfinished work.
    """
    from workers.ledger import findings

    with session.wiring.ledger.read() as conn:
        reports = list(findings.reports(conn, minimum=Confidence.POSSIBLE))
        gaps = [*skipped, *gaps_of(conn)]
    print_findings(reports, style)
    session.say(_summary(reports, drained))
    session.say_not_looked_at(gaps)
    if drained.interrupted:
        session.say("interrupted; the state is saved, run the command again to go on")
        return _INTERRUPTED
    if reached(reports, fail_on):
        return _FOUND
    return _PARTIAL if drained.dead or _unfinished(session, pivot=pivot) else 0


def _unfinished(session: Session, *, pivot: bool) -> bool:
    """Say whether anything is due now or under way; what is due another day is no gap."""
    from workers.ledger import backlog, gaps

    with session.wiring.ledger.read() as conn:
        queues = backlog.counts(conn, session.wiring.clock())
        mine = [q for q in queues if q.kind not in _left_alone(pivot=pivot)]
        return gaps.unfinished(conn) or any(q.due or q.leased for q in mine)


def _summary(reports: Sequence[object], drained: Drained) -> str:
    return f"{len(reports)} findings; {drained.done:,} done, {drained.waiting:,} due later, {drained.dead:,} given up"
