"""A whole worker process whose steps are as the test says; run as a program, with its settings as JSON.

Work takes as long as the settings say, and longer while the file `gate` is not there. It is done by a row of
the table "said", written with its end: both are there, or none. A key `poison/..` is a segmentation fault.
The clock of its machine may be wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from workers.clock import SharedClock, utc_now
from workers.cluster.alone import AloneInChild
from workers.cluster.worker import WorkerProcess
from workers.ledger import work
from workers.ledger.work import Leased, WorkKind
from workers.settings import load
from workers.telemetry import LogStyle, configure
from workers.wiring import Wiring

__all__: list[str] = []


class Program:
    """One process."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        state = Path(settings["state"])
        self.wiring = Wiring(
            load(
                state_dir=state,
                database_url=settings["database"],
                broker_url=settings["broker"],
                hosts={},
            )
        )
        ahead = timedelta(seconds=settings["ahead"])
        self.wiring.clock = SharedClock(lambda: utc_now() + ahead)

    def do(self, kind: WorkKind, items: Sequence[Leased]) -> None:
        del kind
        gate = Path(self._settings["gate"])
        for item in items:
            if item.key.startswith("poison/"):
                os.kill(os.getpid(), signal.SIGSEGV)
            time.sleep(self._settings["seconds"])
            while not gate.exists():
                time.sleep(0.02)
            with self.wiring.ledger.write() as conn:
                done = work.finish(conn, item.id, item.fence, self.wiring.clock())
                said = {"key": item.key, "what": "done" if done else "refused"}
                conn.execute(text("INSERT INTO said VALUES (:key, :what)"), said)

    def run(self, pool: str, threads: int) -> int:
        own = (sys.executable, __file__, json.dumps(self._settings))
        alone = AloneInChild(self.wiring.state_dir, dict(os.environ), pool=pool, command=own)
        process = WorkerProcess(
            self.wiring,
            self.do,
            alone,
            pool=pool,
            threads=threads,
            kinds=frozenset(WorkKind),
        )
        return process.run()

    def run_alone(self, work_id: int, fence: int) -> int:
        self.wiring.tell_time()
        with self.wiring.ledger.read() as conn:
            held = work.held(conn, [(work_id, fence)])
        if held:
            self.do(held[0].kind, held)
        return 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=json.loads)
    parser.add_argument("-Q", dest="pool", default="git")
    parser.add_argument("-c", dest="threads", type=int, default=4)
    parser.add_argument("--alone", type=int)
    parser.add_argument("--fence", type=int)
    given = parser.parse_args()
    configure(style=LogStyle.JSON)
    program = Program(given.settings)
    if given.alone is not None:
        return program.run_alone(given.alone, given.fence)
    try:
        return program.run(given.pool, given.threads)
    finally:
        program.wiring.close()


if __name__ == "__main__":
    sys.exit(main())
