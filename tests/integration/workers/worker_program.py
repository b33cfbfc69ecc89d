"""A worker with one small task, as a process: URL THREADS."""

from __future__ import annotations

import sys
import time

from crawler.errors import Malformed
from workers.broker import connect
from workers.cluster.app import make_app, work
from workers.cluster.messages import task_name
from workers.telemetry import LogStyle, configure


def main(url: str, threads: int) -> None:
    app = make_app(url)

    def turn() -> None:
        """Count, and do the next of the orders: sleep so many seconds, or fail."""
        with connect(url) as redis:
            redis.incr("began")
            order = (redis.lpop("orders") or b"").decode()
            if order == "fail":
                msg = "an order to fail"
                raise Malformed(msg)
            time.sleep(float(order or 0))
        with connect(url) as redis:
            redis.incr("ended")

    app.task(name=task_name("git"))(turn)
    work(app, pool="git", threads=threads, name="test")


if __name__ == "__main__":
    configure(style=LogStyle.JSON)
    main(sys.argv[1], int(sys.argv[2]))
