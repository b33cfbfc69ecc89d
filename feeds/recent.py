"""Which changes of a feed are done: all up to an instant, and those after it one by one.

A list of changes may get an older line late, so the last two days are always looked at again. What was
done there is remembered by id, instant and (where the feed has no version of its own) content.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from feeds.fields import instant

if TYPE_CHECKING:
    from feeds.fields import Fields

__all__ = ["Change", "Recent"]

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_OVERLAP = timedelta(days=2)
_MOST = 5000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Change:
    """A record changed."""

    at: datetime
    """UTC."""
    id: str
    digest: str = ""
    """Of the content, where the same instant may stand for another content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The changes that are done."""

    since: datetime = _BEGINNING
    """UTC; all changes up to here."""
    changes: frozenset[Change] = frozenset()
    """All later ones."""

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the records that changed after `since`."""
        return frozenset(change.id for change in self.changes)

    def __contains__(self, change: Change) -> bool:
        return change.at <= self.since or change in self.changes

    def after(self, done: Iterable[Change]) -> Recent:
        """Return the state where `done` is done too; no more than 5,000 are kept one by one."""
        newest = sorted({*self.changes, *done}, reverse=True)
        since = max(self.since, newest[0].at - _OVERLAP) if newest else self.since
        if len(newest) > _MOST:
            since = max(since, newest[_MOST].at)
        return Recent(since=since, changes=frozenset(c for c in newest if c.at > since))

    def without(self, ids: Collection[str]) -> Recent:
        """Return the state where the records `ids` would be news again."""
        return replace(self, changes=frozenset(c for c in self.changes if c.id not in ids))

    def document(self) -> dict[str, object]:
        """Return the part of a cursor that `read` reads."""
        rows = [_row(change) for change in sorted(self.changes)]
        return {"since": self.since.isoformat(), "recent": rows}

    @classmethod
    def read(cls, fields: Fields) -> Recent:
        """Return the state that a cursor holds; raises Malformed."""
        rows = (row.split(",") for row in fields.texts("recent"))
        changes = (Change(at=instant(r[0], "cursor"), id=r[1], digest=r[2]) for r in rows if r[2:])
        return cls(since=instant(fields.text("since"), "cursor"), changes=frozenset(changes))


def _row(change: Change) -> str:
    return f"{change.at.isoformat()},{change.id},{change.digest}"
