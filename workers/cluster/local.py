"""Broker, workers and dispatcher together: the whole cluster on one machine, for as long as a command runs."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

from crawler.errors import StoreError
from workers.cluster.app import BrokerHints, make_app
from workers.cluster.processes import WorkerGroup, WorkerSpec
from workers.dispatch.dispatcher import Dispatcher, Drained, Progress
from workers.dispatch.interrupts import Interrupts
from workers.ledger.work_items import WorkKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from workers.settings import Settings
    from workers.wiring import Wiring

__all__ = ["Cluster", "worker_environment"]

_API_THREADS = 16
_GIT_THREADS = 48
_STOP_SECONDS = 15.0
"""A worker gives back what it does after ten seconds, and ends."""
_KILL_SECONDS = 0.5


class Cluster:
    """A context manager: what it starts ends with it, and with this process."""

    def __init__(
        self,
        wiring: Wiring,
        *,
        git_workers: int,
        kinds: Collection[WorkKind] = frozenset(WorkKind),
        patience: float = 0.0,
        run: str | None = None,
    ) -> None:
        """Prepare; with `git_workers` 0 the workers run elsewhere, on the same broker and database.

        Only work of `kinds` is done. Database and broker may be away for `patience` seconds. Beside a
        standing watch only the work of `run` is waited for.
        """
        self._wiring, self._git_workers = wiring, git_workers
        self._kinds, self._patience, self._run = frozenset(kinds), patience, run
        self._stack = ExitStack()
        self._workers: WorkerGroup | None = None

    def __enter__(self) -> Self:
        """Start broker and workers."""
        broker = self._stack.enter_context(self._wiring.broker)
        self._hints = BrokerHints(make_app(broker.url), broker.url)
        self._stack.callback(self._hints.close)
        if self._git_workers:
            self._workers = WorkerGroup(
                tuple(self._specs()),
                log_directory=self._wiring.state_dir / "logs",
                clock=time.monotonic,
            )
            self._workers.start()
            self._stack.callback(self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        """Let the workers finish what they do, then end all."""
        self._stack.close()

    def _stop(self, seconds: float = _STOP_SECONDS) -> None:
        if self._workers is not None:
            self._workers.stop(seconds)

    @property
    def pids(self) -> Mapping[str, int]:
        """Name -> process id of the workers."""
        return {} if self._workers is None else self._workers.pids

    def drain(
        self,
        deadline: datetime,
        each_round: Callable[[Progress], None],
        offers: Sequence[Callable[[], object]] = (lambda: None,),
    ) -> Drained:
        """Do all that is due until `deadline`. Ctrl-C drains, a second one stops.

        Each of `offers` puts more into the queue, and that is done before the next one is asked.
        """
        dispatcher = Dispatcher(
            self._wiring.ledger,
            self._hints,
            self._wiring.clock,
            kinds=self._kinds,
            patience=self._patience,
            run=self._run,
        )

        def watched(progress: Progress) -> None:
            self._wiring.tell_time()
            if self._workers is not None:
                self._workers.watch()
            each_round(progress)

        self._wiring.tell_time()
        with Interrupts() as interrupts:
            for offer in offers:
                offer()
                dispatcher.run_until_drained(deadline, interrupts, watched, self._mend)
                if interrupts.draining:
                    break
            # What is under way has ten seconds to its end; what is said afterwards counts it.
            self._stop(_KILL_SECONDS if interrupts.stopping else _STOP_SECONDS)
            last = dispatcher.progress()
            is_own_left = dispatcher.is_own_left(deadline)
        return Drained(
            done=last.done,
            waiting=last.waiting + last.busy,
            dead=last.dead,
            next_due_at=last.next_due_at,
            interrupted=interrupts.draining,
            is_own_left=is_own_left,
        )

    def _mend(self) -> None:
        """Start a broker of our own again that has died; the next round asks whether it answers."""
        with suppress(StoreError):
            self._wiring.broker.revive()

    def _specs(self) -> Iterator[WorkerSpec]:
        settings = self._wiring.settings
        kinds = () if self._kinds >= frozenset(WorkKind) else sorted(k.value for k in self._kinds)
        yield WorkerSpec(
            name="api",
            pool="api",
            threads=_API_THREADS,
            kinds=kinds,
            environment=worker_environment(settings, tokens=True, place=1),
        )
        for number in range(1, self._git_workers + 1):
            yield WorkerSpec(
                name="git" if number == 1 else f"git-{number}",
                pool="git",
                threads=_GIT_THREADS,
                kinds=kinds,
                environment=worker_environment(settings, tokens=False, place=number + 1),
            )


def worker_environment(settings: Settings, *, tokens: bool, place: int = 0) -> Mapping[str, str]:
    """Return the environment of a worker process; `tokens` only for the one that needs them.

    The worker of `place` (1, 2, ...) shows its metrics so many ports behind ours; 0 shows none.
    """
    host, _, port = settings.metrics.rpartition(":")
    metrics = f"{host}:{int(port) + place}" if port and place else ""
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
            "GHOSTCRAWL_METRICS": metrics,
            "GHOSTCRAWL_LOG_FORMAT": settings.log_format,
        }
        | ({"GHOSTCRAWL_CONFIG": str(settings.config)} if settings.config else {})
    )
