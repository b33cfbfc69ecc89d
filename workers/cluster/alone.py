"""Suspect work in a process of its own, whose death is an attempt: so it takes nothing else along."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workers.cluster.processes import DEFAULT_COMMAND
from workers.dispatch.policies import WORK_POLICIES
from workers.lifeline import Child, Launch
from workers.private import private_folder

if TYPE_CHECKING:
    from workers.ledger.work_items import Leased

__all__ = ["AloneInChild"]

_STEP = 0.2
_SET_UP = 30.0
"""Seconds for a process to start, beside its work."""
_NO_VERDICT = frozenset({0, 3, 4, 6})
"""Exit codes that say nothing against the work: done, or the database, broker or settings are away."""


class AloneInChild:
    """Starts `ghostcrawl worker --alone` for one item and waits for its end."""

    def __init__(
        self,
        logs: Path,
        environment: Mapping[str, str],
        *,
        pool: str,
        command: Sequence[str] = DEFAULT_COMMAND,
    ) -> None:
        """Start children that log into the folder `logs`; `environment` is the whole of theirs."""
        self._logs, self._environment = logs, environment
        self._pool, self._command = pool, tuple(command)

    def __call__(self, item: Leased, is_stopping: Callable[[], bool]) -> str | None:
        """Do `item`; return how the process died, None where it did not, or was not let go on."""
        private_folder(self._logs)
        words = ("-Q", self._pool, "--alone", str(item.id), "--fence", str(item.fence))
        child = Child(
            Launch(
                argv=(*self._command, *words),
                log=self._logs / f"alone-{self._pool}-{os.getpid()}.log",
                environment=self._environment,
                orphan_signal=signal.SIGKILL,
            )
        )
        until = time.monotonic() + WORK_POLICIES[item.kind].seconds + _SET_UP
        while not child.wait(_STEP):
            if is_stopping():
                child.kill()
                return None
            if time.monotonic() > until:
                child.kill()
                return f"the process that did it took longer than {WORK_POLICIES[item.kind].seconds:.0f} s and was ended"
        return _death(child.exit_code or 0)


def _death(code: int) -> str | None:
    if code in _NO_VERDICT:
        return None
    if code < 0:
        return f"the process that did it was ended by signal {-code}"
    return f"the process that did it ended with exit code {code}"
