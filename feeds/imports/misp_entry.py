"""One attribute or object of a MISP event, and what it claims.

Sources: MISP core format (attributes, objects, `to_ids`, `deleted`), misp-objects (`file`,
`malicious-package-report`). The bytes of samples (`data`) are never looked at; names of people and
organisations are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.errors import Malformed
from crawler.fields import Fields, instant
from crawler.model import Digest
from feeds.imports.traces import Traces, digest_of

__all__ = ["MispEntry", "attribute_entry", "event_date", "flag", "object_entry", "uuid_of"]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGESTS = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})
_FILES = frozenset({"filename", "malware-sample", "attachment"})
_URLS = frozenset({"url", "link", "uri"})
_LONGEST_REMARK = 4096
_HARMLESS = frozenset({"harmless", "trusted"})
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class MispEntry:
    """What one attribute or object says, before anything is made of it."""

    traces: Traces
    detected: bool
    """MISP's `to_ids`: meant for automatic detection."""
    kind: str
    """Type of the attribute or name of the object."""
    valid_from: datetime
    observed_at: datetime
    deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attribute:
    kind: str
    filenames: tuple[str, ...]
    digests: tuple[Digest, ...]
    urls: tuple[str, ...]
    values: tuple[str, ...]
    comment: str
    detected: bool
    deleted: bool

    @property
    def traces(self) -> Traces:
        return _joined([self])


def attribute_entry(fields: Fields, latest: datetime, event_date: datetime | None) -> MispEntry:
    """Return what a loose attribute says; `latest` and `event_date` bound and replace its dates.

    Raises Malformed for one of another shape.
    """
    attribute = _attribute(fields)
    valid_from, observed_at = _dates(fields, latest, event_date)
    return MispEntry(
        traces=attribute.traces,
        detected=attribute.detected,
        kind=attribute.kind,
        valid_from=valid_from,
        observed_at=observed_at,
        deleted=attribute.deleted,
    )


def object_entry(
    fields: Fields, members: Iterable[Fields], latest: datetime, event_date: datetime | None
) -> MispEntry:
    """Return what an object says by all its attributes (`members`) together. Raises Malformed.

    Deleted attributes count only where all of them or the object itself are deleted.
    """
    attributes = [_attribute(each) for each in members]
    live = [a for a in attributes if not a.deleted]
    deleted = flag(fields, "deleted") or not live
    used = attributes if deleted else live
    _refuse_harmless(fields, used)
    traces = _joined(used, (_remark(fields, "comment"),))
    naming = [a for a in used if a.digests] or [a for a in used if a.traces]
    detected = bool(naming) and all(a.detected for a in naming)
    valid_from, observed_at = _dates(fields, latest, event_date)
    return MispEntry(
        traces=traces,
        detected=detected,
        kind=f"object {fields.optional_text('name') or 'without a name'}",
        valid_from=valid_from,
        observed_at=observed_at,
        deleted=deleted,
    )


def _dates(
    fields: Fields, latest: datetime, event_date: datetime | None
) -> tuple[datetime, datetime]:
    """Return when it became true and the state of the entry that says so; raises Malformed."""
    observed_at = _timestamp(fields, latest) or event_date
    valid_from = fields.when("first_seen") or observed_at
    if observed_at is None or valid_from is None:
        msg = f"{fields.path}: neither it nor its event has a date"
        raise Malformed(msg)
    if not _EARLIEST <= valid_from <= latest:
        msg = f"{fields.path}.first_seen: {valid_from.date()} is years off"
        raise Malformed(msg)
    return valid_from, max(observed_at, valid_from)


