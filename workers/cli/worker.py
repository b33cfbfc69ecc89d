"""`ghostcrawl worker`: one worker process; `run` and `crawl` start their own."""

from __future__ import annotations

import os

import click

from crawler.errors import Retry, UsageError
from workers.cli.session import Session
from workers.ledger.work_items import POOLS, WorkKind

__all__ = ["worker"]


@click.command()
@click.option(
    "-Q",
    "pool",
    type=click.Choice(POOLS),
    required=True,
    help="api: asks hosts and indexes, holds the tokens; git: reads repositories, has none.",
)
@click.option(
    "-c",
    "threads",
    type=click.IntRange(1),
    default=24,
    show_default=True,
    help="Hosts and feeds that are worked on at once.",
)
@click.option("--kinds", default="", help="Kinds of work, with commas; default: all of the queue.")
@click.option("--alone", type=int, hidden=True, help="Id of the one piece of work to do.")
@click.option("--fence", type=int, hidden=True, help="Fence of the turn in which it was begun.")
@click.pass_obj
def worker(
    session: Session,
    pool: str,
    threads: int,
    kinds: str,
    alone: int | None,
    fence: int | None,
) -> int:
    """Do due work until SIGTERM, or until the process has grown; whoever started it starts it again."""
    from workers.cli.monitored import count, showing
    from workers.cluster.alone import AloneInChild
    from workers.cluster.local import worker_environment
    from workers.cluster.steps import Steps
    from workers.cluster.worker import WorkerProcess
    from workers.monitoring.health import WorkerHealth

    wiring = session.wiring
    # Where it was started may be a stranger's checkout, and it may run for months.
    os.chdir(wiring.state_dir)
    metrics = count(session)
    if alone is not None and fence is not None:
        _do_alone(session, alone, fence)
        return 0
    in_child = AloneInChild(
        wiring.state_dir / "logs",
        worker_environment(session.settings, tokens=pool == "api"),
        pool=pool,
    )
    process = WorkerProcess(
        wiring,
        Steps(wiring).do,
        in_child,
        pool=pool,
        threads=threads,
        kinds=_kinds(kinds),
        ended=(lambda _: None) if metrics is None else metrics.turn_ended,
    )
    health = WorkerHealth(wiring.ledger, process.beat, pool, wiring.clock)
    with showing(session, metrics, health):
        return process.run()


def _kinds(text: str) -> frozenset[WorkKind]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in list(WorkKind)]
    if unknown:
        msg = f"unknown kind {', '.join(unknown)}; there are {', '.join(WorkKind)}"
        raise UsageError(msg)
    return frozenset(map(WorkKind, words)) or frozenset(WorkKind)


def _do_alone(session: Session, work_id: int, fence: int) -> None:
    """Do one piece of work that is suspect, in the turn of the process that started this one."""
    from workers.cluster.steps import Steps
    from workers.ledger import work

    wiring = session.wiring
    wiring.tell_time()

    def require() -> None:
        """Raise Retry where the turn is lost: who started this process stood still, and another asks now."""
        with wiring.ledger.read() as conn:
            if not work.held(conn, [(work_id, fence)]):
                msg = "the turn of this work is lost"
                raise Retry(msg)

    with wiring.ledger.read() as conn:
        held = work.held(conn, [(work_id, fence)])
    if held:
        wiring.may_ask = require
        Steps(wiring).do(held[0].kind, held)
