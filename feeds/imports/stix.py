"""Bundles of STIX 2.1 as a feed: a file, or a directory of bundles.

One record an object, under its STIX id. Plain JSON is read, whatever wrote it. An observable alone says
nothing: it counts where a malware object has it as a sample, or where an indicator's pattern names it.
Only what names a distribution or a release becomes an assertion (see `feeds.imports.traces`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from crawler.errors import FeedError, Malformed
from crawler.fields import Fields
from crawler.model import Assertion, Claim, Skipped
from feeds.imports.stix_bundle import Bundle, StixObject, read_bundles
from feeds.imports.stix_traces import calls_malicious, traces_of
from feeds.imports.traces import IndicatedFiles, indicated_files
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest
from feeds.json_documents import documents_of
from feeds.whole_content import NewestWins, WholeContent, pages_of

__all__ = ["StixFeed", "feeds"]

_CLOCK_SKEW = timedelta(days=2)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_REFERENCE = 2000
_MOST_KINDS = 20
_ABOUT_OTHERS = frozenset({"identity", "relationship", "marking-definition", "bundle"})


class StixFeed:
    """Feed `stix:<path>`."""

    def __init__(self, path: Path) -> None:
        """Read `path`, a file or a directory of bundles."""
        self._path = path
        self.name = f"stix:{path}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield the records, 1,000 a page; nothing where all is unchanged. See `Feed.poll`."""
        documents = documents_of(self._path, self.name)
        reader, bundles = _Reader(feed=self.name, latest=request.now + _CLOCK_SKEW), 0
        for document in documents:
            for bundle in read_bundles(document):
                bundles += 1
                reader.read(bundle)
        if not bundles:
            msg = f"{self.name}: no STIX bundle in it; export the report as STIX 2.1 JSON"
            raise FeedError(msg)
        content = WholeContent(
            sha256=documents.sha256,
            records=reader.said.records(),
            skipped=(*documents.skipped, *reader.skipped),
        )
        yield from pages_of(self.name, content, request)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Collects what bundles say."""

    feed: str
    latest: datetime
    said: NewestWins = field(default_factory=NewestWins)
    skipped: list[Skipped] = field(default_factory=list)

    def read(self, bundle: Bundle) -> None:
        self.skipped += bundle.skipped
        others = Counter[str]()
        for found in bundle.objects.values():
            try:
                self._object(found, bundle, others)
            except Malformed as error:
                reason = str(error)
                self.skipped.append(
                    Skipped(context=f"{found.fields.path} {found.id}", reason=reason)
                )
        if others:
            kinds = ", ".join(f"{n} {kind[:40]!a}" for kind, n in others.most_common(_MOST_KINDS))
            reason = f"{others.total()} objects that name no package: {kinds}"
            self.skipped.append(Skipped(context="bundle", reason=reason))

    def _object(self, found: StixObject, bundle: Bundle, others: Counter[str]) -> None:
        if found.type in _ABOUT_OTHERS:
            return
        alternatives = [t for t in traces_of(found) if t.traces]
        if not alternatives:
            others[found.type] += 1
            return
        judges = _judges(found, bundle)
        if not judges:
            msg = f"{found.fields.path}: nothing in the bundle calls it malicious"
            raise Malformed(msg)
        for alternative in alternatives:
            try:
                named = indicated_files(alternative.traces, found.fields.path)
            except Malformed as error:
                self.skipped.append(Skipped(context=found.id, reason=str(error)))
                continue
            self._say(found, named, judges, joined=alternative.joined)

    def _say(
        self, found: StixObject, named: IndicatedFiles, judges: Sequence[_Judge], *, joined: bool
    ) -> None:
        if named.lost is not None:
            self.skipped.append(Skipped(context=found.id, reason=named.lost))
        for judge in judges:
            sure = judge.sure and not joined and not named.in_passing
            valid_from, observed_at = self._dates(judge.by.fields)
            for subject in named.subjects:
                assertion = Assertion(
                    feed=self.feed,
                    record_id=found.id,
                    subject=subject,
                    claim=Claim.MALICIOUS if sure else Claim.SUSPICIOUS,
                    valid_from=valid_from,
                    observed_at=observed_at,
                    root_source=judge.by.root,
                    reference=_reference(judge.by.fields),
                    retracted_at=observed_at if judge.by.revoked else None,
                )
                self.said.add(assertion, judge.by.id)

    def _dates(self, fields: Fields) -> tuple[datetime, datetime]:
        created = fields.when("created")
        valid_from = fields.when("valid_from") or fields.when("first_seen") or created
        observed_at = fields.when("modified") or created or valid_from
        if valid_from is None or observed_at is None:
            msg = f"{fields.path}: an object without dates"
            raise Malformed(msg)
        for when in (valid_from, observed_at):
            if not _EARLIEST <= when <= self.latest:
                msg = f"{fields.path}: {when.date()} is years off"
                raise Malformed(msg)
        return valid_from, max(valid_from, observed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """Whose word it is, and how sure."""

    by: StixObject
    sure: bool


def _judges(found: StixObject, bundle: Bundle) -> Sequence[_Judge]:
    if found.type == "indicator":
        return [_Judge(by=found, sure=calls_malicious(found, bundle.indicating))]
    if found.type == "malware":
        return [_Judge(by=found, sure=True)]
    return [_Judge(by=j.by, sure=j.sure) for j in bundle.judgements.get(found.id, ())]


def _reference(fields: Fields) -> str | None:
    """Return the first https address among the external references that is fit to be shown."""
    for each in fields.children("external_references"):
        url = each.optional_text("url")
        if url is None or not url.isascii() or not url.isprintable() or " " in url:
            continue
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        fit = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc
        if fit and len(url) <= _LONGEST_REFERENCE:
            return url
    return None


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the feed of the path."""
    return (StixFeed(Path(context.path)),)
