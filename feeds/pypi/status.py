"""What the Python index says of the watched projects now: listed, quarantined, or gone.

One conditional request a project. A 404 is a removal and never malice. The files that are listed are
kept with their digests: they are the identity of the good files, and of the bad ones once they vanish.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from pypi_simple import ProjectPage, ProjectStatus

from crawler.errors import FeedError, GiveUp, Malformed, Refused
from crawler.model import Ecosystem, ProjectKey, Record, Skipped
from crawler.net import Answer, Http
from feeds.asking import ask_each
from feeds.guards import expect_ok, refuse_html, refuse_loss
from feeds.interface import FeedPage, PollRequest
from feeds.pypi.cursors import KnownPage, PageState, StatusCursor, feed_of
from feeds.pypi.status_page import gone_record, html_page_of, marker_of, page_of, read_project_page

__all__ = ["PypiStatus"]

_ACCEPT = "application/vnd.pypi.simple.v1+json"
_HTML = "text/html"
_BATCH = 100
_LONGEST_ETAG = 200
_RECHECK_GONE = timedelta(days=7)
"""A name that comes back is told by the journal at once; asking about the dead is rarely worth it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The outcome of one question; no `known` where the answer could not be understood."""

    name: str
    known: KnownPage | None = None
    record: Record | None = None
    file_hosts: frozenset[str] = frozenset()
    skipped: tuple[Skipped, ...] = ()


class PypiStatus:
    """Feed `pypi-status`; one record a project, `status:<name>`, restated whole at every change."""

    def __init__(
        self, http: Http, index_url: str, *, registry: str = "", reads_html: bool = False
    ) -> None:
        """Ask the Simple API at `index_url`, which ends with a slash, about projects of `registry`.

        `reads_html` takes its HTML form as well, which many indexes alone have.
        """
        self._reads_html = reads_html
        self.name = feed_of(registry)
        self._http, self._registry = http, registry
        self._index_url = index_url.rstrip("/") + "/"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield the state of the watched projects that changed; see `feeds.interface.Feed.poll`.

        An interrupted round goes on after the last saved page; projects that were gone are asked
        again after a week.
        """
        cursor = StatusCursor.of(request.cursor, self.name, StatusCursor(known={}))
        due = _due(request, cursor, self._registry)
        if not due and cursor.done:
            cursor = replace(cursor, done="")
            due = _due(request, cursor, self._registry)
        for start in range(0, len(due), _BATCH):
            ask = partial(self._ask, known=cursor.known, now=request.now)
            asked, broken_off = ask_each(due[start : start + _BATCH], ask)
            _refuse_vanishing(self.name, cursor, asked, accept=request.accept_change)
            last = start + _BATCH >= len(due) and broken_off is None
            if asked:
                cursor = _learned(cursor, asked, done="" if last else asked[-1].name)
                yield _page(asked, cursor, len(due))
            if broken_off is not None:
                raise broken_off

    def _ask(self, project: ProjectKey, *, known: Mapping[str, KnownPage], now: datetime) -> _Asked:
        url = f"{self._index_url}{project.name}/"
        before = known.get(project.name)
        headers = {"accept": f"{_ACCEPT}, {_HTML};q=0.1" if self._reads_html else _ACCEPT}
        if before is not None and before.etag is not None:
            headers["if-none-match"] = before.etag
        try:
            answer = self._http.request("GET", url, headers=headers)
            return self._understood(project, before, answer, now)
        except Refused as error:
            msg = f"{self.name}: {error}; check the URL of the index in the configuration"
            raise FeedError(msg) from error
        except GiveUp as error:
            return _Asked(name=project.name, skipped=(Skipped(context=url, reason=str(error)),))

    def _understood(
        self, project: ProjectKey, known: KnownPage | None, answer: Answer, now: datetime
    ) -> _Asked:
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return self._gone(project, known, answer.url, now)
        body = expect_ok(self.name, answer).body
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return _unchanged(project, known, answer, now)
        page = self._page(project, answer, body)
        quarantined = page.status is ProjectStatus.QUARANTINED
        state = PageState.QUARANTINED if quarantined else PageState.LISTED
        since = _since(known, state, now)
        marker = marker_of(page) or ""
        marked = known.marked if known is not None and known.marker == marker else None
        marked = marked or now
        reading = read_project_page(
            self.name, project, answer.url, page, since=since, marked=marked, now=now
        )
        return _Asked(
            name=project.name,
            known=KnownPage(
                state=state,
                since=since,
                checked=now,
                etag=_etag(answer),
                marker=marker,
                marked=marked if marker else None,
            ),
            record=reading.record,
            file_hosts=reading.file_hosts,
            skipped=reading.skipped,
        )

    def _page(self, project: ProjectKey, answer: Answer, body: bytes) -> ProjectPage:
        stated = answer.headers.get("content-type", "")
        if self._reads_html and stated.startswith(_HTML):
            return html_page_of(body, answer.url, project)
        refuse_html(self.name, answer.url, body)
        if _ACCEPT not in stated:
            msg = f"{self.name}: {answer.url} does not speak the JSON form of the Simple API"
            raise FeedError(msg)
        return page_of(body, answer.url, project)

    def _gone(
        self, project: ProjectKey, known: KnownPage | None, url: str, now: datetime
    ) -> _Asked:
        since = _since(known, PageState.GONE, now)
        new = known is None or known.state is not PageState.GONE
        return _Asked(
            name=project.name,
            known=KnownPage(state=PageState.GONE, since=since, checked=now, etag=None),
            record=gone_record(self.name, project, url, since=since, now=now) if new else None,
        )


