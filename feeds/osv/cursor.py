"""The cursor of an OSV feed: which records live, which changes are done, how far a dump is read."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler.fields import Fields
from feeds.cursor import DATE, PACKED, TEXT, Cursor, Form, merged, payload_of, stored
from feeds.recent import NEVER, NOTHING, Recent, RecordChange

__all__ = ["OsvCursor"]


def _live(fields: Fields, key: str) -> frozenset[str]:
    """Read the ids; the first cursors kept their number only, and read the dump again (`dumped`)."""
    return PACKED.read(fields, key) if "dumped" in fields else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OsvCursor(Cursor):
    """Where an OSV feed was left."""

    live: frozenset[str] = field(metadata=stored(Form(PACKED.write, _live)), default=frozenset())
    """Ids of the records that say something and are not withdrawn."""
    recent: Recent = field(metadata=stored(merged(Recent)), default=NOTHING)
    dumped: datetime = field(metadata=stored(DATE), default=NEVER)
    """UTC; when a dump was last read to its end."""
    entry: str = field(metadata=stored(TEXT), default="")
    """The last name that is done, while a dump is read."""

    def after(self, done: Collection[RecordChange], *, live: frozenset[str]) -> OsvCursor:
        """Return the cursor where `done` is done too, and `live` are the records that live."""
        return replace(self, recent=self.recent.after(done), live=live)

    def payloads_at(self) -> Callable[[str], str]:
        """Return how this cursor is written at an entry of a dump; all that is the same is packed once."""
        document = self.document()
        return lambda entry: payload_of(document | {"entry": entry})
