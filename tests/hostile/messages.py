"""What somebody who can write to the broker may put where messages are expected."""

from __future__ import annotations

import base64
import json
import pickle
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["DECORATED", "envelope", "huge", "refused"]

_MIB = 1024 * 1024
_NONE: list[object] = []


def envelope(
    body: object = ((), {}, {"callbacks": None}),
    *,
    headers: Mapping[str, object] | None = None,
    properties: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """Return a message as kombu writes it; `headers` and `properties` are added to honest ones."""
    return {
        "body": encoded(json.dumps(body).encode()),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": "ghostcrawl.git", "id": "an-id"} | dict(headers or {}),
        "properties": {
            "body_encoding": "base64",
            "delivery_info": {"exchange": "", "routing_key": "git"},
            "delivery_tag": "a-tag",
        }
        | dict(properties or {}),
    }


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def without(*path: str) -> dict[str, Any]:
    """Return an honest message but for one key."""
    message: dict[str, Any] = envelope()
    *outer, last = path
    inner = message
    for key in outer:
        inner = inner[key]
    del inner[last]
    return message


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._mark,)


def refused(mark: Path) -> dict[str, bytes]:
    """Return items for the queue `git` by what is wrong with them; `mark` is where a pickle leaves one."""
    raw = {
        "nothing": b"",
        "no JSON": b"not json",
        "no UTF-8": b"\xff\xfe\x00{}",
        "UTF-16": json.dumps(envelope()).encode("utf-16"),
        "half a message": json.dumps(envelope()).encode()[:-20],
        "null": b"null",
        "a number": b"1",
        "a text": b'"text"',
        "a list": b"[]",
        "an empty object": b"{}",
        "brackets": b"[" * 60_000,
        "a number without end": b"9" * 60_000,
        "kombu's own types": b'{"__type__": "uuid", "__value__": {"hex": 1}}',
    }
    return raw | {name: json.dumps(message).encode() for name, message in _shapes(mark).items()}


def huge() -> Iterator[bytes]:
    """Yield items of 64 MiB that are refused, too; made where they are used, not when tests are collected."""
    yield b" " * (64 * _MIB)
    yield json.dumps(envelope("x" * (48 * _MIB))).encode()


def _shapes(mark: Path) -> dict[str, object]:
    bomb = encoded(pickle.dumps((Bomb(mark), {}, {})))
    pickled = "application/x-python-serialize"
    argument = {
        "one argument": [1],
        "leases of a time before": [[[1, 1]]],
        "an empty list": [[]],
        "a text": ["x"],
        "an object": [{"url": "x"}],
        "nothing": None,
        "a word": "git",
    }
    return {
        **{f"without {path[-1]}": without(*path) for path in _REQUIRED},
        "headers of a wrong type": envelope() | {"headers": []},
        "properties of a wrong type": envelope() | {"properties": "x"},
        "an unknown task": envelope(headers={"task": "ghostcrawl.shell"}),
        "a task of Celery": envelope(headers={"task": "celery.backend_cleanup"}),
        "a task of the other queue": envelope(headers={"task": "ghostcrawl.api"}),
        "a task that is an object": envelope(headers={"task": {}}),
        "an id that is an object": envelope(headers={"id": {}}),
        "an id without end": envelope(headers={"id": "x" * 10_000}),
        "an id for terminals": envelope(headers={"id": "\x1b]52;"}),
        "a tag that is a list": envelope(properties={"delivery_tag": []}),
        "a pickle": envelope() | {"body": bomb, "content-type": pickled},
        "a pickle in binary": envelope()
        | {"body": bomb, "content-type": pickled, "content-encoding": "binary"},
        "a pickle called JSON": envelope(None) | {"body": bomb},
        "YAML": envelope() | {"content-type": "application/x-yaml"},
        "no type": envelope() | {"content-type": None},
        "a wrong encoding": envelope() | {"content-encoding": "utf-16"},
        "an unknown encoding": envelope() | {"content-encoding": "nonsense"},
        "an encoding that is a list": envelope() | {"content-encoding": []},
        "a body that is not encoded": envelope() | {"body": json.dumps([_NONE, {}, {}])},
        "an unknown encoding of the body": envelope(properties={"body_encoding": "zlib"}),
        "a body that is an object": envelope() | {"body": {}},
        "a body that is empty": envelope() | {"body": ""},
        "a body that is no JSON": envelope() | {"body": encoded(b"not json")},
        "a body that is no UTF-8": envelope() | {"body": encoded(b"\xff")},
        "a compressed body": envelope() | {"body": encoded(zlib.compress(b"[]"))},
        "a body that is an object inside": envelope({}),
        "a body of two": envelope([_NONE, {}]),
        "named arguments": envelope([_NONE, {"pool": "git"}, {}]),
        "options that are a list": envelope([_NONE, {}, []]),
        **{f"arguments: {name}": envelope([args, {}, {}]) for name, args in argument.items()},
    }


_REQUIRED = (
    ("body",),
    ("headers",),
    ("properties",),
    ("content-type",),
    ("content-encoding",),
    ("headers", "task"),
    ("headers", "id"),
    ("properties", "delivery_tag"),
    ("properties", "body_encoding"),
)
DECORATED = envelope(
    [[], {}, {"chain": [{"task": "ghostcrawl.shell"}], "errbacks": 5, "chord": "x"}],
    headers={
        "compression": "bzip2",
        "eta": "2999-01-01T00:00:00",
        "expires": {},
        "timelimit": [-1, "x"],
        "retries": "many",
        "stamps": 1,
        "stamped_headers": 5,
        "group": [],
        "shadow": {},
        "ignore_result": "x",
        "redelivered": [],
    },
    properties={"priority": "high", "reply_to": [], "delivery_info": 5, "correlation_id": {}},
)
"""An honest hint with all that could keep them from being worked on, or make more of them."""
