"""The cursors of the feeds that ask the pages of projects: what the last answers said.

Apart from those feeds, which load an HTTP client: every scan begins with the file hosts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from crawler.fields import Fields, instant, read_json
from feeds.cursor import DATE, IDS, NUMBER, TEXT, TEXTS, Cursor, by_name, readable, stored

__all__ = [
    "KnownPage",
    "PageState",
    "QuarantineCursor",
    "StatusCursor",
    "feed_of",
    "file_hosts_in",
]

_REMEMBERED = 20_000


def feed_of(registry: str, voice: str = "status") -> str:
    """Return the name of a feed of the index that the configuration calls `registry`; empty: the public one."""
    return f"pypi-{voice}:{registry}" if registry else f"pypi-{voice}"


class PageState(StrEnum):
    """What the page of a project said."""

    LISTED = "listed"
    QUARANTINED = "quarantined"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """What the last answer said of a project."""

    state: PageState
    since: datetime
    """UTC; when it was first seen in this state."""
    checked: datetime
    """UTC; of the last answer."""
    etag: str | None = None
    marker: str = ""
    """`archived` or `deprecated` where it is marked so (PEP 792), beside its state; else empty."""
    marked: datetime | None = None
    """UTC; when it was first seen so marked."""


def _row(known: KnownPage) -> list[str]:
    row = [known.state, known.since.isoformat(), known.checked.isoformat(), known.etag or ""]
    return row if known.marked is None else [*row, known.marker, known.marked.isoformat()]


def _known(row: tuple[str, ...], path: str) -> KnownPage:
    state, since, *rest = row
    checked, etag, *marks = rest or (since, "")  # as the quarantine feed once wrote it
    marker, marked = marks or ("", "")
    return KnownPage(
        state=PageState(state),
        since=instant(since, path),
        checked=instant(checked, path),
        etag=etag or None,
        marker=marker,
        marked=instant(marked, path) if marked else None,
    )


_PAGES = by_name(_row, _known, newest=lambda known: known.checked, most=_REMEMBERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCursor(Cursor):
    """What is known, how far this round has come, which file hosts were named."""

    known: Mapping[str, KnownPage] = field(metadata=stored(_PAGES))
    done: str = field(metadata=stored(TEXT), default="")
    """Name of the last project of an unfinished round."""
    file_hosts: frozenset[str] = field(metadata=stored(IDS), default=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineCursor(Cursor):
    """When the lists were compared, what was found, what is still to be asked."""

    compared: datetime | None = field(metadata=stored(DATE), default=None)
    """UTC; of the last comparison of the lists."""
    names: int = field(metadata=stored(NUMBER))
    """How many projects the longer list had then."""
    known: Mapping[str, KnownPage] = field(metadata=stored(_PAGES))
    """Projects of which a record stands."""
    pending: tuple[str, ...] = field(metadata=stored(TEXTS), default=())
    """Projects whose own page is still to be asked, in order."""

    def after(
        self, asked: Sequence[str], found: Mapping[str, KnownPage | None]
    ) -> QuarantineCursor:
        """Return the cursor where `asked` are done; a project found to be None is forgotten."""
        known = {name: k for name, k in ({**self.known, **found}).items() if k is not None}
        done = frozenset(asked)
        pending = tuple(name for name in self.pending if name not in done)
        return replace(self, known=known, pending=pending)


def file_hosts_in(payload: str | None) -> frozenset[str]:
    """Return the hosts that the index has named, by the cursor of `pypi-status`; only they are read.

    None before the first poll. Raises FeedError for what is no such cursor.
    """
    if payload is None:
        return frozenset()
    with readable("pypi-status"):
        return frozenset(
            Fields(read_json(payload.encode(), "cursor"), "cursor").texts("file_hosts")
        )
