"""Lists of packages without dates: what is new was first seen now, and that is remembered.

Without the memory every poll would say everything anew. A record is one package or one of its versions,
so that a version added later has its own date.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from crawler.errors import FeedError
from crawler.fields import Fields
from crawler.model import (
    Assertion,
    Claim,
    Ecosystem,
    Skipped,
    Subject,
)
from feeds.cursor import PACKED, TEXT, Cursor, Form, stored
from feeds.interface import FeedPage, PollRequest
from feeds.subjects import project_of, release_of
from feeds.whole_content import WholeContent, pages_of

__all__ = ["ListCursor", "Listed", "pages_of_list", "subject_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One package, or one version of it, that the list names."""

    subject: Subject
    claim: Claim
    reference: str | None = None


def _lines(dates: Mapping[str, datetime]) -> object:
    return PACKED.write(frozenset(f"{int(when.timestamp())} {i}" for i, when in dates.items()))


def _dates(fields: Fields, key: str) -> Mapping[str, datetime]:
    rows = (line.partition(" ") for line in PACKED.read(fields, key))
    return {i: datetime.fromtimestamp(int(seconds), UTC) for seconds, _, i in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCursor(Cursor):
    """Where such a feed was cursor."""

    mark: str = field(metadata=stored(TEXT), default="")
    """Of the last answer that was read to its end: an ETag, a commit."""
    inner: str | None = field(metadata=stored(TEXT), default=None)
    """Payload of `feeds.whole_content`."""
    dates: Mapping[str, datetime] = field(metadata=stored(Form(_lines, _dates)))
    """Record id -> when it was first seen, UTC."""


def subject_of(ecosystem: Ecosystem, name: str, version: str | None, path: str) -> Subject:
    """Return the project, or its release where there is a version; raises Malformed for no name."""
    project = project_of(ecosystem, name, path)
    return Subject(project=project) if version is None else release_of(project, version, path)


def pages_of_list(  # noqa: PLR0913 - a list, and where it comes from
    feed: str,
    listed: Sequence[Listed],
    skipped: Sequence[Skipped],
    *,
    mark: str,
    cursor: ListCursor,
    request: PollRequest,
) -> Iterator[FeedPage]:
    """Yield the records of the whole list, 1,000 a page; see `feeds.whole_content.pages_of`.

    `mark` is saved with the last page. Who is named is the feed's own finding: it is the root source.
    """
    now = request.now.astimezone(UTC).replace(microsecond=0)
    by_id = {_record_id(entry.subject): entry for entry in listed}
    dates = {record_id: cursor.dates.get(record_id, now) for record_id in by_id}
    content = WholeContent(
        sha256=_digest(by_id),
        records={i: (_assertion(feed, i, e, dates[i]),) for i, e in by_id.items()},
        skipped=tuple(skipped),
    )
    if not content.records:
        msg = f"{feed}: not one entry could be read" + (
            f", the first because {skipped[0].reason}" if skipped else ": the list is empty"
        )
        msg += "; nothing was changed"
        raise FeedError(msg)
    inner, seen = cursor.inner, 0
    for page in pages_of(feed, content, replace(request, cursor=cursor.inner)):
        inner, seen = page.cursor, seen + len(page.records)
        done = page.total is not None and seen >= page.total
        after = ListCursor(mark=mark if done else cursor.mark, inner=inner, dates=dates)
        yield replace(page, cursor=after.to_payload())
    if not seen and mark != cursor.mark:
        after = ListCursor(mark=mark, inner=inner, dates=dates)
        yield FeedPage(records=(), cursor=after.to_payload())


def _record_id(subject: Subject) -> str:
    project = f"{subject.project.ecosystem}/{subject.project.name}"
    return project if subject.version is None else f"{project}@{subject.version}"


def _assertion(feed: str, record_id: str, entry: Listed, seen: datetime) -> Assertion:
    return Assertion(
        feed=feed,
        record_id=record_id,
        subject=entry.subject,
        claim=entry.claim,
        valid_from=seen,
        observed_at=seen,
        root_source=feed,
        reference=entry.reference,
        undated=True,
    )


def _digest(by_id: Mapping[str, Listed]) -> str:
    rows = (f"{i}\t{entry.claim}\t{entry.reference}\n" for i, entry in sorted(by_id.items()))
    return hashlib.sha256("".join(rows).encode()).hexdigest()
