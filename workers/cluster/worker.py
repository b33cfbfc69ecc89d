"""A worker process: its threads, its beat, and how it ends.

It ends itself, with 0, after so many turns or so much memory: whoever started it starts another. When
it is asked to end it begins nothing more; what is under way has ten seconds, then it is given back.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from celery import signals
from celery.worker import state

from crawler.errors import StoreError
from workers.cluster.app import make_app, work
from workers.cluster.messages import task_name
from workers.dispatch.beat import Beat, WorkerIdentity, new_name
from workers.dispatch.turns import Turns
from workers.ledger.revision import SchemaChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from workers.dispatch.turns import Alone, Do, TurnEnded
    from workers.ledger.work_items import WorkKind
    from workers.wiring import Wiring

__all__ = ["WorkerProcess"]

_DRAIN_SECONDS = 10.0
"""What is under way when the process is to end has so long."""
_LAST_SECONDS = 3.0
"""After that, for Celery to put its things away."""
_MOST_TURNS = 10_000
_MOST_BYTES = 1024**3
_SWITCH_SECONDS = 0.0005
"""A thread that holds SQLite's write lock waits for the interpreter 25 times less than with the default."""
_HANGS = 75
"""Exit code of a process with work that hangs."""
_log = structlog.get_logger(__name__)


class WorkerProcess:
    """Does due work of one pool, in threads, until SIGTERM."""

    def __init__(  # noqa: PLR0913 - the parts of a process, each once
        self,
        wiring: Wiring,
        do: Do,
        alone: Alone,
        *,
        pool: str,
        threads: int,
        kinds: Collection[WorkKind],
        ended: Callable[[TurnEnded], None] = lambda _: None,
    ) -> None:
        """Prepare; `ended` is called after every turn."""
        self._wiring, self._pool, self._threads, self._told = wiring, pool, threads, ended
        self._code = 0
        self._is_over = threading.Event()
        self._drainer: threading.Thread | None = None
        self._lock = threading.Lock()
        self._beat = Beat(
            wiring.ledger,
            wiring.clock,
            WorkerIdentity(name=new_name(), pool=pool, threads=threads, version=wiring.version),
            overrun=partial(os._exit, _HANGS),
        )
        self._turns = Turns(
            wiring.ledger,
            self._beat,
            wiring.clock,
            do,
            alone,
            pool=pool,
            kinds=kinds,
            ended=self._ended,
        )

    @property
    def beat(self) -> Beat:
        """The beat of this process, which tells whether it makes progress."""
        return self._beat

    def run(self) -> int:
        """Work until asked to end; return the exit code. Raises StoreError where the broker's answers end it."""
        self._wiring.prepare(self._pool)
        sys.setswitchinterval(_SWITCH_SECONDS)
        app = make_app(self._wiring.broker.url)
        app.task(name=task_name(self._pool), queue=self._pool)(self._work_off)
        signals.worker_shutting_down.connect(self._shutting_down)
        with self._beat:
            work(app, pool=self._pool, threads=self._threads, name=f"{self._pool}-{os.getpid()}")
            self._is_over.set()
        return self._code

    def _work_off(self) -> None:
        try:
            self._turns.work_off()
        except SchemaChanged as error:
            _log.error("schema changed", error=str(error))
            self._end(StoreError.exit_code)
        except StoreError as error:
            _log.warning("no turn taken", error=str(error))

    def _ended(self, turn: TurnEnded) -> None:
        _log.debug("turn", lane=turn.lane, seconds=round(turn.seconds, 3), lost=turn.is_lost)
        self._told(turn)
        if self._beat.turns >= _MOST_TURNS or _resident() >= _MOST_BYTES:
            _log.info("ends to be started anew", turns=self._beat.turns, bytes=_resident())
            self._end(0)

    def _shutting_down(self, **_: object) -> None:
        self._end(0)

    def _end(self, code: int) -> None:
        """Begin to end; may be called from any thread, and from a signal handler."""
        self._turns.stop()
        if self._drainer is not None:
            return
        self._code = code
        self._drainer = threading.Thread(target=self._drain, name="drain", daemon=True)
        self._drainer.start()
        if state.should_stop is None:
            state.should_stop = code  # type: ignore[assignment] # None by default

    def _drain(self) -> None:
        """Give back what does not come to its end in time, and end the process whatever hangs in it."""
        until = time.monotonic() + _DRAIN_SECONDS
        while self._beat.held and time.monotonic() < until:
            time.sleep(0.05)
        if self._beat.held:
            _log.warning("given back", lanes=[held.turn.lane for held in self._beat.held])
            try:
                self._beat.give_back()
            except StoreError as error:
                _log.warning("not given back", error=str(error))
            os._exit(self._code)
        if not self._is_over.wait(_LAST_SECONDS):
            os._exit(self._code)


def _resident() -> int:
    """Return the bytes of memory of this process; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
