"""What is inside a snapshot: gzipped JSON Lines, first a heading, then the records, feed by feed.

A snapshot may come from anybody, so a record is read as strictly as one of a feed: what is not plain is
left out and said, and nobody vouches for anything in it.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NoReturn

from crawler.errors import FeedError, Malformed
from crawler.fields import Fields, plain_name, read_json
from crawler.model import (
    Assertion,
    Claim,
    Ecosystem,
    Record,
    Skipped,
    normalize_name,
    normalize_version,
)
from crawler.model.version_ranges import is_canonical_range, is_range
from crawler.verdicts.allowance import ALLOW_LIST
from feeds.json_documents import member
from feeds.registry import is_imported
from workers.values import encode, from_plain, plain

__all__ = ["FeedState", "Heading", "SnapshotContent", "pack"]

_LONGEST_LINE = 64 * 1024 * 1024
_LARGEST = 4 * 1024 * 1024 * 1024
_FEED = re.compile(r"[a-z0-9][a-z0-9:-]{0,60}", re.ASCII)
_LONGEST_TEXT = 4096
_LARGEST_NUMBER = 2**63
_WRONG = (Malformed, ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What reading a line of another shape raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """Where a feed stands; all times are UTC."""

    feed: str
    records: int
    """How many lines follow."""
    cursor: str | None = None
    cursor_at: datetime | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    news_at: datetime | None = None

    @property
    def told_at(self) -> datetime | None:
        """When the feed was heard last; None where it never was."""
        heard = (at for at in (self.cursor_at, self.answered_at) if at is not None)
        return max(heard, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a snapshot says of itself."""

    made_at: datetime
    program: str
    """Version of ghostcrawl."""
    left_out: int
    """Records that are not in it, because they speak of nobody who is accused."""
    feeds: tuple[FeedState, ...]


def pack(heading: Heading, records: Iterable[Record]) -> bytes:
    """Return the content: the same for the same records; each has at least one assertion."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(f"{encode(heading)}\n".encode())
        for record in records:
            line = {
                "feed": record.assertions[0].feed,
                "id": record.id,
                "said": [_stated(said) for said in record.assertions],
            }
            text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
            file.write(f"{text}\n".encode())
    return buffer.getvalue()


def _stated(said: Assertion) -> Mapping[str, object]:
    """Return what is said without what its line says already, and without fields that are empty."""
    value = plain(said)
    assert isinstance(value, dict)  # noqa: S101 - of a dataclass
    return {
        k: v for k, v in value.items() if k not in {"feed", "record_id"} and v not in (None, [])
    }


class SnapshotContent:
    """Reads a content, as often as it is asked; FeedError where it is none or breaks off."""

    def __init__(self, payload: bytes) -> None:
        """Read `payload`, which arrived whole."""
        self._payload = payload

    @cached_property
    def heading(self) -> Heading:
        """The first line. Raises FeedError."""
        try:
            found = from_plain(Heading, read_json(next(self._lines(), b""), "line 1"))
        except _WRONG as error:
            raise _unreadable(f"line 1: {str(error)[:200]}") from error
        names = [state.feed for state in found.feeds]
        strange = [name for name in names if not _is_of_network(name)]
        if strange or len(set(names)) != len(names):
            wrong = ", ".join(ascii(name[:60]) for name in strange or names)
            raise _unreadable(f"line 1: expected feeds of the network, each once, got {wrong}")
        times = (found.made_at, *(at for state in found.feeds for at in _times(state)))
        if any(at is not None and at.tzinfo is None for at in times):
            raise _unreadable("line 1: expected times with a time zone")
        return found

    def records(self) -> Iterator[tuple[str, Record] | Skipped]:
        """Yield the records, each with its feed, in the order of the heading. Raises FeedError."""
        known = {state.feed for state in self.heading.feeds}
        for number, line in enumerate(self._lines(), start=1):
            if number == 1:
                continue
            try:
                yield _record(line, f"line {number}", known)
            except _WRONG as error:
                yield Skipped(context=f"line {number}", reason=str(error)[:300])

    def _lines(self) -> Iterator[bytes]:
        left = _LARGEST
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(self._payload)) as file:
                while line := file.readline(_LONGEST_LINE + 1):
                    left -= len(line)
                    if len(line) > _LONGEST_LINE or left < 0:
                        raise _unreadable("it is too large")
                    yield line
        except (OSError, EOFError, zlib.error) as error:
            raise _unreadable(str(error)) from error


def _unreadable(why: str) -> FeedError:
    return FeedError(f"the snapshot cannot be read: {why}; nothing was changed")


def _is_of_network(feed: str) -> bool:
    return _FEED.fullmatch(feed) is not None and feed != ALLOW_LIST and not is_imported(feed)


def _times(state: FeedState) -> tuple[datetime | None, ...]:
    return (state.cursor_at, state.asked_at, state.answered_at, state.news_at)


def _record(line: bytes, path: str, feeds: Container[str]) -> tuple[str, Record]:
    value = read_json(line, path)
    fields = Fields(value, path)
    feed, record_id = fields.text("feed"), _plain_text(fields.text("id"), f"{path}.id")
    stated = member(value, "said")
    if feed not in feeds or not isinstance(stated, list) or not stated:
        _refuse(path, "expected a feed of the heading and what it said")
    said = tuple(_assertion(each, feed, record_id) for each in stated)
    return feed, Record(id=record_id, assertions=said)


def _assertion(stated: Mapping[str, object], feed: str, record_id: str) -> Assertion:
    said = from_plain(Assertion, {**stated, "feed": feed, "record_id": record_id})
    subject, file = said.subject, said.subject.file
    ecosystem = subject.project.ecosystem
    if said.claim is Claim.ALLOWED:
        _refuse("claim", "nobody vouches in a snapshot")
    if normalize_name(ecosystem, subject.project.name) != subject.project.name:
        _refuse("name", "expected a normalized project name")
    if subject.version is not None and not _is_canonical(ecosystem, subject.version):
        _refuse("version", "expected a canonical version, or a range of versions")
    if file is not None:
        plain_name(file.filename, "file name")
    urls = (said.reference, None if file is None else file.url)
    if any(url is not None and not url.startswith(("https://", "http://")) for url in urls):
        _refuse("reference", "expected a URL")
    texts = (*urls, said.root_source, None if file is None else file.uploaded_at)
    for text in filter(None, texts):
        _plain_text(text, "text")
    times = (said.valid_from, said.observed_at, said.retracted_at)
    if any(at is not None and at.tzinfo is None for at in times):
        _refuse("time", "expected a time zone")
    if any(not 0 <= number < _LARGEST_NUMBER for number in said.sequence):
        _refuse("sequence", "expected numbers of 63 bits")
    return said


def _is_canonical(ecosystem: Ecosystem, version: str) -> bool:
    if is_range(version):
        return is_canonical_range(version, ecosystem)
    return normalize_version(ecosystem, plain_name(version, "version")) == version


def _refuse(path: str, why: str) -> NoReturn:
    msg = f"{path}: {why}"
    raise Malformed(msg)


def _plain_text(text: str, path: str) -> str:
    if not text.isprintable() or not 0 < len(text) <= _LONGEST_TEXT:
        _refuse(path, "expected printable text")
    return text
