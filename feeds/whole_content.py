"""Feeds that know their whole set: everything is read before anything is believed.

A record that vanished since the last poll takes back what it said, and a set that changed by more than
10 % is held back. The same content, whatever its date or name, is nothing new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.model import Assertion, Record, Skipped
from feeds.cursor import NUMBER, PACKED, TEXT, Cursor, stored
from feeds.guards import refuse_change
from feeds.interface import FeedPage, PollRequest

__all__ = ["NewestWins", "WholeContent", "pages_of"]

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeContent:
    """All that a feed says."""

    sha256: str
    """Of what was read; equal digests mean that nothing is new."""
    records: Mapping[str, tuple[Assertion, ...]]
    """By record id; an empty record takes back what it said."""
    skipped: tuple[Skipped, ...]

    @property
    def live_ids(self) -> frozenset[str]:
        """Ids of the records that are not withdrawn."""
        said = self.records.items()
        return frozenset(i for i, a in said if any(x.retracted_at is None for x in a))


class NewestWins:
    """Collects the assertions of records of which several versions may come along, in any order."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._said = dict[tuple[str, str], list[Assertion]]()

    def add(self, assertion: Assertion, by: str) -> None:
        """Add what the statement `by` says; an older version of the same statement gives way."""
        known = self._said.setdefault((assertion.record_id, by), [])
        if known and known[0].observed_at < assertion.observed_at:
            known.clear()
        if not known or known[0].observed_at == assertion.observed_at:
            known.append(assertion)

    def records(self) -> Mapping[str, tuple[Assertion, ...]]:
        """Return all that stands, by record id."""
        found = dict[str, dict[Assertion, None]]()
        for (record_id, _), said in self._said.items():
            found.setdefault(record_id, {}).update(dict.fromkeys(said))
        return {record_id: tuple(said) for record_id, said in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor(Cursor):
    """Of which content how many records are done, and what the last content held."""

    sha256: str = field(metadata=stored(TEXT))
    done: int = field(metadata=stored(NUMBER))
    live: int = field(metadata=stored(NUMBER))
    ids: frozenset[str] = field(metadata=stored(PACKED))
    """Ids of the last content that was read to its end."""


def pages_of(feed: str, content: WholeContent, request: PollRequest) -> Iterator[FeedPage]:
    """Yield the records of `content`, 1,000 a page; nothing where the last poll saw the same.

    Raises FeedError where more than 10 % of the records are lost or new, see `feeds.guards`.
    """
    first = _Cursor(sha256="", done=0, live=0, ids=frozenset())
    before = _Cursor.of(request.cursor, feed, first)
    done = before.done if before.sha256 == content.sha256 else 0
    if before.sha256 == content.sha256 and done >= len(content.records):
        return
    live = content.live_ids
    refuse_change(
        feed,
        before=before.live,
        lost=max(before.live - len(live & before.ids), 0),
        new=len(live - before.ids),
        accept=request.accept_change,
    )
    vanished = sorted(before.ids - content.records.keys())
    said = [Record(id=i, assertions=a) for i, a in content.records.items()]
    records = [*said, *(Record(id=i, assertions=()) for i in vanished)]
    yield from _pages(records, content, before, done)


def _pages(
    records: Sequence[Record], content: WholeContent, before: _Cursor, done: int
) -> Iterator[FeedPage]:
    # Without records there still is a page: it tells what was skipped.
    for start in range(done, max(len(records), 1), _PAGE):
        end = min(start + _PAGE, len(records))
        complete = end == len(records)
        after = _Cursor(
            sha256=content.sha256,
            done=end,
            live=len(content.live_ids) if complete else before.live,
            ids=frozenset(content.records) if complete else before.ids,
        )
        yield FeedPage(
            records=tuple(records[start:end]),
            cursor=after.to_payload(),
            skipped=content.skipped if start == 0 else (),
            total=len(records),
        )