def _page(asked: Sequence[_Asked], cursor: StatusCursor, total: int) -> FeedPage:
    return FeedPage(
        records=tuple(a.record for a in asked if a.record is not None),
        cursor=cursor.to_payload(),
        skipped=tuple(s for a in asked for s in a.skipped),
        total=total,
    )


def _etag(answer: Answer) -> str | None:
    etag = answer.headers.get("etag", "")
    usable = 0 < len(etag) <= _LONGEST_ETAG and etag.isprintable() and etag.isascii()
    return etag if usable else None


def _unchanged(
    project: ProjectKey, known: KnownPage | None, answer: Answer, now: datetime
) -> _Asked:
    if known is None or known.etag is None:
        msg = f"{answer.url} answered 304 although nothing was known"
        raise Malformed(msg)
    return _Asked(name=project.name, known=replace(known, checked=now))


def _since(known: KnownPage | None, state: PageState, now: datetime) -> datetime:
    return known.since if known is not None and known.state is state else now


def _due(request: PollRequest, cursor: StatusCursor, registry: str) -> Sequence[ProjectKey]:
    def is_due(project: ProjectKey) -> bool:
        known = cursor.known.get(project.name)
        waits = known is not None and known.state is PageState.GONE
        return not waits or (known is not None and request.now - known.checked >= _RECHECK_GONE)

    of_index = (Ecosystem.PYPI, registry)
    watched = sorted({p for p in request.watched if (p.ecosystem, p.registry) == of_index})
    return [project for project in watched if project.name > cursor.done and is_due(project)]


def _refuse_vanishing(
    feed: str, cursor: StatusCursor, asked: Sequence[_Asked], *, accept: bool
) -> None:
    """Refuse a batch in which more than 10 % of the listed projects are suddenly 404."""
    before = [a for a in asked if _was_listed(cursor, a.name)]
    lost = sum(a.known is not None and a.known.state is PageState.GONE for a in before)
    what = "listed projects are suddenly gone"
    refuse_loss(feed, what, lost=lost, of=len(before), accept=accept)


def _was_listed(cursor: StatusCursor, name: str) -> bool:
    known = cursor.known.get(name)
    return known is not None and known.state is PageState.LISTED


def _learned(cursor: StatusCursor, asked: Sequence[_Asked], done: str) -> StatusCursor:
    new = {a.name: a.known for a in asked if a.known is not None}
    hosts = cursor.file_hosts.union(*(a.file_hosts for a in asked))
    return StatusCursor(known={**cursor.known, **new}, done=done, file_hosts=hosts)
