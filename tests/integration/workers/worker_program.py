"""A worker with three small tasks, as a process: URL POOL CONCURRENCY TASK_SECONDS."""

from __future__ import annotations

import os
import signal
import sys
import time

from celery import Celery

from crawler.errors import Malformed
from workers.broker import connect
from workers.cluster.app import QUEUES, PoolHint, make_app, work
from workers.telemetry import LogStyle, configure


def build(url: str, pool: PoolHint, task_seconds: float) -> Celery:
    app = make_app(url, pool_hint=pool, task_seconds=task_seconds)

    def visit(pairs: list[list[int]]) -> None:
        """Note that it began and ended; ids from 100 on take ten minutes the first time, negative ones fail."""
        with connect(url) as redis:
            for work_id, _ in pairs:
                if work_id < 0:
                    msg = "a negative id"
                    raise Malformed(msg)
                times = redis.hincrby("began", str(work_id), 1)
                redis.hset("pid", str(work_id), os.getpid())
                if work_id >= 100 and times == 1:
                    time.sleep(600)
                redis.hincrby("ended", str(work_id), 1)

    def search(_pairs: list[list[int]]) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)

    app.task(name="ghostcrawl.visit")(visit)
    app.task(name="ghostcrawl.search")(search)
    return app


if __name__ == "__main__":
    configure(style=LogStyle.JSON)
    hint = PoolHint(sys.argv[2])
    work(
        build(sys.argv[1], hint, float(sys.argv[4])),
        queues=QUEUES,
        pool=hint,
        concurrency=int(sys.argv[3]),
        name="test",
    )
