"""The cursor of `npm-changes`: how far the changes are done, and what was said of each project last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawler.errors import Malformed
from crawler.fields import Fields, instant
from feeds.cursor import TEXTS, Cursor, Form, by_name, stored

__all__ = ["KnownPackage", "NpmCursor", "Seq", "seq_of"]

Seq = int | str
"""A sequence is opaque, a number or a text; numbers alone are compared."""

_LARGEST = 2**63
_REMEMBERED = 5000
"""Projects; one that is forgotten is only stated once more."""
_MOST_AGAIN = 1000


def seq_of(fields: Fields, key: str) -> Seq:
    """Return the sequence at `key`, a number or a text; raises Malformed."""
    try:
        number = fields.number(key)
    except Malformed:
        return fields.text(key)
    if not 0 <= number < _LARGEST:
        msg = f"{fields.at(key)}: invalid sequence: expected 0 to {_LARGEST - 1}"
        raise Malformed(msg)
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPackage:
    """What the last answer about a project said, as far as the next one needs it."""

    since: datetime
    """When it began to say so."""
    checked: datetime
    fingerprint: str
    """Of the claims; equal ones need no second record."""
    removed: Mapping[str, datetime] = field(default_factory=dict)
    """Versions that were found missing, and when."""


def _row(known: KnownPackage) -> list[str]:
    removed = (f"{when.isoformat()} {version}" for version, when in known.removed.items())
    return [known.since.isoformat(), known.checked.isoformat(), known.fingerprint, *removed]


def _known(row: tuple[str, ...], path: str) -> KnownPackage:
    since, checked, fingerprint, *removed = row
    split = (each.partition(" ") for each in removed)
    return KnownPackage(
        since=instant(since, path),
        checked=instant(checked, path),
        fingerprint=fingerprint,
        removed={version: instant(when, path) for when, _, version in split},
    )


_SEQ: Form[Seq] = Form(lambda seq: seq, seq_of)
_PACKAGES = by_name(_row, _known, newest=lambda known: known.checked, most=_REMEMBERED)
_FIRST = Form(lambda names: names[:_MOST_AGAIN], TEXTS.read)


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmCursor(Cursor):
    """Changes up to `since` are done."""

    since: Seq = field(metadata=stored(_SEQ))
    known: Mapping[str, KnownPackage] = field(metadata=stored(_PACKAGES), default_factory=dict)
    again: tuple[str, ...] = field(metadata=stored(_FIRST), default=())
    """Projects whose answer was older than their change (a cache lay in between), or no answer: to ask again."""
