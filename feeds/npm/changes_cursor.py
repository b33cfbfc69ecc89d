"""The cursor of `npm-changes`: how far the changes are done, and what was said of each project last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.errors import Malformed
from feeds.cursor import unreadable
from feeds.fields import Fields, instant, read_json
from feeds.npm.packument import Known
from feeds.npm.wire import Seq, seq_of

__all__ = ["Memory", "memory_of"]

_REMEMBERED = 5000
"""Projects; one that is forgotten is only stated once more."""
_MOST_AGAIN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Changes up to `since` are done."""

    since: Seq
    known: Mapping[str, Known] = field(default_factory=dict)
    again: tuple[str, ...] = ()
    """Projects whose answer was older than their change (a cache lay in between), or no answer: to ask again."""

    def text(self) -> str:
        """Return it as JSON; of the known projects those that were asked last."""
        newest = sorted(self.known.items(), key=lambda item: item[1].checked)[-_REMEMBERED:]
        known = {name: _row(one) for name, one in sorted(newest)}
        again = list(self.again[:_MOST_AGAIN])
        return json.dumps({"since": self.since, "again": again, "known": known})


def memory_of(cursor: str | None, feed: str) -> Memory | None:
    """Return what a cursor holds, None for the first poll; raises FeedError for a foreign one."""
    if cursor is None:
        return None
    try:
        fields = Fields(read_json(cursor.encode(), "cursor"), "cursor")
        known = fields.child("known")
        return Memory(
            since=seq_of(fields, "since"),
            again=fields.texts("again"),
            known={name: _known(known.texts(name), name) for name in sorted(known.keys())},
        )
    except (Malformed, ValueError) as error:
        raise unreadable(feed, error) from error


def _row(known: Known) -> list[str]:
    removed = (f"{when.isoformat()} {version}" for version, when in known.removed.items())
    return [known.since.isoformat(), known.checked.isoformat(), known.fingerprint, *removed]


def _known(row: tuple[str, ...], path: str) -> Known:
    since, checked, fingerprint, *removed = row
    split = (each.partition(" ") for each in removed)
    return Known(
        since=instant(since, path),
        checked=instant(checked, path),
        fingerprint=fingerprint,
        removed={version: instant(when, path) for when, _, version in split},
    )
