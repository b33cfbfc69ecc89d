"""Malicious-package records (`MAL-...`) of an OSV database.

First the dump of the ecosystem, later only what changed. Sources: OSV documentation ("Data dumps"), OSV
schema. A withdrawn record stays in the dump with its date, and becomes assertions that are taken back.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import IO

from crawler.errors import Defer, FeedError, Gone, Malformed, Retry, TooLarge
from crawler.model import Ecosystem, Record, Skipped
from crawler.net import Answer, Http, HttpLimits
from feeds.fields import Fields, instant, read_json
from feeds.guards import checked, refuse_change, refuse_html, refuse_shrink
from feeds.interface import FeedPage, PollRequest
from feeds.osv_changes import Change, changes, lines
from feeds.osv_dump import entries
from feeds.osv_record import ECOSYSTEM_NAMES, MALICIOUS_ID, Reading, read_record

__all__ = ["OsvMalicious"]

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIX = "MAL-"
_PAGE = 1000
_STEP = 100
_DUMP_LIMITS = HttpLimits(total_seconds=1800.0, max_bytes=2 * 1024 * 1024 * 1024)
_RECORD_LIMITS = HttpLimits(max_bytes=8 * 1024 * 1024)
_DUMP_IS_CHEAPER = 2000
_OVERLAP = timedelta(days=2)
"""Changes this old are looked at again: a list may get an older line late."""
_MOST_RECENT = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """The cursor. While a dump is read, `entry` is the last name done; later it is empty."""

    live: int
    """Records not withdrawn, as the last complete dump had them."""
    since: datetime = _BEGINNING
    """Changes up to here are done."""
    recent: frozenset[Change] = frozenset()
    """All changes after `since` that are done."""
    entry: str = ""

    def after(self, done: Sequence[Change]) -> _Position:
        """Return the position where `done` is done too."""
        newest = sorted({*self.recent, *done}, reverse=True)
        since = max(self.since, newest[0].at - _OVERLAP) if newest else self.since
        if len(newest) > _MOST_RECENT:
            since = max(since, newest[_MOST_RECENT].at)
        return replace(self, since=since, recent=frozenset(c for c in newest if c.at > since))

    def text(self) -> str:
        rows = [f"{c.at.isoformat()},{c.id}" for c in sorted(self.recent)]
        since = self.since.isoformat()
        return json.dumps(
            {"live": self.live, "since": since, "entry": self.entry or None, "recent": rows}
        )


class OsvMalicious:
    """Feed `osv-mal` (PyPI) or `osv-mal:npm`; a record's id is its OSV id."""

    def __init__(self, http: Http, base_url: str, ecosystem: Ecosystem = Ecosystem.PYPI) -> None:
        """Read `<base_url>/<ecosystem>/all.zip` and what lies beside it."""
        self._http, self._ecosystem = http, ecosystem
        self._url = f"{base_url.rstrip('/')}/{ECOSYSTEM_NAMES[ecosystem]}"
        suffix = "" if ecosystem is Ecosystem.PYPI else f":{ecosystem}"
        self.name = f"osv-mal{suffix}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield new, changed and withdrawn records; see `feeds.interface.Feed.poll`."""
        position = self._position(request.cursor)
        if position is None or position.entry:
            yield from self._dump(position, request)
            return
        changed = self._changed(position, request)
        if len(changed) > max(1, min(_DUMP_IS_CHEAPER, position.live // 10)):
            # Fewer requests; and what would shrink the feed by a tenth passes the guard of the dump.
            yield from self._dump(position, request)
            return
        yield from self._increments(position, changed)

    def _position(self, cursor: str | None) -> _Position | None:
        if cursor is None:
            return None
        try:
            fields = Fields(read_json(cursor.encode(), "cursor"), "cursor")
            rows = (row.partition(",") for row in fields.texts("recent"))
            return _Position(
                live=fields.number("live"),
                since=instant(fields.text("since"), "cursor"),
                entry=fields.optional_text("entry") or "",
                recent=frozenset(Change(at=instant(at, "cursor"), id=i) for at, _, i in rows),
            )
        except Malformed as error:
            msg = f"{self.name}: {error}; forget the cursor of this feed and poll again"
            raise FeedError(msg) from error

    def _dump(self, position: _Position | None, request: PollRequest) -> Iterator[FeedPage]:
        before = position or _Position(live=0)
        with tempfile.TemporaryFile() as file:
            self._download(file)
            done, names = self._survey(file, request.now)
            refuse_change(
                self.name,
                before=before.live,
                lost=max(before.live - done.live, 0),
                new=max(done.live - before.live, 0),
                accept=request.accept_change,
            )
            rows = entries(file, self.name, _PREFIX)
            waiting = (row for row in rows if row[0] > before.entry)
            total = sum(1 for name in names if name > before.entry)
            for start in range(0, max(total, 1), _PAGE):
                batch = list(islice(waiting, _PAGE))
                last = start + _PAGE >= total
                at = done if last else replace(before, entry=batch[-1][0])
                records, skipped = self._read(batch)
                yield FeedPage(records=records, cursor=at.text(), skipped=skipped, total=total)

    def _download(self, file: IO[bytes]) -> None:
        url = f"{self._url}/all.zip"
        with self._http.stream("GET", url, limits=_DUMP_LIMITS) as (status, headers, chunks):
            checked(self.name, Answer(url=url, status=status, headers=headers, body=b""))
            for chunk in chunks:
                file.write(chunk)
        file.seek(0)
        refuse_html(self.name, url, file.read(512))

    def _survey(self, file: IO[bytes], now: datetime) -> tuple[_Position, Sequence[str]]:
        """Read the whole dump once before anything is believed: how many records live, what is new."""
        live, done, names = 0, list[Change](), list[str]()
        for name, content in entries(file, self.name, _PREFIX):
            names.append(name)
            reading = self._reading(name, content)
            if isinstance(reading, Reading):
                live += not reading.withdrawn
                done.append(Change(at=min(reading.modified, now), id=reading.record.id))
        if not done:
            msg = f"{self.name}: the dump holds no readable {_PREFIX} record"
            raise FeedError(msg)
        return _Position(live=live).after(done), names

    def _read(
        self, batch: Iterable[tuple[str, bytes]]
    ) -> tuple[tuple[Record, ...], tuple[Skipped, ...]]:
        records, skipped = list[Record](), list[Skipped]()
        for name, content in batch:
            reading = self._reading(name, content)
            if isinstance(reading, Skipped):
                skipped.append(reading)
                continue
            records.append(reading.record)
            skipped += reading.skipped
        return tuple(records), tuple(skipped)

    def _reading(self, name: str, content: bytes) -> Reading | Skipped:
        record_id = name.removesuffix(".json")
        if not MALICIOUS_ID.fullmatch(record_id):
            return Skipped(context=name, reason="no assigned MAL- id")
        try:
            reading = read_record(read_json(content, name), self.name, self._ecosystem)
        except Malformed as error:
            return Skipped(context=name, reason=str(error))
        if reading.record.id != record_id:
            return Skipped(context=name, reason=f"speaks of {reading.record.id}")
        return reading

    def _changed(self, position: _Position, request: PollRequest) -> Sequence[Change]:
        """Return what changed, oldest first; at least 90 % of the changes known must still be told."""
        url, listed = f"{self._url}/modified_id.csv", set[Change]()
        with self._http.stream("GET", url, limits=_DUMP_LIMITS) as (status, headers, chunks):
            checked(self.name, Answer(url=url, status=status, headers=headers, body=b""))
            for change in changes(lines(chunks, self.name, url), self.name, _PREFIX):
                if change.at <= position.since:
                    break
                listed.add(replace(change, at=min(change.at, request.now)))
        refuse_shrink(
            self.name,
            "the list of changes",
            before=len({c.id for c in position.recent}),
            after=len({c.id for c in position.recent} & {c.id for c in listed}),
            accept=request.accept_change,
        )
        return sorted(c for c in listed - position.recent if MALICIOUS_ID.fullmatch(c.id))

    def _increments(self, position: _Position, changed: Sequence[Change]) -> Iterator[FeedPage]:
        for start in range(0, len(changed), _STEP):
            step = changed[start : start + _STEP]
            bodies, missing, broken_off = self._fetch(step)
            done = step[: len(bodies) + len(missing)]
            if done:
                position = position.after(done)
                records, skipped = self._read(bodies)
                yield FeedPage(
                    records=records,
                    cursor=position.text(),
                    skipped=(*missing, *skipped),
                    total=len(changed),
                )
            if broken_off is not None:
                raise broken_off

    def _fetch(
        self, step: Sequence[Change]
    ) -> tuple[Sequence[tuple[str, bytes]], Sequence[Skipped], Defer | Retry | None]:
        """Fetch the records of `step` in order until done or told to wait: what came is kept."""
        bodies, missing = list[tuple[str, bytes]](), list[Skipped]()
        for change in step:
            url = f"{self._url}/{change.id}.json"
            try:
                answer = self._http.request("GET", url, limits=_RECORD_LIMITS).raise_for_status()
            except (Gone, Malformed, TooLarge) as error:
                missing.append(Skipped(context=url, reason=str(error)))
                continue
            except (Defer, Retry) as error:
                return bodies, missing, error
            refuse_html(self.name, url, answer.body)
            bodies.append((f"{change.id}.json", answer.body))
        return bodies, missing, None
