"""`ghostcrawl worker`: one worker process; `run` and `crawl` start their own."""

from __future__ import annotations

import os

import click

from workers.cli.session import Session

__all__ = ["worker"]


@click.command()
@click.option(
    "-Q", "queues", default="api,git", show_default=True, help="Which queues, with commas."
)
@click.option("-c", "concurrency", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--pool",
    type=click.Choice(["threads", "prefork", "solo"]),
    default="prefork",
    show_default=True,
)
@click.pass_obj
def worker(session: Session, queues: str, concurrency: int, pool: str) -> None:
    """Do what the dispatcher hands out, until SIGTERM."""
    from workers import telemetry
    from workers.cluster import tasks
    from workers.cluster.app import PoolHint, make_app, work

    wiring = session.wiring
    # Where it was started may be a stranger's checkout, and it may run for months.
    os.chdir(wiring.state_dir)
    telemetry.configure(secrets=wiring.hosts.tokens)
    hint = PoolHint(pool)
    app = make_app(wiring.broker.url, pool_hint=hint)
    tasks.register(app, wiring)
    work(
        app,
        queues=queues.split(","),
        pool=hint,
        concurrency=concurrency,
        name=f"{queues.replace(',', '-')}-{os.getpid()}",
    )
