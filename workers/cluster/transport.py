"""Redis as Celery's broker, with a check between the server and kombu.

kombu lets whatever is no JSON end its consumer, and Celery whatever has an odd shape. So a message is
checked as the answer of the server that it is, and one that is refused was never there: it has left its
queue, is not under way, and nobody waits for its acknowledgement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import kombu
import structlog
from celery.app.amqp import AMQP
from kombu.transport import redis

from crawler.errors import Malformed
from workers.cluster.messages import checked, checked_command, checked_unacknowledged

__all__ = ["Amqp"]

_SHOWN = 80
"""Bytes of a refused message that are logged."""


class _Channel(redis.Channel):
    def _create_client(self, asynchronous: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 - kombu's
        client = super()._create_client(asynchronous=asynchronous)  # type: ignore[misc] # not in its stubs
        client.set_response_callback("BRPOP", self._next)
        # Of the hash of messages under way; kombu asks for no other.
        client.set_response_callback("HGET", _under_way)
        return client

    def _next(self, answer: Sequence[bytes] | None, **_: object) -> tuple[bytes, bytes] | None:
        """Return key and message; None, as if there were no message, where it is refused."""
        if not answer:
            return None
        key, item = answer
        queue = key.decode(errors="replace").rsplit(self.sep, 1)[0]
        message = _unless_refused(partial(checked, item, queue), item)
        return None if message is None else (key, message)

    def _handle_message(self, client: Any, r: Sequence[Any]) -> dict[str, Any]:  # noqa: ANN401 - kombu's
        """Return what was published, to all workers or by them; nothing of it where it is refused."""
        published: dict[str, Any] = super()._handle_message(client, r)  # type: ignore[misc] # not in its stubs
        data = published["data"]
        if published["type"] in {b"message", b"pmessage"} and isinstance(data, bytes):
            published["data"] = _unless_refused(partial(checked_command, data), data) or b""
        return published


def _under_way(item: bytes | None, **_: object) -> bytes | None:
    return None if item is None else _unless_refused(partial(checked_unacknowledged, item), item)


def _unless_refused(check: Callable[[], bytes], item: bytes) -> bytes | None:
    try:
        return check()
    except Malformed as error:
        structlog.get_logger(__name__).warning(
            "message refused", reason=str(error), bytes=len(item), begins=repr(item[:_SHOWN])
        )
        return None


class _Transport(redis.Transport):
    Channel = _Channel


class _Connection(kombu.Connection):
    def get_transport_cls(self) -> type[_Transport]:
        """Return ours, whatever the URL begins with: all brokers that are attached speak Redis."""
        return _Transport


class Amqp(AMQP):
    """What Celery calls AMQP, over our own connections."""

    Connection = _Connection
