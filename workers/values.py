"""Values of `crawler.model` as canonical JSON and back; the only form in which they are kept whole.

Canonical: sorted keys, no spaces, ASCII only (so NUL and lone surrogates are escapes and come back
exactly), datetimes in ISO 8601 UTC. A field that says so (`omit_default`) is left out while it has its default. The same value gives the same text, so its digest is its identity.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast

import crawler.model
from crawler.errors import StoreError

__all__ = ["Json", "decode", "encode", "from_plain", "plain"]

_T = TypeVar("_T")
Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
_Reader = Callable[[Any], Any]
_NONE = object()
"""No value is this one."""


def encode(value: object) -> str:
    """Return the canonical JSON of a dataclass, enum, datetime, tuple or plain value."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def plain(value: object) -> Json:
    """Return `value` made of JSON's own types; TypeError for what has no place in the ledger."""
    if value is None or type(value) in {str, int, float, bool}:
        return cast("Json", value)
    if isinstance(value, Enum):
        return cast("str", value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if is_dataclass(value):
        kept = _names(cast("Any", type(value)))
        return {
            name: plain(held)
            for name, omitted in kept
            if (held := getattr(value, name)) is not omitted
        }
    msg = f"the ledger keeps no {type(value).__name__}"
    raise TypeError(msg)


@cache
def _names(cls: Any) -> tuple[tuple[str, object], ...]:  # noqa: ANN401 - a dataclass, which mypy holds for unhashable
    """Return the fields of `cls`, each with the value that is left out: what was written before it came stays canonical."""
    return tuple(
        (f.name, f.default if f.metadata.get("omit_default") else _NONE) for f in fields(cls)
    )


def decode(cls: type[_T], text: str) -> _T:
    """Return the `cls` that `encode` wrote; StoreError where `text` is no such value."""
    try:
        return from_plain(cls, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"the ledger holds no readable {cls.__name__}: {error}; run `ghostcrawl db check`"
        raise StoreError(msg) from error


def from_plain(cls: type[_T], value: object) -> _T:
    """Return the `cls` that `plain` made `value` of.

    Raises ValueError, TypeError, KeyError or AttributeError where it is none.
    """
    return cast("_T", _reader(cast("Any", cls))(value))


@cache
def _reader(kind: Any) -> _Reader:  # noqa: ANN401 - a type form has no type of its own
    origin = typing.get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _optional(kind)
    if origin in {tuple, Mapping}:
        return _several(kind)
    if kind is datetime:
        return datetime.fromisoformat
    if is_dataclass(kind):
        return _dataclass(cast("type", kind))
    if issubclass(kind, Enum):
        return cast("_Reader", kind)
    return _scalar(kind)


def _several(kind: Any) -> _Reader:  # noqa: ANN401 - a type form has no type of its own
    first, *others = map(
        _reader, typing.get_args(kind)[: 1 if typing.get_origin(kind) is tuple else 2]
    )
    if others:
        (value,) = others
        return lambda raw: {first(name): value(one) for name, one in raw.items()}
    return lambda raw: tuple([first(one) for one in raw])


def _optional(kind: Any) -> _Reader:  # noqa: ANN401 - a type form has no type of its own
    (inner,) = [arg for arg in typing.get_args(kind) if arg is not type(None)]
    reader = _reader(inner)
    return lambda raw: None if raw is None else reader(raw)


def _scalar(kind: type) -> _Reader:
    def read(raw: object) -> object:
        if type(raw) is not kind:
            msg = f"expected {kind.__name__}, got {type(raw).__name__}"
            raise TypeError(msg)
        return raw

    return read


def _dataclass(cls: type) -> _Reader:
    hints = typing.get_type_hints(
        cls, localns={**vars(crawler.model), "datetime": datetime, "Mapping": Mapping}
    )
    readers = {f.name: (_reader(hints[f.name]), _required(f)) for f in fields(cls)}

    def read(raw: dict[str, Any]) -> object:
        known = {
            name: reader(raw[name])
            for name, (reader, required) in readers.items()
            if required or name in raw
        }
        return cls(**known)

    return read


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
