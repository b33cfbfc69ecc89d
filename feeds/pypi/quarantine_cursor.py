"""The cursor of `pypi-quarantine`: when the lists were compared, what was found, what is still to be asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from crawler.errors import Malformed
from feeds.cursor import unreadable
from feeds.fields import Fields, instant, read_json

__all__ = ["Known", "Memory", "State", "memory_of"]

_REMEMBERED = 20_000


class State(StrEnum):
    """What the last answer said of a project that is in none or only one of the lists."""

    QUARANTINED = "quarantined"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A project of which a record stands."""

    state: State
    since: datetime
    """UTC; when it was first seen in this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a poll starts from."""

    compared: datetime | None = None
    """UTC; of the last comparison of the lists."""
    names: int = 0
    """How many projects the longer list had then."""
    known: Mapping[str, Known] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    """Projects whose own page is still to be asked, in order."""

    def text(self) -> str:
        """Return the cursor; of more than 20,000 known projects the newest are kept."""
        newest = sorted(self.known.items(), key=lambda item: item[1].since, reverse=True)
        kept = sorted(newest[:_REMEMBERED])
        return json.dumps(
            {
                "compared": None if self.compared is None else self.compared.isoformat(),
                "names": self.names,
                "known": {name: [k.state, k.since.isoformat()] for name, k in kept},
                "pending": self.pending,
            }
        )

    def after(self, asked: Sequence[str], found: Mapping[str, Known | None]) -> Memory:
        """Return the memory where `asked` are done; a project found to be None is forgotten."""
        known = {name: k for name, k in ({**self.known, **found}).items() if k is not None}
        done = frozenset(asked)
        pending = tuple(name for name in self.pending if name not in done)
        return replace(self, known=known, pending=pending)


def memory_of(cursor: str | None, feed: str) -> Memory:
    """Return what `cursor` says; raises FeedError for one that is none."""
    if cursor is None:
        return Memory()
    try:
        fields = Fields(read_json(cursor.encode(), "cursor"), "cursor")
        known = fields.child("known")
        return Memory(
            compared=fields.when("compared"),
            names=fields.number("names"),
            known={name: _known(known.texts(name), name) for name in sorted(known.keys())},
            pending=fields.texts("pending"),
        )
    except (Malformed, ValueError) as error:
        raise unreadable(feed, error) from error


def _known(parts: Sequence[str], name: str) -> Known:
    state, since = parts
    return Known(state=State(state), since=instant(since, name))
