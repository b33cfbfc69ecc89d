"""All that tasks have in common, so that a task itself is a few plain lines.

After the base task of pypi/warehouse. A message says nothing but that there is work (see
`workers.cluster.messages`), so there is nothing to do again where one is lost.
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
    acks_late = False
    typing = True

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run the task."""
        request = self.request
        with structlog.contextvars.bound_contextvars(task_id=request.id, task=self.name):
            return self.run(*args, **kwargs)
