"""All that tasks have in common, so that a task itself is a few plain lines.

After the base task of pypi/warehouse. Turning an error into the next step of the work (due again,
given up) is the business of the task: it knows the lease. What its message says was checked before it
came here (`workers.cluster.messages`).
"""

from __future__ import annotations

from typing import Any

import celery
import structlog

__all__ = ["Task"]


class Task(celery.Task[Any, Any]):
    """The base of every task: names it in every log line."""

    abstract = True
    ignore_result = True
    acks_late = True
    reject_on_worker_lost = False
    """A task that kills its worker is not run again by the broker: the ledger counts attempts."""
    typing = True

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run the task."""
        request = self.request
        with structlog.contextvars.bound_contextvars(task_id=request.id, task=self.name):
            return self.run(*args, **kwargs)