def _attribute(fields: Fields) -> _Attribute:
    kind = fields.text("type")
    first, second = _parts(fields, kind)
    names, digests = list[str](), list[Digest]()
    for word, value in ((kind.partition("|")[0], first), (kind.partition("|")[2], second)):
        if word in _FILES:
            names.append(value)
        elif word in _DIGESTS:
            digest = digest_of(word, value, f"{fields.path}.value")
            digests += [] if digest is None else [digest]
    return _Attribute(
        kind=kind,
        filenames=tuple(names),
        digests=tuple(digests),
        urls=(first,) if kind in _URLS else (),
        values=(first,),
        comment=_remark(fields, "comment"),
        detected=flag(fields, "to_ids"),
        deleted=flag(fields, "deleted"),
    )


def _parts(fields: Fields, kind: str) -> tuple[str, str]:
    """Return both halves of a composite value, or the value; `malware-sample` is `filename|md5`."""
    if kind not in {*_DIGESTS, *_FILES, *_URLS} and "|" not in kind:
        return _remark(fields, "value"), ""
    value = fields.text("value")
    if "|" not in kind and kind != "malware-sample":
        return value, ""
    first, _, second = value.partition("|")
    return first, second


def _remark(fields: Fields, key: str) -> str:
    """Return the beginning of a free text; nothing where it is none."""
    try:
        return fields.text_of_any_length(key)[:_LONGEST_REMARK]
    except Malformed:
        return ""


def _joined(attributes: Sequence[_Attribute], remarks: Sequence[str] = ()) -> Traces:
    return Traces(
        filenames=tuple(dict.fromkeys(n for a in attributes for n in a.filenames)),
        digests=tuple(dict.fromkeys(d for a in attributes for d in a.digests)),
        urls=tuple(dict.fromkeys(u for a in attributes for u in a.urls)),
        identifiers=tuple(v for a in attributes for v in a.values),
        remarks=(*(a.comment for a in attributes), *remarks),
    )


def _refuse_harmless(fields: Fields, attributes: Sequence[_Attribute]) -> None:
    if fields.optional_text("name") != "file":
        return
    words = {v.strip().lower() for a in attributes if a.kind == "text" for v in a.values}
    if words & _HARMLESS:
        msg = f"{fields.path}: the report calls this file harmless or trusted"
        raise Malformed(msg)


def flag(fields: Fields, key: str) -> bool:
    """Return a boolean, also as MISP's older `"0"` and `"1"`; a missing one is False."""
    if key not in fields:
        return False
    try:
        return fields.flag(key)
    except Malformed:
        text = _number_text(fields, key)
    if text not in {"0", "1"}:
        msg = f"{fields.path}.{key}: expected bool, got {text[:20]!a}"
        raise Malformed(msg)
    return text == "1"


def _timestamp(fields: Fields, latest: datetime) -> datetime | None:
    """Return the Unix time at `timestamp` (UTC), or None where it is missing; raises Malformed."""
    if "timestamp" not in fields:
        return None
    text = _number_text(fields, "timestamp")
    path = f"{fields.path}.timestamp"
    if not (text.isascii() and text.isdecimal() and len(text) <= len("9999999999")):
        msg = f"{path}: invalid time {text[:40]!a}: expected a Unix time"
        raise Malformed(msg)
    when = datetime.fromtimestamp(int(text), UTC)
    if not _EARLIEST <= when <= latest:
        msg = f"{path}: {when.date()} is years off"
        raise Malformed(msg)
    return when


def uuid_of(fields: Fields) -> str:
    """Return the UUID of an event, object or attribute; raises Malformed."""
    text = fields.text("uuid").lower()
    if not _UUID.fullmatch(text):
        msg = f"{fields.path}.uuid: invalid UUID {text[:40]!a}"
        raise Malformed(msg)
    return text


def event_date(fields: Fields, latest: datetime) -> datetime | None:
    """Return when an event was last changed, else its date; None where neither is of use."""
    try:
        when = _timestamp(fields, latest)
        date = fields.optional_text("date")
        when = when or (None if date is None else instant(date, f"{fields.path}.date"))
    except Malformed:
        return None
    return when if when is not None and _EARLIEST <= when <= latest else None


def _number_text(fields: Fields, key: str) -> str:
    try:
        return str(fields.number(key))
    except Malformed:
        return fields.text(key)
