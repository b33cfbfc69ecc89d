"""Events of MISP as a feed: an export, an answer of its REST API, or a directory of events.

One record an attribute or object, `misp:<uuid>`. Plain JSON is read, whatever wrote it; only what names a
distribution or a release becomes an assertion (see `feeds.imports.traces`), the rest is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from crawler.errors import FeedError, Malformed
from crawler.fields import Fields
from crawler.model import Assertion, Claim, Skipped, Subject
from feeds.imports.misp_entry import (
    MispEntry,
    attribute_entry,
    event_date,
    flag,
    object_entry,
    uuid_of,
)
from feeds.imports.misp_package_report import TEMPLATE, package_report
from feeds.imports.traces import indicated_files
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest
from feeds.json_documents import FileDocument, documents_of, items, member
from feeds.whole_content import NewestWins, WholeContent, pages_of

__all__ = ["MispFeed", "feeds"]

_CLOCK_SKEW = timedelta(days=2)
_MOST_EVENTS = 100_000
_IGNORED = frozenset({"manifest.json"})
"""The list of events beside a MISP feed's events."""
_MOST_KINDS = 20


class MispFeed:
    """Feed `misp:<path>`."""

    def __init__(self, path: Path) -> None:
        """Read `path`, a file or a directory of events."""
        self._path = path
        self.name = f"misp:{path}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield the records, 1,000 a page; nothing where all is unchanged. See `Feed.poll`."""
        documents = documents_of(self._path, self.name, _IGNORED)
        reader = _Reader(feed=self.name, latest=request.now + _CLOCK_SKEW)
        for document in documents:
            reader.read(document)
        if not reader.events:
            msg = f"{self.name}: no MISP event in it; export the events as MISP JSON"
            raise FeedError(msg)
        content = WholeContent(
            sha256=documents.sha256,
            records=reader.said.records(),
            skipped=(*documents.skipped, *reader.skipped),
        )
        yield from pages_of(self.name, content, request)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Collects what events say."""

    feed: str
    latest: datetime
    events: int = 0
    said: NewestWins = field(default_factory=NewestWins)
    skipped: list[Skipped] = field(default_factory=list)

    def read(self, document: FileDocument) -> None:
        for place, event in enumerate(_events(document.value)):
            path = f"{document.name} event[{place}]"
            self.events += 1
            if self.events > _MOST_EVENTS:
                msg = f"{self.feed}: more than {_MOST_EVENTS} events; nothing was changed"
                raise FeedError(msg)
            try:
                fields = Fields(event, path)
                root = f"misp:{uuid_of(fields)}"
            except Malformed as error:
                self.skipped.append(Skipped(context=path, reason=str(error)))
                continue
            self._event(event, root, event_date(fields, self.latest), path)

    def _event(self, event: object, root: str, date: datetime | None, path: str) -> None:
        others = Counter[str]()
        for key in ("Attribute", "Object"):
            for place, value in enumerate(items(member(event, key))):
                where = f"{path} {key}[{place}]"
                try:
                    fields = Fields(value, where)
                    entry = self._entry(fields, value, date)
                    if entry is None:
                        self._report(fields, value, root, date)
                    elif entry.traces:
                        self._say(fields, entry, root)
                    else:
                        others[entry.kind] += 1
                except Malformed as error:
                    self.skipped.append(Skipped(context=where, reason=str(error)))
        if others:
            self.skipped.append(Skipped(context=f"{path} ({root})", reason=_counted(others)))

    def _entry(self, fields: Fields, value: object, date: datetime | None) -> MispEntry | None:
        """Return the entry; None for a package report, which is read in its own way."""
        if "Attribute" not in fields and "type" in fields:
            return attribute_entry(fields, self.latest, date)
        if fields.optional_text("name") == TEMPLATE:
            return None
        return object_entry(fields, _members(value, fields.path), self.latest, date)

    def _report(self, fields: Fields, value: object, root: str, date: datetime | None) -> None:
        """A report is what calls the package malicious; MISP's texts have no `to_ids`."""
        members = _members(value, fields.path)
        live = [m for m in members if not flag(m, "deleted")]
        entry = object_entry(fields, members, self.latest, date)
        report = package_report(live or members, fields.path)
        gone = entry.deleted or report.withdrawn
        self._add(fields, report.subjects, Claim.MALICIOUS, entry, report.cited or root, gone=gone)

    def _say(self, fields: Fields, entry: MispEntry, root: str) -> None:
        named = indicated_files(entry.traces, fields.path)
        sure = entry.detected and not named.in_passing
        claim = Claim.MALICIOUS if sure else Claim.SUSPICIOUS
        self._add(fields, named.subjects, claim, entry, root, gone=entry.deleted)
        if named.lost is not None:
            self.skipped.append(Skipped(context=fields.path, reason=named.lost))

    def _add(  # noqa: PLR0913 - the parts of an assertion
        self,
        fields: Fields,
        subjects: Sequence[Subject],
        claim: Claim,
        entry: MispEntry,
        root: str,
        *,
        gone: bool,
    ) -> None:
        record_id = f"misp:{uuid_of(fields)}"
        for subject in subjects:
            assertion = Assertion(
                feed=self.feed,
                record_id=record_id,
                subject=subject,
                claim=claim,
                valid_from=entry.valid_from,
                observed_at=entry.observed_at,
                root_source=root,
                retracted_at=entry.observed_at if gone else None,
            )
            self.said.add(assertion, record_id)


def _members(value: object, path: str) -> list[Fields]:
    attributes = items(member(value, "Attribute"))
    return [Fields(each, f"{path}.Attribute[{n}]") for n, each in enumerate(attributes)]


def _events(value: object) -> Iterator[object]:
    """Yield the events of an export, an answer (`response`), a list, or a single event."""
    answer = member(value, "response")
    for each in items(answer) or items(value) or ((answer or value),):
        event = member(each, "Event")
        if event is not None:
            yield event
        elif member(each, "uuid") is not None and member(each, "type") is None:
            yield each


def _counted(others: Counter[str]) -> str:
    kinds = ", ".join(f"{n} {kind[:40]!a}" for kind, n in others.most_common(_MOST_KINDS))
    return f"{others.total()} entries that name no package: {kinds}"


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the feed of the path."""
    return (MispFeed(Path(context.path)),)
