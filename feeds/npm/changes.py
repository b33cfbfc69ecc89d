"""What an npm registry says of the projects that change: listed, a version removed, all of it gone.

The changes since the cursor are listed (10,000 rows a request), and of a project that is watched, or that
was deleted, the packument is asked, once a listing and at most 500 times a poll: what is left waits for the
next one. Tarballs are never fetched. A change says that the packument is another one, so no ETag is sent;
a digest of what it claims is kept, and claims that are the same make no second record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus

from crawler.errors import GiveUp, Malformed
from crawler.model import Ecosystem, ProjectKey, Record, Skipped
from crawler.net import Http, HttpLimits
from feeds.asking import ask_each
from feeds.guards import refuse_html, refuse_loss
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest, configured
from feeds.npm.cursor import KnownPackage, NpmCursor, Seq
from feeds.npm.packument import PackumentReading, gone, read_packument
from feeds.npm.registry import npm_changes_url, npm_project, packument_url
from feeds.npm.wire import ChangesClient, PackageChange

__all__ = ["NpmChanges", "feeds"]

_LIMITS = HttpLimits(total_seconds=120.0, max_bytes=50 * 1024 * 1024)
_ROWS = 10_000
_MOST_LISTINGS = 50
_MOST_ASKED = 500
_BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A stretch of changes: those that are asked about, and the sequence that is done with them."""

    wanted: tuple[tuple[PackageChange, ProjectKey], ...]
    seq: Seq
    skipped: tuple[Skipped, ...] = ()
    again: bool = False
    """Whether the last poll has asked the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The outcome of one question; no `known` where the answer could not be understood."""

    change: PackageChange
    known: KnownPackage | None = None
    record: Record | None = None
    stale: bool = False
    """Whether the answer is older than the change that made us ask."""
    surprising: bool = False
    """Whether it failed, or a project is missing that nobody called deleted."""
    skipped: tuple[Skipped, ...] = ()


