"""The Celery application: its settings, how hints are sent on it, and the one way to run a worker.

The broker is a hint and the database the truth: a message is acknowledged when it is taken, nothing is
kept in results, and no task waits by ETA. JSON only: a pickle is never read. Facts behind the numbers:
without the socket options a half-open connection stays idle for more than a minute; without remote
control nobody reads the socket while all slots are busy, and a broker that was away is never missed
(kombu 5.7, a failed acknowledgement keeps its slot).
"""

from __future__ import annotations

import contextlib
import importlib
import socket
from types import ModuleType
from typing import Any, NoReturn

from celery import Celery, signals
from celery.loaders.app import AppLoader
from celery.worker import state
from celery.worker.control import Panel
from kombu import Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from crawler.errors import ConfigurationError, StoreError
from workers.broker import connect
from workers.cluster.messages import LOOKS, task_name
from workers.cluster.transport import Amqp
from workers.ledger.work_items import POOLS

__all__ = ["BrokerHints", "make_app", "work"]

_VISIBILITY = 60
"""Seconds until a hint is given out again that a worker took and never began."""


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


def make_app(broker_url: str) -> Celery:
    """Return an application on `broker_url`; workers run it in threads."""
    app = _Application(
        "ghostcrawl",
        broker=broker_url,
        task_cls="workers.cluster.task:Task",
        set_as_current=False,
        fixups=[],
        loader=_Loader,
        amqp=Amqp,
    )
    app.conf.update(_SETTINGS)
    return app


def work(app: Celery, *, pool: str, threads: int, name: str) -> None:
    """Run a worker of `pool` until it is asked to end, by SIGTERM.

    Raises ConfigurationError for a pool that does not exist, StoreError where it ended by itself: also
    where the broker goes away while Celery connects anew, which Celery lets through.
    """
    if pool not in POOLS:
        msg = f"unknown queue {pool}; there are {', '.join(POOLS)}"
        raise ConfigurationError(msg)
    _only_look()
    try:
        # Not Celery's command line: its options have defaults in variables such as APP and BROKER_URL.
        worker = app.Worker(
            hostname=f"{name}@{socket.gethostname()}",
            queues=[pool],
            pool="threads",
            concurrency=threads,
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            heartbeat_interval=30,
        )
        worker.start()
    except (OperationalError, RedisError) as error:
        msg = f"the broker failed: {error}; start the worker again when it answers"
        raise StoreError(msg) from error
    if worker.exitcode and state.should_stop is None:
        msg = "the worker could not go on with what the broker answered; the log says why"
        raise StoreError(msg)


@signals.setup_logging.connect
def _keep_logs(**_: object) -> None:
    """Keep the logs as they are set up: Celery, when nobody listens here, lets warnings through only."""


def _only_look() -> None:
    """Unregister the commands that change what a worker does: whoever can write to the broker has them."""
    for registry in (Panel.data, Panel.meta):
        for command in set(registry) - LOOKS:
            del registry[command]


class BrokerHints:
    """The queues of the broker at a URL, as the dispatcher sees them."""

    def __init__(self, app: Celery, broker_url: str) -> None:
        """Send through `app`, count through a connection of our own."""
        self._app, self._redis = app, connect(broker_url)

    def waiting(self, pool: str) -> int:
        """Return how many hints nobody has taken yet. Raises StoreError."""
        try:
            count: int = self._redis.llen(pool)
        except RedisError as error:
            msg = f"cannot read the queue {pool}: broker error: {error}"
            raise StoreError(msg) from error
        return count

    def send(self, pool: str) -> None:
        """Say once that there is due work. Raises StoreError."""
        try:
            self._app.send_task(task_name(pool), queue=pool, retry=False)
        except (OperationalError, RedisError) as error:
            msg = f"cannot enqueue tasks: broker error: {error}"
            raise StoreError(msg) from error

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()
        with contextlib.suppress(OperationalError, RedisError):
            self._app.close()


_SETTINGS: dict[str, Any] = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "result_serializer": "json",
    "task_ignore_result": True,
    "task_acks_late": False,
    "task_queues": tuple(Queue(name, routing_key=name) for name in POOLS),
    "task_default_queue": POOLS[0],
    "task_create_missing_queues": False,
    "worker_prefetch_multiplier": 1,
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
    "worker_enable_remote_control": True,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_send_task_events": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "visibility_timeout": _VISIBILITY,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "health_check_interval": 10,
    },
}
