"""Records of malware (`MAL-...`, and `PYSEC-...` about the same) of an OSV database.

First the dump of the ecosystem, later only what changed, and once a month the dump again: only there is
seen that a record vanished. Sources: OSV documentation ("Data dumps"), OSV schema. A withdrawn record
stays in the dump with its date, and becomes assertions that are taken back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import IO

from crawler.errors import Defer, FeedError, GiveUp, Malformed, Refused, Retry
from crawler.fields import read_json
from crawler.model import Ecosystem, Record, Skipped
from crawler.net import Answer, Http, HttpLimits
from feeds.guards import expect_ok, permanent_errors, refuse_change, refuse_html, refuse_shrink
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest
from feeds.osv.changes import changes, lines
from feeds.osv.cursor import OsvCursor
from feeds.osv.dump import entries
from feeds.osv.origin import RECORD_ID
from feeds.osv.record import ECOSYSTEM_NAMES, OsvReading, read_record
from feeds.recent import RecordChange

__all__ = ["OsvMalicious", "feeds"]

_PREFIXES = ("MAL-", "PYSEC-")
_PAGE = 1000
_PLACES = 10
"""So often the place in a dump is kept: with it goes the list of all records that live."""
_STEP = 100
_DUMP_LIMITS = HttpLimits(total_seconds=1800.0, max_bytes=2 * 1024 * 1024 * 1024)
_RECORD_LIMITS = HttpLimits(max_bytes=8 * 1024 * 1024)
_DUMP_IS_CHEAPER = 2000
_DUMP_AGE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Survey:
    """What a dump holds, before anything of it is believed."""

    after: OsvCursor
    """Where the feed stands when all of it is done."""
    total: int
    """How many of its entries are not done yet."""
    vanished: Collection[str]
    """Ids of records that lived before and are not in it."""


class OsvMalicious:
    """Feed `osv-mal` (PyPI) or `osv-mal:npm`; a record's id is its OSV id."""

    def __init__(
        self,
        http: Http,
        base_url: str,
        ecosystem: Ecosystem = Ecosystem.PYPI,
        *,
        page: int = _PAGE,
    ) -> None:
        """Read `<base_url>/<ecosystem>/all.zip` and what lies beside it; a `page` of a dump has so many entries."""
        self._http, self._ecosystem, self._page = http, ecosystem, page
        self._url = f"{base_url.rstrip('/')}/{ECOSYSTEM_NAMES[ecosystem]}"
        suffix = "" if ecosystem is Ecosystem.PYPI else f":{ecosystem}"
        self.name = f"osv-mal{suffix}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield new, changed, withdrawn and vanished records; see `feeds.interface.Feed.poll`."""
        cursor = OsvCursor.of(request.cursor, self.name, OsvCursor())
        if cursor.entry or request.now - cursor.dumped > _DUMP_AGE:
            yield from self._dump(cursor, request)
            return
        changed = self._changed(cursor, request)
        if len(changed) > max(1, min(_DUMP_IS_CHEAPER, len(cursor.live) // 10)):
            # Fewer requests; and what would shrink the feed by a tenth passes the guard of the dump.
            yield from self._dump(cursor, request)
            return
        yield from self._increments(cursor, changed)

    def _dump(self, before: OsvCursor, request: PollRequest) -> Iterator[FeedPage]:
        with tempfile.TemporaryFile() as file:
            self._download(file)
            survey = self._survey(file, before, request.now)
            refuse_change(
                self.name,
                before=len(before.live),
                lost=len(before.live - survey.after.live),
                new=len(survey.after.live - before.live),
                accept=request.accept_change,
            )
            rows = entries(file, self.name, _PREFIXES)
            waiting = (row for row in rows if row[0] > before.entry)
            emptied = tuple(Record(id=i, assertions=()) for i in sorted(survey.vanished))
            # What this dump says for the first time can be taken back, too, when another one goes on.
            said = before.live | survey.after.live if before.live else before.live
            reached = replace(before, live=said).payloads_at()
            pages = max(1, -(-survey.total // self._page))
            for number in range(1, pages + 1):
                batch = list(islice(waiting, self._page))
                last = number == pages
                readings, skipped = self._read(batch)
                records = _news(readings, before.live)
                yield FeedPage(
                    records=records + emptied if last else records,
                    cursor=survey.after.to_payload() if last else reached(batch[-1][0]),
                    skipped=skipped,
                    total=survey.total,
                    is_resumed=not before.live or _is_place(number, pages),
                )

    def _download(self, file: IO[bytes]) -> None:
        url = f"{self._url}/all.zip"
        with self._stream(url) as chunks:
            for chunk in chunks:
                file.write(chunk)
        file.seek(0)
        refuse_html(self.name, url, file.read(512))

    @contextmanager
    def _stream(self, url: str) -> Iterator[Iterator[bytes]]:
        with (
            permanent_errors(self.name),
            self._http.stream("GET", url, limits=_DUMP_LIMITS) as (status, headers, chunks),
        ):
            expect_ok(self.name, Answer(url=url, status=status, headers=headers, body=b""))
            yield chunks

    def _survey(self, file: IO[bytes], before: OsvCursor, now: datetime) -> _Survey:
        """Read the whole dump once before anything is believed: what lives, what is new, what is gone."""
        live, vanished, done = set[str](), set(before.live), list[RecordChange]()
        after, total, readable = OsvCursor(dumped=now), 0, False
        for name, content in entries(file, self.name, _PREFIXES):
            total += name > before.entry
            vanished.discard(name.removesuffix(".json"))
            if len(done) == self._page:
                after, done = after.after(done, live=after.live), []
            reading = self._reading(name, content)
            if isinstance(reading, Skipped):
                # What cannot be read takes nothing back.
                live.update({name.removesuffix(".json")} & before.live)
                continue
            readable = readable or bool(reading.record.assertions)
            live.update({reading.record.id} if reading.lives else ())
            done.append(RecordChange(at=min(reading.modified, now), id=reading.record.id))
        if not readable:
            msg = f"{self.name}: the dump holds no readable record of malware; nothing was changed"
            raise FeedError(msg)
        after = after.after(done, live=frozenset(live))
        return _Survey(after=after, total=total, vanished=vanished)

    def _read(
        self, batch: Iterable[tuple[str, bytes]]
    ) -> tuple[tuple[OsvReading, ...], tuple[Skipped, ...]]:
        readings, skipped = list[OsvReading](), list[Skipped]()
        for name, content in batch:
            reading = self._reading(name, content)
            if isinstance(reading, Skipped):
                skipped.append(reading)
                continue
            readings.append(reading)
            skipped += reading.skipped
        return tuple(readings), tuple(skipped)

    def _reading(self, name: str, content: bytes) -> OsvReading | Skipped:
        record_id = name.removesuffix(".json")
        if not RECORD_ID.fullmatch(record_id):
            return Skipped(
                context=name, reason="invalid id: expected an assigned MAL- or PYSEC- id"
            )
        try:
            reading = read_record(read_json(content, name), self.name, self._ecosystem)
        except Malformed as error:
            return Skipped(context=name, reason=str(error))
        if reading.record.id != record_id:
            return Skipped(context=name, reason=f"expected {record_id}, got {reading.record.id}")
        return reading

    def _changed(self, cursor: OsvCursor, request: PollRequest) -> Sequence[RecordChange]:
        """Return what changed, oldest first; at least 90 % of the changes known must still be told."""
        url, listed = f"{self._url}/modified_id.csv", set[RecordChange]()
        with self._stream(url) as chunks:
            for change in changes(lines(chunks, self.name, url), self.name, _PREFIXES):
                if change.at <= cursor.recent.since:
                    break
                listed.add(replace(change, at=min(change.at, request.now)))
        refuse_shrink(
            self.name,
            "the list of changes",
            before=len(cursor.recent.ids),
            after=len(cursor.recent.ids & {c.id for c in listed}),
            accept=request.accept_change,
        )
        news = listed - cursor.recent.changes
        return sorted(change for change in news if RECORD_ID.fullmatch(change.id))

    def _increments(self, cursor: OsvCursor, changed: Sequence[RecordChange]) -> Iterator[FeedPage]:
        for start in range(0, len(changed), _STEP):
            step = changed[start : start + _STEP]
            bodies, missing, broken_off = self._fetch(step)
            done = step[: len(bodies) + len(missing)]
            if done:
                readings, skipped = self._read(bodies)
                records = _news(readings, cursor.live)
                # What did not come, or cannot be read, is asked for again while its change is recent.
                had = {reading.record.id for reading in readings}
                done = [change for change in done if change.id in had]
                cursor = cursor.after(done, live=_live(readings, cursor.live))
                yield FeedPage(
                    records=records,
                    cursor=cursor.to_payload(),
                    skipped=(*missing, *skipped),
                    total=len(changed),
                )
            if broken_off is not None:
                raise broken_off

    def _fetch(
        self, step: Sequence[RecordChange]
    ) -> tuple[Sequence[tuple[str, bytes]], Sequence[Skipped], Defer | Retry | None]:
        """Fetch the records of `step` in order until done or told to wait: what came is kept."""
        bodies, missing = list[tuple[str, bytes]](), list[Skipped]()
        for change in step:
            url = f"{self._url}/{change.id}.json"
            try:
                answer = self._http.request("GET", url, limits=_RECORD_LIMITS).raise_for_status()
            except Refused as error:
                msg = f"{self.name}: {error}; check feeds.osv_url in the configuration"
                raise FeedError(msg) from error
            except GiveUp as error:
                missing.append(Skipped(context=url, reason=str(error)))
                continue
            except (Defer, Retry) as error:
                return bodies, missing, error
            refuse_html(self.name, url, answer.body)
            bodies.append((f"{change.id}.json", answer.body))
        return bodies, missing, None


def _is_place(number: int, pages: int) -> bool:
    """Say whether page `number` is the first of `pages`, or a tenth of them ends with it."""
    return number == 1 or number * _PLACES // pages > (number - 1) * _PLACES // pages


def _news(readings: Iterable[OsvReading], live: Collection[str]) -> tuple[Record, ...]:
    """Return the records that say something, and those that said something and no longer do."""
    return tuple(r.record for r in readings if r.record.assertions or r.record.id in live)


def _live(readings: Collection[OsvReading], before: frozenset[str]) -> frozenset[str]:
    lives = {reading.record.id for reading in readings if reading.lives}
    return before - {reading.record.id for reading in readings} | lives


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return one feed an ecosystem."""
    url = context.address("osv_url")
    known = (e for e in context.ecosystems if e in ECOSYSTEM_NAMES)
    return tuple(OsvMalicious(context.http, url, e) for e in known)