class NpmChanges:
    """Feed `npm-changes`; one record a project, `npm:<name>`, restated whole at every change."""

    name = "npm-changes"

    def __init__(
        self, http: Http, changes_url: str, registry_url: str, *, rows: int = _ROWS
    ) -> None:
        """Read `<changes_url>` (`.../_changes`), `rows` at a time, and packuments of `registry_url`."""
        self._http, self._registry_url = http, registry_url
        self._client = ChangesClient(http, changes_url, self.name, rows)

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield what changed since the cursor; see `feeds.interface.Feed.poll`.

        The first poll only takes down where the changes stand now: what was removed before is told by
        the feeds that know why.
        """
        if request.cursor is None:
            yield FeedPage(records=(), cursor=NpmCursor(since=self._client.newest()).to_payload())
            return
        cursor = NpmCursor.from_payload(request.cursor, self.name)
        most = _MOST_ASKED
        for step in self._steps(cursor, _names(request.watched)):
            ask = partial(self._ask, known=cursor.known, now=request.now)
            asked, broken_off = ask_each(step.wanted[:most], ask)
            self._refuse_surprises(asked, again=step.again, accept=request.accept_change)
            most -= len(asked)
            whole = len(asked) == len(step.wanted)
            if whole or asked:
                seq = step.seq if whole else asked[-1].change.seq
                cursor = _learned(cursor, asked, seq)
                yield _page(asked, cursor, step.skipped)
            if broken_off is not None:
                raise broken_off
            if most <= 0:
                return

    def _steps(self, cursor: NpmCursor, watched: Collection[str]) -> Iterator[_Step]:
        """Yield what to ask: first what the last poll got from a cache or not at all, then what changed."""
        again = [PackageChange(seq=cursor.since, id=name) for name in cursor.again[:_BATCH]]
        if again:
            yield replace(_step(again, cursor.since), again=True)
        since = cursor.since
        for _ in range(_MOST_LISTINGS):
            listing = self._client.since(since)
            newest = {change.id: change for change in listing.changes}
            wanted = [
                change
                for change in listing.changes
                if (change.deleted or change.id in watched) and change is newest[change.id]
            ]
            for start in range(0, max(len(wanted), 1), _BATCH):
                batch = wanted[start : start + _BATCH]
                if start + _BATCH < len(wanted):
                    yield _step(batch, batch[-1].seq)
                elif listing.changes:
                    yield _step(batch, listing.last, listing.skipped)
            if not listing.more:
                return
            since = listing.last

    def _ask(
        self,
        wanted: tuple[PackageChange, ProjectKey],
        *,
        known: Mapping[str, KnownPackage],
        now: datetime,
    ) -> _Asked:
        (change, project), before = wanted, known.get(wanted[1].name)
        url = packument_url(self._registry_url, project)
        # The sequence says that this is later than what was learned last, whatever our clock does.
        at = now if before is None else max(now, before.checked)
        try:
            return self._understood(change, project, url, before, at)
        except GiveUp as error:
            skipped = Skipped(context=url, reason=str(error))
            return _Asked(change=change, surprising=True, skipped=(skipped,))

    def _understood(
        self,
        change: PackageChange,
        project: ProjectKey,
        url: str,
        known: KnownPackage | None,
        now: datetime,
    ) -> _Asked:
        headers = {"accept": "application/json"}
        answer = self._http.request("GET", url, headers=headers, limits=_LIMITS)
        missing = answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
        if missing:
            reading = gone(self.name, project, url, known, now)
        else:
            body = answer.raise_for_status().body
            if answer.status == HTTPStatus.NOT_MODIFIED:
                msg = f"{url} answered 304 although nothing was asked"
                raise Malformed(msg)
            refuse_html(self.name, url, body)
            reading = read_packument(self.name, project, url, body, known, now)
        same = known is not None and known.fingerprint == reading.known.fingerprint
        return _Asked(
            change=change,
            known=reading.known,
            record=None if same else reading.record,
            stale=_is_stale(change, reading),
            surprising=missing and not change.deleted and not same,
            skipped=reading.skipped,
        )

    def _refuse_surprises(self, asked: Sequence[_Asked], *, again: bool, accept: bool) -> None:
        """Refuse a batch in which more than 10 % of the packuments are missing or unreadable.

        What was unreadable before, and is so `again`, surprises nobody: it must not stop the feed.
        """
        lost = sum(each.surprising and not (again and each.known is None) for each in asked)
        what = "changed projects are missing or unreadable"
        refuse_loss(self.name, what, lost=lost, of=len(asked), accept=accept)


def _is_stale(change: PackageChange, reading: PackumentReading) -> bool:
    """Say whether the packument is of an earlier generation than the change tells of."""
    told, wanted = reading.revision, change.revision
    return told is not None and wanted is not None and told < wanted


def _names(watched: Collection[ProjectKey]) -> frozenset[str]:
    return frozenset(p.name for p in watched if p.ecosystem is Ecosystem.NPM)


def _step(changes: Sequence[PackageChange], seq: Seq, unread: Sequence[Skipped] = ()) -> _Step:
    """Return the step of `changes`; ids that are no names of packages are left out, and said."""
    wanted, skipped = list[tuple[PackageChange, ProjectKey]](), list(unread)
    for change in changes:
        project = npm_project(change.id)
        if project is not None:
            wanted.append((change, project))
        elif not change.id.startswith("_design/"):
            reason = f"invalid project name {change.id[:60]!a}"
            skipped.append(Skipped(context=f"change {str(change.seq)[:40]!a}", reason=reason))
    return _Step(wanted=tuple(wanted), seq=seq, skipped=tuple(skipped))


def _learned(cursor: NpmCursor, asked: Sequence[_Asked], seq: Seq) -> NpmCursor:
    """Return the cursor after `asked`; what could not be understood is asked again, as the last."""
    known = {a.change.id: a.known for a in asked if a.known is not None}
    done = {a.change.id for a in asked}
    unsettled = [a.change.id for a in asked if a.stale or a.known is None]
    waiting = [name for name in cursor.again if name not in done]
    again = tuple(dict.fromkeys((*waiting, *unsettled)))
    return NpmCursor(since=seq, known={**cursor.known, **known}, again=again)


def _page(asked: Sequence[_Asked], cursor: NpmCursor, skipped: Sequence[Skipped]) -> FeedPage:
    return FeedPage(
        records=tuple(a.record for a in asked if a.record is not None),
        cursor=cursor.to_payload(),
        skipped=(*skipped, *(s for a in asked for s in a.skipped)),
    )


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the feed; raises ConfigurationError where the address of the changes cannot be derived."""
    url = configured(context.npm_url, "registries.npm.index_url")
    changes_url = context.settings["npm_changes_url"] or npm_changes_url(url)
    return (NpmChanges(context.http, changes_url, url),)
