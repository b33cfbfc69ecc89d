"""A file of rows (JSON Lines, also gzipped) as a feed: for lists of one's own, OSV documents, archives of facts.

The whole file is read before anything is believed: rows of one record belong together, a record that
vanished since the last poll takes back what it said, and a file that changed by more than 10 % is held back.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl

from crawler.errors import FeedError, Malformed, UsageError
from crawler.fields import Fields, instant, read_json, refuse
from crawler.model import Assertion, Ecosystem, Skipped
from feeds.imports.osv_rows import is_osv, osv_readings
from feeds.imports.rows import RowReader
from feeds.imports.rows_of_file import lines_of, skipped_line
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest
from feeds.whole_content import WholeContent, pages_of

__all__ = ["FileFeed", "feeds"]


def _ecosystem_named_by(path: Path) -> Ecosystem | None:
    """Return the one ecosystem that is a word of the file's name, or None."""
    words = set(re.split(r"[^a-z]+", path.name.lower()))
    named = [ecosystem for ecosystem in Ecosystem if ecosystem.value in words]
    return named[0] if len(named) == 1 else None


class FileFeed:
    """Feed `file:<path>`."""

    def __init__(
        self,
        path: Path,
        *,
        ecosystem: Ecosystem | None = None,
        as_of: datetime | None = None,
        registries: Mapping[str, Ecosystem] = MappingProxyType({}),
    ) -> None:
        """Read `path`.

        `ecosystem` is that of rows that name none, by default the one that is a word of the file's
        name (`ossf_pypi.jsonl.gz`); `as_of` (UTC) the date of rows without one, by default the time
        of the file; `registries` what rows may name.
        """
        self._path, self._as_of, self._registries = path, as_of, registries
        self._ecosystem = ecosystem or _ecosystem_named_by(path)
        self.name = f"file:{path}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield the records, 1,000 a page; nothing where the file is unchanged. See `Feed.poll`."""
        yield from pages_of(self.name, self._content(), request)

    def _content(self) -> WholeContent:
        records, skipped = dict[str, dict[Assertion, None]](), list[Skipped]()
        digest, rows = hashlib.sha256(), 0
        reader: RowReader | None = None
        for number, line in enumerate(lines_of(self._path, self.name), start=1):
            digest.update(line)
            if not line.strip():
                continue
            rows += 1
            reader = reader or self._reader()
            try:
                document = read_json(line, f"line {number}")
                if isinstance(document, list):
                    refuse(f"line {number}", "an array; write one row a line: `jq -c '.[]' FILE`")
                if is_osv(document):
                    for reading in osv_readings(document, self.name):
                        known = records.setdefault(reading.record.id, {})
                        known |= dict.fromkeys(reading.record.assertions)
                        skipped += reading.skipped
                    continue
                fields = Fields(document, f"line {number}")
                for assertion in reader.read(fields):
                    records.setdefault(assertion.record_id, {})[assertion] = None
                if (emptied := reader.withdrawn_id(fields)) is not None:
                    records.setdefault(emptied, {})
            except Malformed as error:
                skipped.append(skipped_line(number, error))
        if not records:
            raise FeedError(f"{self.name}: {_why_none(rows, skipped, self._path)}")
        return WholeContent(
            sha256=digest.hexdigest(),
            records={i: tuple(a) for i, a in records.items()},
            skipped=tuple(skipped),
        )

    def _reader(self) -> RowReader:
        as_of = self._as_of or datetime.fromtimestamp(int(self._path.stat().st_mtime), UTC)
        # Reports name the root source, and the folders of this machine are nobody's business.
        root = f"file:{self._path.name}"
        return RowReader(
            feed=self.name,
            root=root,
            ecosystem=self._ecosystem,
            as_of=as_of,
            registries=self._registries,
        )


def _why_none(rows: int, skipped: Sequence[Skipped], path: Path) -> str:
    """Return why a file gave no record, and what to do where it is one document over several lines."""
    if not skipped:
        return f"none of {rows} rows could be read: the file is empty"
    first = skipped[0]
    why = f"none of {rows} rows could be read, {first.context}: {first.reason}"
    if rows > 1 and first.reason.startswith("not readable as JSON"):
        why += f"; one document a line is expected: `{shlex.join(['jq', '-c', '.', str(path)])}`"
    return why


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the feed of `PATH?ecosystem=..&as_of=..`; raises UsageError for other options."""
    path, _, query = context.path.partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    try:
        named = options.pop("ecosystem", None)
        ecosystem = None if named is None else Ecosystem(named.lower())
        dated = options.pop("as_of", None)
        as_of = None if dated is None else instant(dated, "as_of")
    except (ValueError, Malformed) as error:
        msg = f"file:{context.path}: {error}; use file:PATH?ecosystem=pypi|npm&as_of=2026-08-22"
        raise UsageError(msg) from error
    if not path or options:
        msg = f"file:{context.path}: use file:PATH, file:PATH?ecosystem=pypi|npm or ?as_of=DATE"
        raise UsageError(msg)
    known = context.registries
    return (FileFeed(Path(path), ecosystem=ecosystem, as_of=as_of, registries=known),)
