"""A file of rows (JSON Lines, also gzipped) as a feed: for lists of one's own and for archives of facts.

The whole file is read before anything is believed: rows of one record belong together, a record that
vanished since the last poll takes back what it said, and a file that changed by more than 10 % is held back.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from crawler.errors import FeedError, Malformed
from crawler.model import Assertion, Ecosystem, Record, Skipped
from feeds.fields import Fields, read_json
from feeds.guards import refuse_change, refuse_html
from feeds.interface import FeedPage, PollRequest
from feeds.rows import RowReader

__all__ = ["FileFeed"]

_PAGE = 1000
_LONGEST_LINE = 1024 * 1024
_LARGEST = 1024 * 1024 * 1024
_MOST_ROWS = 2_000_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """The cursor: of which content how many records are done, and what the last content held."""

    sha256: str
    done: int
    live: int
    ids: frozenset[str]
    """Ids of the last content that was read to its end."""

    def text(self) -> str:
        packed = zlib.compress("\n".join(sorted(self.ids)).encode(), 9)
        ids = base64.b64encode(packed).decode()
        return json.dumps({"sha256": self.sha256, "done": self.done, "live": self.live, "ids": ids})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """All that a file says."""

    sha256: str
    records: Mapping[str, tuple[Assertion, ...]]
    skipped: tuple[Skipped, ...]

    @property
    def live_ids(self) -> frozenset[str]:
        """Ids of the records that are not withdrawn."""
        said = self.records.items()
        return frozenset(i for i, a in said if any(x.retracted_at is None for x in a))


def _named_by(path: Path) -> Ecosystem | None:
    """Return the one ecosystem that is a word of the file's name, or None."""
    words = set(re.split(r"[^a-z]+", path.name.lower()))
    named = [ecosystem for ecosystem in Ecosystem if ecosystem.value in words]
    return named[0] if len(named) == 1 else None


class FileFeed:
    """Feed `file:<path>`."""

    def __init__(
        self, path: Path, *, ecosystem: Ecosystem | None = None, as_of: datetime | None = None
    ) -> None:
        """Read `path`.

        `ecosystem` is that of rows that name none, by default the one that is a word of the file's
        name (`ossf_pypi.jsonl.gz`); `as_of` (UTC) the date of rows without one, by default the time
        of the file.
        """
        self._path, self._as_of = path, as_of
        self._ecosystem = ecosystem or _named_by(path)
        self.name = f"file:{path}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield the records, 1,000 a page; nothing where the file is unchanged. See `Feed.poll`."""
        before = self._position(request.cursor)
        content = self._content()
        done = before.done if before.sha256 == content.sha256 else 0
        if before.sha256 == content.sha256 and done >= len(content.records):
            return
        live = content.live_ids
        refuse_change(
            self.name,
            before=before.live,
            lost=max(before.live - len(live & before.ids), 0),
            new=len(live - before.ids),
            accept=request.accept_change,
        )
        vanished = sorted(before.ids - content.records.keys())
        said = [Record(id=i, assertions=a) for i, a in content.records.items()]
        records = [*said, *(Record(id=i, assertions=()) for i in vanished)]
        yield from _pages(records, content, before, done)

    def _position(self, cursor: str | None) -> _Position:
        if cursor is None:
            return _Position(sha256="", done=0, live=0, ids=frozenset())
        try:
            fields = Fields(read_json(cursor.encode(), "cursor"), "cursor")
            ids = zlib.decompress(base64.b64decode(fields.text_of_any_length("ids"))).decode()
            return _Position(
                sha256=fields.text("sha256"),
                done=fields.number("done"),
                live=fields.number("live"),
                ids=frozenset(ids.split("\n")) - {""},
            )
        except (Malformed, ValueError, zlib.error) as error:
            msg = f"{self.name}: {error}; forget the cursor of this feed and poll again"
            raise FeedError(msg) from error

    def _content(self) -> _Content:
        records, skipped = dict[str, dict[Assertion, None]](), list[Skipped]()
        digest, rows = hashlib.sha256(), 0
        reader: RowReader | None = None
        for number, line in enumerate(self._lines(), start=1):
            digest.update(line)
            if not line.strip():
                continue
            rows += 1
            reader = reader or self._reader()
            try:
                fields = Fields(read_json(line, f"line {number}"), f"line {number}")
                for assertion in reader.read(fields):
                    records.setdefault(assertion.record_id, {})[assertion] = None
                if (emptied := reader.withdrawn_id(fields)) is not None:
                    records.setdefault(emptied, {})
            except Malformed as error:
                skipped.append(Skipped(context=f"line {number}", reason=str(error)))
        if not records:
            msg = f"{self.name}: none of {rows} rows could be read" + (
                f", the first because {skipped[0].reason}" if skipped else ": the file is empty"
            )
            raise FeedError(msg)
        return _Content(
            sha256=digest.hexdigest(),
            records={i: tuple(a) for i, a in records.items()},
            skipped=tuple(skipped),
        )

    def _reader(self) -> RowReader:
        as_of = self._as_of or datetime.fromtimestamp(int(self._path.stat().st_mtime), UTC)
        return RowReader(feed=self.name, ecosystem=self._ecosystem, as_of=as_of)

    def _lines(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as raw:
                packed = raw.read(2) == _GZIP
                raw.seek(0)
                if packed:
                    with gzip.open(raw) as unpacked:
                        yield from self._bounded(unpacked)
                else:
                    yield from self._bounded(raw)
        except (OSError, EOFError, zlib.error) as error:
            msg = f"{self.name}: not readable to the end: {error}"
            raise FeedError(msg) from error

    def _bounded(self, stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
        size = rows = 0
        while line := stream.readline(_LONGEST_LINE + 1):
            size, rows = size + len(line), rows + 1
            if rows == 1:
                refuse_html(self.name, str(self._path), line)
            if len(line) > _LONGEST_LINE or size > _LARGEST or rows > _MOST_ROWS:
                msg = f"{self.name}: too large at line {rows}"
                raise FeedError(msg)
            yield line


def _pages(
    records: Sequence[Record], content: _Content, before: _Position, done: int
) -> Iterator[FeedPage]:
    for start in range(done, len(records), _PAGE):
        end = min(start + _PAGE, len(records))
        complete = end == len(records)
        after = _Position(
            sha256=content.sha256,
            done=end,
            live=len(content.live_ids) if complete else before.live,
            ids=frozenset(content.records) if complete else before.ids,
        )
        yield FeedPage(
            records=tuple(records[start:end]),
            cursor=after.text(),
            skipped=content.skipped if start == 0 else (),
            total=len(records),
        )
