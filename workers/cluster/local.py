"""Broker, workers and dispatcher together: the whole cluster on one machine, for as long as a command runs."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from crawler.hosts.interface import HostKind
from workers.cluster.app import PoolHint, make_app, restore_unacknowledged, sender
from workers.cluster.processes import WorkerGroup, WorkerSpec
from workers.dispatch.dispatcher import Dispatcher, Drained, Progress
from workers.dispatch.interrupts import Interrupts
from workers.dispatch.lanes import LANES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from workers.ledger.work_items import WorkKind
    from workers.settings import Settings
    from workers.wiring import Wiring

__all__ = ["Cluster"]

_API_THREADS = 4
_STOP_SECONDS = 45.0
"""A busy prefork pool takes up to 30 s for its own bookkeeping."""
_IDLE_STOP_SECONDS = 0.5
_SLOTS_ELSEWHERE = 32
"""Messages per queue while the workers run on other machines, which nobody counts."""


class Cluster:
    """A context manager: what it starts ends with it, and with this process."""

    def __init__(self, wiring: Wiring, *, git_workers: int) -> None:
        """Prepare; with `git_workers` 0 the workers run elsewhere, on the same broker and database."""
        self._wiring = wiring
        self._git_workers = git_workers
        self._stack = ExitStack()
        self._workers: WorkerGroup | None = None
        self._idle = False
        """Whether all that was handed out has come back."""

    def __enter__(self) -> Self:
        """Start broker and workers."""
        broker = self._stack.enter_context(self._wiring.broker)
        self._app = make_app(broker.url, pool_hint=PoolHint.SOLO)
        if broker.owned:
            restore_unacknowledged(self._app)
        if self._git_workers:
            self._workers = WorkerGroup(
                self._specs(),
                log_directory=self._wiring.state_dir / "logs",
                clock=time.monotonic,
            )
            self._workers.start()
            self._stack.callback(self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        """Let the workers finish what they do, then end all."""
        self._app.close()
        self._stack.close()

    def _stop(self) -> None:
        if self._workers is not None:
            self._workers.stop(_IDLE_STOP_SECONDS if self._idle else _STOP_SECONDS)

    @property
    def pids(self) -> Mapping[str, int]:
        """Name -> process id of the workers."""
        return {} if self._workers is None else self._workers.pids

    def drain(
        self,
        deadline: datetime,
        each_round: Callable[[Progress], None],
        without: Collection[WorkKind] = (),
    ) -> Drained:
        """Do all that is due until `deadline`, but what is in `without`.

        Ctrl-C drains, a second one stops.
        """
        dispatcher = Dispatcher(
            self._wiring.ledger,
            sender(self._app),
            self._slots,
            self._wiring.clock,
            serial_hosts=[
                name
                for name, section in self._wiring.settings.hosts.items()
                if section.kind is HostKind.GITHUB
            ],
            without=without,
        )

        def watched(progress: Progress) -> None:
            dead = () if self._workers is None else self._workers.watch()
            if dead and self._wiring.broker.owned:
                # A worker is named after its queue, and is the only one of it here.
                restore_unacknowledged(self._app, [death.name for death in dead])
            each_round(progress)

        with Interrupts() as interrupts:
            drained = dispatcher.run_until_drained(deadline, interrupts, watched)
            self._idle = not interrupts.stopping
        return drained

    def _specs(self) -> Sequence[WorkerSpec]:
        return (
            WorkerSpec(
                name="api",
                queues=("api",),
                pool=PoolHint.THREADS,
                concurrency=_API_THREADS,
                environment=_worker_environment(self._wiring.settings, tokens=True),
            ),
            WorkerSpec(
                name="git",
                queues=("git",),
                pool=PoolHint.PREFORK,
                concurrency=self._git_workers,
                environment=_worker_environment(self._wiring.settings, tokens=False),
            ),
        )

    def _slots(self) -> Mapping[str, int]:
        if not self._git_workers:
            return {lane.queue: _SLOTS_ELSEWHERE for lane in LANES.values()}
        return {"api": 2 * _API_THREADS, "git": 2 * self._git_workers}


def _worker_environment(settings: Settings, *, tokens: bool) -> Mapping[str, str]:
    """Return the environment of a worker process; `tokens` only for the one that needs them."""
    secrets = {s.token_env for s in settings.hosts.values() if s.token_env}
    kept = {
        name: value
        for name, value in os.environ.items()
        if tokens or name not in secrets | {f"{secret}_FILE" for secret in secrets}
    }
    return (
        kept
        | {
            "GHOSTCRAWL_STATE_DIR": str(settings.state_dir),
            "GHOSTCRAWL_DATABASE_URL": settings.database_url,
            "GHOSTCRAWL_BROKER_URL": settings.broker_url,
        }
        | ({"GHOSTCRAWL_CONFIG": str(settings.config)} if settings.config else {})
    )
