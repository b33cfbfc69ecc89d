"""`ghostcrawl verify`: check findings again before anybody reports them."""

from __future__ import annotations

from datetime import timedelta

import click

from crawler.model import Confidence, Refs
from workers.cli.options import MAX_MINUTES, WORKERS, fail_on
from workers.cli.output import LIST_FORMAT
from workers.cli.run_cluster import findings_text, finish_command, run_cluster
from workers.cli.session import Session
from workers.cli.times import HOUR, Duration
from workers.ledger.work_items import WorkKind
from workers.runs import Run

__all__ = ["verify"]

_KINDS = frozenset({WorkKind.VERIFY})
"""It ends when its own work is done; what else is due stays for `crawl` and `run`."""


@click.command()
@click.option(
    "--older-than",
    type=Duration(0, HOUR),
    default=24.0,
    show_default=True,
    help="Hours since the last check.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Verify all open findings, also those checked lately."
)
@MAX_MINUTES
@WORKERS
@fail_on()
@LIST_FORMAT
@click.pass_obj
def verify(
    session: Session,
    older_than: float,
    max_minutes: float,
    workers: int,
    fail_on: str,
    style: str,
    *,
    everything: bool,
) -> int:
    """Look again: is the pin still there, is the file still served? One poll and one HEAD each."""
    from workers.ledger import findings, work
    from workers.steps.verify_items import verify_item

    wiring = session.wiring
    wiring.end_dismissals()
    now = wiring.clock()
    run = Run.start(now, Refs.BRANCHES)
    with wiring.ledger.read() as conn:
        stale = findings.unverified(conn, now if everything else now - timedelta(hours=older_than))
        reports = list(findings.reports(conn, minimum=Confidence.CENSUS, keys=stale))
    items = [verify_item(report, run, now) for report in reports]
    wiring.ledger.transaction(lambda conn: work.offer(conn, items, now))
    told = sum(one.finding.match.confidence is not Confidence.CENSUS for one in reports)
    session.say(f"verifying {findings_text(told, len(reports) - told)}")
    deadline = now + timedelta(minutes=max_minutes)
    drained = run_cluster(session, deadline, workers, _KINDS, run=run.id)
    return finish_command(session, drained, style, fail_on, kinds=_KINDS)
