"""Which changes of a feed are done: all up to an instant, and those after it one by one.

A list of changes may get an older line late, so the last two days are always looked at again. What was
done there is remembered by id, instant and (where the feed has no version of its own) content.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from crawler.fields import Fields, instant
from feeds.cursor import DATE, Cursor, Form, stored

__all__ = ["NEVER", "NOTHING", "Recent", "RecordChange"]

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_OVERLAP = timedelta(days=2)
_MOST = 5000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class RecordChange:
    """A record changed."""

    at: datetime
    """UTC."""
    id: str
    digest: str = ""
    """Of the content, where the same instant may stand for another content."""


def _rows(changes: Iterable[RecordChange]) -> list[str]:
    return [f"{change.at.isoformat()},{change.id},{change.digest}" for change in sorted(changes)]


def _changes(fields: Fields, key: str) -> frozenset[RecordChange]:
    rows = (row.split(",") for row in fields.texts(key))
    return frozenset(
        RecordChange(at=instant(r[0], fields.at(key)), id=r[1], digest=r[2]) for r in rows if r[2:]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent(Cursor):
    """The changes that are done; part of the cursors of such feeds."""

    since: datetime = field(metadata=stored(DATE))
    """UTC; all changes up to here."""
    changes: frozenset[RecordChange] = field(
        metadata=stored(Form(_rows, _changes), key="recent"), default=frozenset()
    )
    """All later ones."""

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the records that changed after `since`."""
        return frozenset(change.id for change in self.changes)

    def __contains__(self, change: RecordChange) -> bool:
        return change.at <= self.since or change in self.changes

    def after(self, done: Iterable[RecordChange]) -> Recent:
        """Return the state where `done` is done too; no more than 5,000 are kept one by one."""
        newest = sorted({*self.changes, *done}, reverse=True)
        since = self.since
        if newest and newest[0].at - since > _OVERLAP:  # a difference has no end of the calendar
            since = newest[0].at - _OVERLAP
        if len(newest) > _MOST:
            since = max(since, newest[_MOST].at)
        return Recent(since=since, changes=frozenset(c for c in newest if c.at > since))

    def without(self, ids: Collection[str]) -> Recent:
        """Return the state where the records `ids` would be news again."""
        return replace(self, changes=frozenset(c for c in self.changes if c.id not in ids))


NOTHING = Recent(since=NEVER)
"""No change is done yet."""
