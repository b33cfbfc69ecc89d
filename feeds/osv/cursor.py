"""The cursor of an OSV feed: which records live, which changes are done, how far a dump is read."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from crawler.errors import Malformed
from feeds.cursor import unreadable
from feeds.fields import Fields, instant, read_json
from feeds.recent import Change, Recent

__all__ = ["Position"]

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The cursor. While a dump is read, `entry` is the last name done; later it is empty."""

    live: frozenset[str] = frozenset()
    """Ids of the records that say something and are not withdrawn."""
    recent: Recent = field(default_factory=Recent)
    dumped: datetime = _NEVER
    """UTC; when a dump was last read to its end."""
    entry: str = ""

    def after(self, done: Collection[Change], *, live: frozenset[str]) -> Position:
        """Return the position where `done` is done too, and `live` are the records that live."""
        return replace(self, recent=self.recent.after(done), live=live)

    def text(self) -> str:
        """Return the cursor; the ids are packed, 11,000 of them take 36 KB."""
        packed = zlib.compress("\n".join(sorted(self.live)).encode())
        return json.dumps(
            {
                "live": base64.b64encode(packed).decode(),
                "dumped": self.dumped.isoformat(),
                "entry": self.entry or None,
                **self.recent.document(),
            }
        )

    @classmethod
    def of(cls, cursor: str | None, feed: str) -> Position | None:
        """Return the position of `cursor`, None for none or one of before ids were kept.

        Raises FeedError for one that is not readable.
        """
        if cursor is None:
            return None
        try:
            fields = Fields(read_json(cursor.encode(), "cursor"), "cursor")
            if "dumped" not in fields:
                return None
            return cls(
                live=_unpacked(fields.text_of_any_length("live")),
                recent=Recent.read(fields),
                dumped=instant(fields.text("dumped"), "cursor"),
                entry=fields.optional_text("entry") or "",
            )
        except (Malformed, ValueError, zlib.error) as error:
            raise unreadable(feed, error) from error


def _unpacked(text: str) -> frozenset[str]:
    unpacker = zlib.decompressobj()
    ids = unpacker.decompress(base64.b64decode(text), _LARGEST)
    if not unpacker.eof:
        msg = "the ids are cut off"
        raise ValueError(msg)
    return frozenset(ids.decode().split("\n")) - {""}
