"""The change journal of the Python index: what was created, removed, yanked, quarantined, and when.

Two calls, `changelog_last_serial` and `changelog_since_serial` (at most 50,000 rows an answer), are all
it takes; see warehouse, docs/user/api. The journal never shrinks, so a small stretch before the cursor is
read again: when more than 10 % of it is missing, the answer is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from crawler.errors import FeedError, Malformed
from crawler.model import Assertion, Record, Skipped
from crawler.net import Http
from feeds.cursor import NUMBER, Cursor, reset_advice, stored
from feeds.guards import refuse_shrink
from feeds.interface import FeedPage, PollRequest
from feeds.pypi.cursors import feed_of
from feeds.pypi.journal_actions import assertion_of
from feeds.pypi.journal_wire import JournalClient, JournalRow, journal_row

__all__ = ["PypiJournal"]

_WINDOW = 150_000
"""About a week: the index wrote 21,300 entries a day between 2024-09 and 2026-08."""
_OVERLAP = 500
_CLOCK_SKEW = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor(Cursor):
    """`serial` is done, and `overlap` entries lie in (`after`, `serial`]."""

    serial: int = field(metadata=stored(NUMBER))
    after: int = field(metadata=stored(NUMBER))
    overlap: int = field(metadata=stored(NUMBER))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    """One answer: entries in order, rows that were none, and the last serial of it."""

    entries: tuple[JournalRow, ...]
    skipped: tuple[Skipped, ...]
    last: int


class PypiJournal:
    """Feed `pypi-journal`; one record per serial, which is its id."""

    def __init__(
        self,
        http: Http,
        url: str,
        *,
        since: int | None = None,
        window: int = _WINDOW,
        registry: str = "",
    ) -> None:
        """Read the journal at `url`.

        The first poll starts after serial `since`, or `window` serials before the newest one. What it says
        is of projects of `registry`.
        """
        self.name, self._registry = feed_of(registry, "journal"), registry
        self._client = JournalClient(http, url, self.name)
        self._since, self._window = since, window

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield the entries after the cursor; see `feeds.interface.Feed.poll`."""
        last = self._client.last_serial()
        position = self._start(request, last)
        if last < position.serial:
            msg = (
                f"{self.name}: the newest serial is {last}, before {position.serial} of the last "
                "poll; the journal went backwards, or the URL names another index: check it, and if it is "
                f"right, run {reset_advice(self.name)}"
            )
            raise FeedError(msg)
        if last > position.serial:
            yield from self._pages(position, last, request)

    def _start(self, request: PollRequest, last: int) -> _Cursor:
        if request.cursor is None:
            serial = max(0, last - self._window) if self._since is None else self._since
            return _Cursor(serial=serial, after=serial, overlap=0)
        return _Cursor.from_payload(request.cursor, self.name)

    def _pages(self, start: _Cursor, last: int, request: PollRequest) -> Iterator[FeedPage]:
        position, seen = replace(start, serial=start.after, overlap=0), list[int]()
        trusted = start.after == start.serial
        while position.serial < last:
            chunk = self._chunk(position.serial, last, request.now)
            seen += [entry.serial for entry in chunk.entries]
            position = _moved(position, chunk.last, seen)
            if chunk.last <= start.serial:
                continue
            if not trusted:
                self._compare(start, seen, accept=request.accept_change)
                trusted = True
            seen = [serial for serial in seen if serial > position.after]
            yield _page(chunk, start.serial, position, self.name, self._registry)

    def _chunk(self, after: int, last: int, now: datetime) -> _Chunk:
        rows = self._client.since(after)
        if not rows:
            msg = f"{self.name}: no entries after {after} although {last} is the newest serial; poll again later"
            raise FeedError(msg)
        entries, skipped = _read(rows, after)
        _refuse_disorder(self.name, entries, after)
        latest = max((entry.timestamp for entry in entries), default=0)
        if latest > (now + _CLOCK_SKEW).timestamp():
            when = datetime.fromtimestamp(min(latest, 2**33), UTC).date()
            msg = f"{self.name}: an entry is dated {when}; is the clock of this machine right?"
            raise FeedError(msg)
        if not entries:
            msg = f"{self.name}: none of {len(rows)} rows after {after} is a journal entry; nothing was taken"
            raise FeedError(msg)
        return _Chunk(entries=entries, skipped=skipped, last=entries[-1].serial)

    def _compare(self, start: _Cursor, seen: Sequence[int], *, accept: bool) -> None:
        again = sum(1 for serial in seen if serial <= start.serial)
        what = f"the journal between {start.after} and {start.serial}"
        refuse_shrink(self.name, what, before=start.overlap, after=again, accept=accept)


def _read(rows: Sequence[object], after: int) -> tuple[tuple[JournalRow, ...], tuple[Skipped, ...]]:
    entries, skipped = list[JournalRow](), list[Skipped]()
    for place, row in enumerate(rows):
        try:
            entries.append(journal_row(row, after))
        except Malformed as error:
            skipped.append(Skipped(context=f"row {place} after serial {after}", reason=str(error)))
    return tuple(entries), tuple(skipped)


def _refuse_disorder(feed: str, entries: Sequence[JournalRow], after: int) -> None:
    before = after + 1
    for entry in entries:
        if entry.serial < before:
            msg = f"{feed}: serial {entry.serial} comes after a later one; the journal goes backwards; nothing was taken"
            raise FeedError(msg)
        before = entry.serial


def _moved(position: _Cursor, serial: int, seen: list[int]) -> _Cursor:
    """Return the position after `serial`; `seen` is cut to the stretch that the cursor remembers."""
    after = max(position.after, serial - _OVERLAP)
    overlap = sum(1 for known in seen if known > after)
    return _Cursor(serial=serial, after=after, overlap=overlap)


def _page(chunk: _Chunk, known: int, position: _Cursor, feed: str, registry: str) -> FeedPage:
    claimed, skipped = dict[int, list[Assertion]](), list(chunk.skipped)
    for serial, entries in groupby(chunk.entries, key=lambda entry: entry.serial):
        if serial <= known:
            continue
        for row, entry in enumerate(entries):
            try:
                assertion = assertion_of(entry, feed, row, registry)
            except Malformed as error:
                skipped.append(Skipped(context=f"serial {serial}", reason=str(error)))
                continue
            if assertion is not None:
                claimed.setdefault(serial, []).append(assertion)
    records = tuple(Record(id=str(i), assertions=tuple(said)) for i, said in claimed.items())
    return FeedPage(records=records, cursor=position.to_payload(), skipped=tuple(skipped))
