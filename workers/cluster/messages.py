"""What a message may be: the hint that a pool has due work. Whatever else lies in a queue is refused.

Whoever can write to the broker can send a message, so a message is as hostile as a repository. One that
is taken is written anew from what was checked, so that nothing else in it reaches kombu or Celery: no
serializer or compression that it names, no time limit, no date to wait for, no task to go on with.
Sources: kombu, `transport.virtual.Channel.prepare_message`; Celery, "Message Protocol", version 2.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TypeVar

from crawler.errors import Malformed
from workers.ledger.work_items import POOLS

__all__ = ["LOOKS", "checked", "checked_command", "checked_unacknowledged", "task_name"]

_T = TypeVar("_T")
_LARGEST = 16 * 1024
"""Bytes of a message; a hint has less than 2,000."""
_LONGEST_NAME = 200
_MOST_NAMES = 1000
LOOKS = frozenset(
    {"active", "active_queues", "clock", "ping", "registered", "reserved", "scheduled", "stats"}
)
"""The commands of remote control that a worker answers: none of them changes anything."""
_NOTHING_AFTERWARDS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def task_name(pool: str) -> str:
    """Return the name of the task that does due work of `pool`."""
    return f"ghostcrawl.{pool}"


_QUEUES = {task_name(pool): pool for pool in POOLS}


def checked(item: bytes, queue: str) -> bytes:
    """Return the message `item` of `queue`, written anew; raises Malformed where it is none of ours."""
    if len(item) > _LARGEST:
        msg = f"{len(item)} bytes; expected at most {_LARGEST}"
        raise Malformed(msg)
    return _dumped(_envelope(_typed(_loaded(item, "message"), dict, "message"), queue))


def checked_unacknowledged(item: bytes) -> bytes:
    """Return the entry `item` of a message under way, written anew; raises Malformed as `checked`."""
    if len(item) > 2 * _LARGEST:
        msg = f"{len(item)} bytes; expected at most {2 * _LARGEST}"
        raise Malformed(msg)
    match _loaded(item, "entry"):
        case [dict() as message, str(), str() as queue]:
            return _dumped([_envelope(message, queue), "", queue])
        case other:
            msg = f"entry: expected message, exchange and queue, got {type(other).__name__}"
            raise Malformed(msg)


def checked_command(item: bytes) -> bytes:
    """Return a message of remote control, written anew; raises Malformed where a worker does not answer it.

    Source: kombu, `pidbox.Mailbox._publish` and `Node.handle_message`.
    """
    if len(item) > 4 * _LARGEST:
        msg = f"{len(item)} bytes; expected at most {4 * _LARGEST}"
        raise Malformed(msg)
    message = _typed(_loaded(item, "command"), dict, "command")
    properties = _honest(message)
    body = _typed(_body(message), dict, "body")
    method = _name(body.get("method"), "method")
    if method not in LOOKS:
        msg = f"method: no command {method!a}"
        raise Malformed(msg)
    asked: dict[str, object] = {
        "method": method,
        "arguments": {},
        "destination": _names(body.get("destination")),
    }
    reply_to = body.get("reply_to")
    if reply_to is not None:
        where = _typed(reply_to, dict, "reply_to")
        asked["reply_to"] = {
            key: _name(where.get(key), f"reply_to.{key}") for key in ("exchange", "routing_key")
        }
        asked["ticket"] = _name(body.get("ticket"), "ticket")
    return _dumped(
        {
            "body": base64.b64encode(_dumped(asked)).decode(),
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {},
            "properties": {
                "body_encoding": "base64",
                "delivery_info": {"exchange": "", "routing_key": ""},
                "delivery_tag": _name(properties.get("delivery_tag"), "properties.delivery_tag"),
            },
        }
    )


def _names(value: object) -> list[str] | None:
    if value is None:
        return None
    names = _typed(value, list, "destination")
    if len(names) > _MOST_NAMES:
        msg = f"destination: {len(names)} names"
        raise Malformed(msg)
    return [_name(name, "destination") for name in names]


def _envelope(message: Mapping[str, object], queue: str) -> Mapping[str, object]:
    headers = _typed(message.get("headers"), dict, "headers")
    properties = _honest(message)
    task = _name(headers.get("task"), "headers.task")
    if task not in _QUEUES:
        msg = f"headers.task: unknown task {task!a}"
        raise Malformed(msg)
    _equal(queue, _QUEUES[task], f"queue of {task}")
    _require_no_arguments(_body(message))
    return {
        "body": base64.b64encode(_dumped([[], {}, _NOTHING_AFTERWARDS])).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": task, "id": _name(headers.get("id"), "headers.id")},
        "properties": {
            "body_encoding": "base64",
            "delivery_info": {"exchange": "", "routing_key": queue},
            "delivery_tag": _name(properties.get("delivery_tag"), "properties.delivery_tag"),
        },
    }


def _honest(message: Mapping[str, object]) -> Mapping[str, object]:
    """Return the properties of a message that says of itself what all of ours say."""
    properties = _typed(message.get("properties"), dict, "properties")
    _equal(message.get("content-type"), "application/json", "content-type")
    _equal(message.get("content-encoding"), "utf-8", "content-encoding")
    _equal(properties.get("body_encoding"), "base64", "properties.body_encoding")
    return properties


def _body(message: Mapping[str, object]) -> object:
    try:
        data = base64.b64decode(_typed(message.get("body"), str, "body"), validate=True)
    except (binascii.Error, ValueError) as error:
        msg = f"body: expected base64, {error}"
        raise Malformed(msg) from error
    return _loaded(data, "body")


def _require_no_arguments(body: object) -> None:
    match body:
        case [[], dict() as named, dict()] if not named:
            pass
        case _:
            raise Malformed("body: expected no arguments")


def _loaded(data: bytes, what: str) -> object:
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        msg = f"{what}: expected JSON, {type(error).__name__}"
        raise Malformed(msg) from error


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode("ascii")


def _typed(value: object, wanted: type[_T], path: str) -> _T:
    if not isinstance(value, wanted):
        msg = f"{path}: expected {wanted.__name__}, got {type(value).__name__}"
        raise Malformed(msg)
    return value


def _name(value: object, path: str) -> str:
    name = _typed(value, str, path)
    if not (0 < len(name) <= _LONGEST_NAME and name.isascii() and name.isprintable()):
        msg = f"{path}: expected 1 to {_LONGEST_NAME} printable characters"
        raise Malformed(msg)
    return name


def _equal(value: object, wanted: str, path: str) -> None:
    if value != wanted:
        msg = f"{path}: expected {wanted}, got {str(value)[:_LONGEST_NAME]!a}"
        raise Malformed(msg)
