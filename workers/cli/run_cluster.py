"""What `crawl`, `run` and `verify` share: run the workers, show progress, end with the truth."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from crawler.model import Confidence
from crawler.reporting.text import counted
from workers.cli.findings import print_findings, reached
from workers.ledger.work_items import WorkKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from crawler.model import Skipped
    from workers.cli.session import Session
    from workers.dispatch.dispatcher import Drained, Progress

__all__ = ["findings_text", "finish_command", "progress_text", "run_cluster"]

_PLAIN_EVERY = 5.0
_PATIENCE = 180.0
_FOUND, _PARTIAL, _INTERRUPTED = 1, 3, 130


def run_cluster(
    session: Session,
    deadline: datetime,
    workers: int,
    kinds: AbstractSet[WorkKind] = frozenset(WorkKind),
    patience: float = _PATIENCE,
    rounds: Sequence[Callable[[], object]] = (lambda: None,),
    run: str | None = None,
) -> Drained:
    """Start the cluster and let it work until nothing of `kinds` is due, or `deadline`.

    Work of other kinds stays in the queue, whoever offered it; beside a standing watch only what `run`
    asked for is waited for. Each of `rounds` offers more, and is done
    before the next one. Raises StoreError where the database or the broker is away for longer than
    `patience` seconds.
    """
    from workers.cli.monitored import cluster_gauges, count, showing
    from workers.cluster.local import Cluster
    from workers.monitoring.health import DispatcherHealth

    health = DispatcherHealth()
    metrics = count(session) if session.settings.metrics else None
    shown = 0.0
    last = ""

    def show(progress: Progress) -> None:
        nonlocal shown, last
        health.round_ended()
        text = progress_text(progress)
        if text != last and (session.live or time.monotonic() - shown >= _PLAIN_EVERY):
            known = progress.busy + progress.waiting + progress.done
            session.show_progress(text, progress.done, known)
            shown, last = time.monotonic(), text

    session.wiring.reconsider_outdated()
    session.wiring.end_dismissals()
    made = Cluster(session.wiring, git_workers=workers, kinds=kinds, patience=patience, run=run)
    with made as cluster:
        if metrics is not None:
            metrics.registry.register(cluster_gauges(session))
        with showing(session, metrics, health):
            drained = cluster.drain(deadline, show, rounds)
    session.end_progress()
    return drained


def progress_text(progress: Progress) -> str:
    """Return one line on how far the work is; times are UTC."""
    parts = [
        f"{progress.done:,} done",
        f"{progress.busy:,} under way",
    ]
    if progress.waiting:
        parts.append(f"{progress.waiting:,} waiting{_next(progress)}")
    if progress.dead:
        parts.append(f"{progress.dead:,} given up")
    return " · ".join(parts)


def _next(progress: Progress) -> str:
    """Return when the next of the waiting work is due and what it waits for, where nothing else is done."""
    waits = progress.next_waiting
    if waits is None:
        return ""
    what = " ".join(part for part in (waits.kind.value, waits.host) if part)
    why = f"{what}: {waits.why}" if waits.why else what
    return f" (next at {waits.due_at:%Y-%m-%d %H:%M:%S} UTC: {why})"


def findings_text(told: int, only_counted: int) -> str:
    """Return how many findings there are, those of the level `census` apart."""
    more = f", {only_counted:,} more only counted" if only_counted else ""
    return f"{counted(told, 'finding')}{more}"


def finish_command(
    session: Session,
    drained: Drained,
    style: str,
    fail_on: str,
    skipped: Sequence[Skipped] = (),
    kinds: AbstractSet[WorkKind] = frozenset(WorkKind),
    hosts: AbstractSet[str] = frozenset(),
) -> int:
    """Print the findings, then what was not looked at; return the exit code.

    `kinds` are those of `run_cluster`: other work that is due is not unfinished. With `hosts`, findings
    on others are counted only, and decide nothing.
    """
    from workers.ledger import findings, frontier, gaps
    from workers.ledger.left_out import of_skipped

    with session.wiring.ledger.read() as conn:
        known = list(findings.reports(conn, minimum=Confidence.POSSIBLE))
        left = (*of_skipped(skipped), *gaps.not_looked_at(conn))
        looked = frontier.knows_any(conn)
        only_counted = sum(
            one.findings for one in findings.counts(conn) if one.confidence is Confidence.CENSUS
        )
    reports = [one for one in known if not hosts or one.finding.repository.host in hosts]
    print_findings(reports, style, left)
    found = findings_text(len(reports), 0 if hosts else only_counted)
    session.say(
        f"{found}; {drained.done:,} done, {drained.waiting:,} due later, {drained.dead:,} given up"
    )
    if others := len(known) - len(reports):
        session.say(f"{counted(others, 'finding')} on other hosts: `ghostcrawl findings list`")
    session.say_not_looked_at(left, rest="--format json lists all", looked=looked)
    if drained.interrupted:
        session.say("interrupted; the state is saved, run the command again to go on")
        return _INTERRUPTED
    if reached(reports, fail_on):
        return _FOUND
    return _PARTIAL if drained.dead or _unfinished(session, drained, kinds) else 0


def _unfinished(session: Session, drained: Drained, kinds: AbstractSet[WorkKind]) -> bool:
    """Say whether anything of `kinds` is due now or under way; what is due another day is no gap.

    Beside a standing watch that goes by the own work.
    """
    from workers.ledger import backlog, gaps

    with session.wiring.ledger.read() as conn:
        if not kinds.isdisjoint({WorkKind.SEARCH, WorkKind.LIST}) and gaps.unfinished(conn):
            return True
        if drained.is_own_left is not None:
            return drained.is_own_left
        queues = backlog.counts(conn, session.wiring.clock())
        return any(q.due or q.leased for q in queues if q.kind in kinds)
