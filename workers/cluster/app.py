"""The Celery application: its settings, and the one way to run a worker on it.

The broker is a hint and the database the truth, so nothing is kept in results and no task waits by
ETA. JSON only: a pickle is never read. Facts behind the numbers: a redelivery takes the visibility
timeout plus one sweep, and a sweep every second is cheap; without the socket options a half-open
connection stays idle for more than a minute.
"""

from __future__ import annotations

import importlib
import math
import signal
import socket
from collections.abc import Collection, Sequence
from enum import StrEnum
from types import ModuleType
from typing import Any, NoReturn, assert_never

from celery import Celery, signals
from celery.loaders.app import AppLoader
from celery.worker import state
from kombu import Queue
from kombu.exceptions import OperationalError

from crawler.errors import ConfigurationError, StoreError
from workers.cluster.messages import queue_of
from workers.cluster.transport import Amqp
from workers.dispatch.dispatcher import Send
from workers.dispatch.lanes import LANES, task_name
from workers.ledger.work import WorkKind
from workers.lifeline import die_with_parent

__all__ = ["QUEUES", "PoolHint", "make_app", "restore_unacknowledged", "sender", "work"]

QUEUES = ("api", "git")
"""`api` asks hosts and indexes; `git` reads what strangers wrote."""
_TASK_SECONDS = 600.0


class PoolHint(StrEnum):
    """Which pool will run the tasks; the values are Celery's own."""

    THREADS = "threads"
    """Cheap, for API work; Celery cannot limit the time of a task here."""
    PREFORK = "prefork"
    """Processes with limits, for git and parsing."""
    SOLO = "solo"


class _Loader(AppLoader):
    """Takes no module from the current folder, which Celery's own puts first on `sys.path`."""

    def import_from_cwd(
        self, module: str, imp: object = None, package: str | None = None
    ) -> ModuleType:
        """Import as everywhere else."""
        del imp
        return importlib.import_module(module, package)


class _Application(Celery):
    def gen_task_name(self, name: str, module: str) -> NoReturn:
        """Refuse a task without a name of its own: names are part of the messages."""
        msg = f"the task {module}.{name} needs an explicit name"
        raise ConfigurationError(msg)


def make_app(
    broker_url: str, *, pool_hint: PoolHint, task_seconds: float = _TASK_SECONDS
) -> Celery:
    """Return an application on `broker_url`, with the settings for the pool it will run in.

    `task_seconds` is the longest time of a task; prefork kills what takes longer, and the message of
    a worker that died is given out again after two and a half times that.
    """
    app = _Application(
        "ghostcrawl",
        broker=broker_url,
        task_cls="workers.cluster.task:Task",
        set_as_current=False,
        fixups=[],
        loader=_Loader,
        amqp=Amqp,
    )
    app.conf.update(_settings(task_seconds))
    match pool_hint:
        case PoolHint.PREFORK:
            app.conf.update(_limits(task_seconds))
        case PoolHint.THREADS | PoolHint.SOLO:
            pass
        case _:
            assert_never(pool_hint)
    return app


def work(
    app: Celery, *, queues: Collection[str], pool: PoolHint, concurrency: int, name: str
) -> None:
    """Run a worker until it is asked to end, by SIGTERM.

    Raises ConfigurationError for a queue that does not exist, StoreError where it ended by itself.
    """
    unknown = sorted(set(queues) - set(QUEUES))
    if unknown or not queues:
        msg = f"unknown queues {', '.join(unknown) or '(none)'}; there are {', '.join(QUEUES)}"
        raise ConfigurationError(msg)
    # Not Celery's command line: its options have defaults in variables such as APP and BROKER_URL.
    worker = app.Worker(
        hostname=f"{name}@{socket.gethostname()}",
        queues=list(queues),
        pool=pool.value,
        concurrency=concurrency,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    if worker.exitcode and state.should_stop is None:
        msg = "the worker could not go on with what the broker answered; the log says why"
        raise StoreError(msg)


def sender(app: Celery) -> Send:
    """Return how the dispatcher puts work into the broker: ids and fences, nothing else."""

    def send(kind: WorkKind, leases: Sequence[tuple[int, int]]) -> None:
        pairs = [list(pair) for pair in leases]
        try:
            app.send_task(task_name(kind), args=(pairs,), queue=LANES[kind].queue)
        except OperationalError as error:
            msg = f"cannot enqueue tasks: broker error: {error}"
            raise StoreError(msg) from error

    return send


def restore_unacknowledged(app: Celery, queues: Collection[str] = QUEUES) -> int:
    """Give out again, at once, what the workers of `queues` took and did not finish.

    Returns how many messages. Only where none of these workers can still be busy: after the broker of
    our own was started, or when the one worker of a queue has died. Otherwise a message waits for the
    visibility timeout (kombu, `virtual.QoS.restore_visible`).
    """
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        taken = [
            tag
            for tag, message in channel.client.hgetall(channel.unacked_key).items()
            if queue_of(message) in {None, *queues}  # what nobody sent is refused, and then gone
        ]
        for tag in taken:
            channel.qos.restore_by_tag(tag)
    return len(taken)


@signals.worker_process_init.connect
def _end_with_the_worker(**_: object) -> None:
    die_with_parent(signal.SIGKILL)


def _settings(task_seconds: float) -> dict[str, Any]:
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,
        "task_queues": tuple(Queue(name, routing_key=name) for name in QUEUES),
        "task_default_queue": QUEUES[0],
        "task_create_missing_queues": False,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_enable_remote_control": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_send_task_events": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": math.ceil(2.5 * task_seconds),
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "health_check_interval": 10,
        },
    }


def _limits(task_seconds: float) -> dict[str, Any]:
    return {
        "task_time_limit": task_seconds,
        "task_soft_time_limit": task_seconds * 0.9,
        "worker_max_tasks_per_child": 100,
        "worker_max_memory_per_child": 512 * 1024,  # KiB, looked at between two tasks
        "worker_proc_alive_timeout": 30.0,
    }
