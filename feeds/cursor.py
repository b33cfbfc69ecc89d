"""Where a feed was left: one kind of value for all feeds, kept as JSON. What differs are its fields.

Apart from the guards, which load an HTTP client: every scan reads a cursor.
"""

from __future__ import annotations

import base64
import json
import shlex
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, Field, dataclass, fields
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from crawler.errors import FeedError, Malformed
from crawler.fields import Fields, read_json, refuse

__all__ = [
    "DATE",
    "IDS",
    "NUMBER",
    "PACKED",
    "TEXT",
    "TEXTS",
    "Cursor",
    "Form",
    "by_name",
    "merged",
    "nested",
    "payload_of",
    "readable",
    "reset_advice",
    "stored",
]

_T = TypeVar("_T")
_VERSION = 1
_LARGEST = 64 * 1024 * 1024


def reset_advice(feed: str) -> str:
    """Return the command after which the next poll of `feed` starts over."""
    return f"`ghostcrawl feeds reset {shlex.quote(feed)}`"


@contextmanager
def readable(feed: str) -> Iterator[None]:
    """Turn what is raised while a cursor of `feed` is read into FeedError with the command that helps."""
    try:
        yield
    except (Malformed, ValueError, OverflowError, OSError) as error:
        msg = f"{feed}: invalid cursor: {error}; run {reset_advice(feed)} and poll again"
        raise FeedError(msg) from error


@dataclass(frozen=True, slots=True)
class Form(Generic[_T]):
    """How a field of a cursor is written as JSON, and read again; reading raises Malformed."""

    write: Callable[[_T], object]
    read: Callable[[Fields, str], _T]
    is_merged: bool = False
    """Whether the fields of the value stand beside those of the cursor, not in an object of their own."""


def stored(form: Form[Any], *, key: str = "") -> Mapping[str, object]:
    """Return the metadata of a field of a cursor; one with a default may be null or missing in the payload.

    `key` is its name in the payload, where that is another.
    """
    return {"form": form, "key": key}


def payload_of(document: Mapping[str, object]) -> str:
    """Return the text that the ledger keeps of the fields `document` of a cursor."""
    return json.dumps({"version": _VERSION, **document})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Base of all cursors: a frozen dataclass whose fields are declared with `stored`."""

    def to_payload(self) -> str:
        """Return the text that the ledger keeps."""
        return payload_of(self.document())

    @classmethod
    def from_payload(cls, payload: str, feed: str) -> Self:
        """Return the cursor of `feed` that `payload` is.

        Payloads without a version are those of version 1, from before they told it. Raises FeedError,
        with the command that helps, for one that is cut off, of another feed or of a later version.
        """
        with readable(feed):
            given = Fields(read_json(payload.encode(), "cursor"), "cursor")
            version = given.optional_number("version")
            if version not in {None, _VERSION}:
                msg = f"cursor.version: expected {_VERSION}, got {version}; a later ghostcrawl wrote it"
                raise Malformed(msg)
            return cls.from_fields(given)

    @classmethod
    def of(cls, payload: str | None, feed: str, first: Self) -> Self:
        """Return the cursor that a poll starts from: `first` where none was kept. Raises FeedError."""
        return first if payload is None else cls.from_payload(payload, feed)

    def document(self) -> dict[str, object]:
        """Return the fields as JSON values."""
        found = dict[str, object]()
        for field in fields(self):
            form: Form[Any] = field.metadata["form"]
            value: Any = form.write(getattr(self, field.name))
            found |= value if form.is_merged else {_key(field): value}
        return found

    @classmethod
    def from_fields(cls, given: Fields) -> Self:
        """Return the cursor that an object of a payload holds; raises Malformed."""
        values = dict[str, Any]()
        for field in fields(cls):
            form: Form[Any] = field.metadata["form"]
            if form.is_merged or _key(field) in given:
                values[field.name] = form.read(given, _key(field))
            elif field.default is MISSING and field.default_factory is MISSING:
                refuse(given.at(_key(field)), "missing")
        return cls(**values)


def _key(field: Field[Any]) -> str:
    return str(field.metadata["key"] or field.name)


_C = TypeVar("_C", bound=Cursor)


def nested(kind: type[_C]) -> Form[_C | None]:
    """Return the form of a cursor that is an object of its own inside another, or null."""
    return Form(
        lambda value: None if value is None else value.document(),
        lambda given, key: kind.from_fields(given.child(key)),
    )


def merged(kind: type[_C]) -> Form[_C]:
    """Return the form of a cursor whose fields stand among those of another."""
    return Form(
        lambda value: value.document(), lambda given, _: kind.from_fields(given), is_merged=True
    )


def by_name(
    write: Callable[[_T], list[str]],
    read: Callable[[tuple[str, ...], str], _T],
    *,
    newest: Callable[[_T], datetime],
    most: int,
) -> Form[Mapping[str, _T]]:
    """Return the form of values by name, each a row of texts; of more than `most` the newest are kept.

    `read` is given a row and its path, and raises Malformed or ValueError.
    """

    def written(values: Mapping[str, _T]) -> object:
        kept = sorted(values.items(), key=lambda item: newest(item[1]), reverse=True)[:most]
        return {name: write(value) for name, value in sorted(kept, key=lambda item: item[0])}

    def values(given: Fields, key: str) -> Mapping[str, _T]:
        rows = given.child(key)
        return {name: read(rows.texts(name), rows.at(name)) for name in sorted(rows.keys())}

    return Form(written, values)


def _packed(lines: frozenset[str]) -> str:
    return base64.b64encode(zlib.compress("\n".join(sorted(lines)).encode(), 9)).decode()


def _unpacked(given: Fields, key: str) -> frozenset[str]:
    try:
        packed = base64.b64decode(given.text_of_any_length(key), validate=True)
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, _LARGEST).decode()
    except (ValueError, zlib.error) as error:
        msg = f"{given.at(key)}: {error}"
        raise Malformed(msg) from error
    if not unpacker.eof:
        msg = f"{given.at(key)}: cut off"
        raise Malformed(msg)
    return frozenset(text.split("\n")) - {""}


def _date(given: Fields, key: str) -> datetime:
    when = given.when(key)
    if when is None:
        msg = f"{given.at(key)}: expected a date, got null"
        raise Malformed(msg)
    return when


def _same(value: _T) -> _T:
    return value


TEXT: Form[str] = Form(_same, Fields.text_of_any_length)
NUMBER: Form[int] = Form(_same, Fields.number)
TEXTS: Form[tuple[str, ...]] = Form(_same, Fields.texts)
DATE: Form[datetime | None] = Form(lambda when: when and when.isoformat(), _date)
IDS: Form[frozenset[str]] = Form(sorted, lambda given, key: frozenset(given.texts(key)))
PACKED: Form[frozenset[str]] = Form(_packed, _unpacked)
"""Lines, compressed: 11,000 ids take 36 KB."""
