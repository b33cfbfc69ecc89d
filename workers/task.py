"""All that tasks have in common, so that a task itself is a few plain lines.

After the base task of pypi/warehouse. Turning an error into the next step of the work (due again,
given up) is the business of the task: it knows the lease.
"""

from __future__ import annotations

from typing import Any

import celery
import structlog

from crawler.errors import Malformed

__all__ = ["LONGEST_LIST", "Task", "check_arguments"]

LONGEST_LIST = 200
"""Entries of a list: ids and fences of one batch."""
_LONGEST_TEXT = 200
_MOST_ARGUMENTS = 8
_LARGEST = 2**63


class Task(celery.Task[Any, Any]):
    """The base of every task: checks what the message says and names the task in every log line."""

    abstract = True
    ignore_result = True
    acks_late = True
    reject_on_worker_lost = False
    """A task that kills its worker is not run again by the broker: the ledger counts attempts."""
    typing = True

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run the task with arguments from a message; raises Malformed where they are no ids."""
        request = self.request
        with structlog.contextvars.bound_contextvars(task_id=request.id, task=self.name):
            check_arguments(args, kwargs)
            return self.run(*args, **kwargs)


def check_arguments(args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    """Raise Malformed unless all are ids: whole numbers, short texts, and short lists of these.

    Whoever can write to the broker can send a message, so a message is as hostile as a repository.
    """
    if kwargs:
        msg = f"a task takes no named arguments, got {len(kwargs)}"
        raise Malformed(msg)
    if len(args) > _MOST_ARGUMENTS:
        msg = f"a task takes at most {_MOST_ARGUMENTS} arguments, got {len(args)}"
        raise Malformed(msg)
    for place, value in enumerate(args):
        _check(value, f"args[{place}]", nested=2)


def _check(value: object, path: str, nested: int) -> None:
    match value:
        case bool():
            problem = "expected an id, got bool"
        case int() if -_LARGEST <= value < _LARGEST:
            return
        case str() if len(value) <= _LONGEST_TEXT and value.isprintable():
            return
        case list() if nested and len(value) <= LONGEST_LIST:
            for place, entry in enumerate(value):
                _check(entry, f"{path}[{place}]", nested - 1)
            return
        case int() | str() | list():
            problem = "out of bounds"
        case _:
            problem = f"expected an id, got {type(value).__name__}"
    msg = f"{path}: {problem}"
    raise Malformed(msg)
