"""What a message may be: leases of one kind of work. Whatever else lies in a queue is refused.

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
from workers.dispatch.lanes import LANES, task_name

__all__ = ["checked", "checked_unacknowledged", "queue_of"]

_T = TypeVar("_T")
_LARGEST = 64 * 1024
"""Bytes of a message; those of the dispatcher, of 50 pairs at most, have less than 5,000."""
_MOST_PAIRS = 200
_LONGEST_NAME = 200
_LARGEST_ID = 2**63
_QUEUES = {task_name(kind): lane.queue for kind, lane in LANES.items()}
_NOTHING_AFTERWARDS = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


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


def queue_of(item: bytes) -> str | None:
    """Return the queue that the entry `item` of a message under way came from; None for no such entry."""
    try:
        _, _, queue = json.loads(checked_unacknowledged(item))
    except Malformed:
        return None
    return str(queue)


def _envelope(message: Mapping[str, object], queue: str) -> Mapping[str, object]:
    headers = _typed(message.get("headers"), dict, "headers")
    properties = _typed(message.get("properties"), dict, "properties")
    _equal(message.get("content-type"), "application/json", "content-type")
    _equal(message.get("content-encoding"), "utf-8", "content-encoding")
    _equal(properties.get("body_encoding"), "base64", "properties.body_encoding")
    task = _name(headers.get("task"), "headers.task")
    if task not in _QUEUES:
        msg = f"headers.task: unknown task {task!a}"
        raise Malformed(msg)
    _equal(queue, _QUEUES[task], f"queue of {task}")
    pairs = _pairs(_typed(message.get("body"), str, "body"))
    return {
        "body": base64.b64encode(_dumped([[pairs], {}, _NOTHING_AFTERWARDS])).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": task, "id": _name(headers.get("id"), "headers.id")},
        "properties": {
            "body_encoding": "base64",
            "delivery_info": {"exchange": "", "routing_key": queue},
            "delivery_tag": _name(properties.get("delivery_tag"), "properties.delivery_tag"),
        },
    }


def _pairs(body: str) -> list[list[int]]:
    """Return the (id, fence) pairs of a body, the one argument of every task."""
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        msg = f"body: expected base64, {error}"
        raise Malformed(msg) from error
    match _loaded(data, "body"):
        case [[list() as pairs], dict() as named, dict()] if not named:
            if not 0 < len(pairs) <= _MOST_PAIRS:
                msg = f"body: expected 1 to {_MOST_PAIRS} leases, got {len(pairs)}"
                raise Malformed(msg)
            return [_pair(pair, f"body: leases[{place}]") for place, pair in enumerate(pairs)]
        case _:
            raise Malformed("body: expected one argument, a list of leases")


def _pair(pair: object, path: str) -> list[int]:
    match pair:
        case [int() as work_id, int() as fence] if not (
            isinstance(work_id, bool) or isinstance(fence, bool)
        ):
            if -_LARGEST_ID <= work_id < _LARGEST_ID and -_LARGEST_ID <= fence < _LARGEST_ID:
                return [work_id, fence]
            msg = f"{path}: out of bounds"
        case _:
            msg = f"{path}: expected an id and a fence"
    raise Malformed(msg)


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
