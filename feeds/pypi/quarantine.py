"""Projects that the Python index has and does not list: in quarantine, or changed within the hour.

The XML-RPC list has every project, the Simple API leaves out those in quarantine (warehouse,
`packaging/utils.py` and `docs/user/api/xml-rpc`). Both are cached, so a name in the difference is a
question and no answer: only the project's own page (PEP 792) says that it is quarantined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from pypi_simple import ProjectStatus

from crawler.errors import Defer, FeedError, GiveUp, Refused, Retry
from crawler.model import (
    Assertion,
    Claim,
    Ecosystem,
    ProjectKey,
    Record,
    Skipped,
    Subject,
    normalize_name,
)
from crawler.net import Http
from feeds.asking import ask_each
from feeds.guards import expect_ok, refuse_html, refuse_shrink
from feeds.interface import FeedPage, PollRequest
from feeds.pypi.cursors import KnownPage, PageState, QuarantineCursor, feed_of
from feeds.pypi.package_lists import PackageLists
from feeds.pypi.status_page import ROOT_SOURCE, page_of

__all__ = ["PypiQuarantine"]

_ACCEPT = "application/vnd.pypi.simple.v1+json"
_EVERY = timedelta(hours=24)
_BATCH = 100
_MOST_QUESTIONS = 2000
"""Of one poll; what is more waits for the next one."""
_MOST_ACCEPTED = 20_000
_MOST_NAMES = 2_000_000
_FEW = 100
"""So many names in one list only are believed, however small the index is."""
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """What the comparison of the two lists cursor."""

    total: int
    hidden: frozenset[str]
    """In the XML-RPC list only."""
    foreign: int
    """How many are in the Simple list only."""
    listed: frozenset[str]
    """Those of the known projects that the Simple list has."""
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The outcome of one question; without `answered` nothing was learned."""

    name: str
    answered: bool = False
    known: KnownPage | None = None
    record: Record | None = None
    skipped: tuple[Skipped, ...] = ()


class PypiQuarantine:
    """Feed `pypi-quarantine`; one record a project, `quarantine:<name>`, restated at every change."""

    def __init__(self, http: Http, journal_url: str, index_url: str, *, registry: str = "") -> None:
        """Compare the list of the XML-RPC endpoint with that of the Simple API, both of `registry`."""
        self.name = feed_of(registry, "quarantine")
        self._http, self._registry = http, registry
        self._index_url = index_url.rstrip("/") + "/"
        self._lists = PackageLists(http, journal_url, self._index_url, self.name)

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield what changed; see `feeds.interface.Feed.poll`.

        The lists are asked for once in 24 hours, at most 2,000 pages a poll. A poll in between goes
        on with the questions that are left, or asks nothing at all.
        """
        first = QuarantineCursor(names=0, known={})
        cursor = QuarantineCursor.of(request.cursor, self.name, first)
        if not cursor.pending:
            if cursor.compared is not None and _is_fresh(cursor.compared, request.now):
                return
            cursor, skipped = self._compared(cursor, request)
            yield FeedPage(
                records=(), cursor=cursor.to_payload(), skipped=skipped, total=len(cursor.pending)
            )
        yield from self._confirmed(cursor, request.now)

    def _compared(
        self, cursor: QuarantineCursor, request: PollRequest
    ) -> tuple[QuarantineCursor, tuple[Skipped, ...]]:
        found = self._difference(cursor)
        refuse_shrink(
            self.name,
            "the list of packages",
            before=cursor.names,
            after=found.total,
            accept=request.accept_change,
        )
        self._refuse_foreign(found)
        self._refuse_many(found, len(found.hidden - cursor.known.keys()), request)
        quarantined = {n for n, k in cursor.known.items() if k.state is PageState.QUARANTINED}
        gone = cursor.known.keys() - quarantined
        due = (found.hidden - quarantined) | (quarantined - found.hidden) | (gone & found.listed)
        after = replace(cursor, compared=request.now, names=found.total, pending=tuple(sorted(due)))
        return after, found.skipped

    def _difference(self, cursor: QuarantineCursor) -> _Difference:
        skipped, hidden, listed, foreign = _Skips(), set[str](), set[str](), 0
        for name in _normalized("the XML-RPC list", self._lists.of_journal(), skipped):
            hidden.add(name)
            if len(hidden) > _MOST_NAMES:
                msg = f"{self.name}: more than {_MOST_NAMES} packages; nothing was changed"
                raise FeedError(msg)
        total, seen = len(hidden), 0
        for name in _normalized("the Simple list", self._lists.of_index(), skipped):
            seen += 1
            foreign += name not in hidden
            hidden.discard(name)
            if name in cursor.known:
                listed.add(name)
        if not total or not seen:
            msg = f"{self.name}: a list without packages ({total} and {seen}); is the URL right?"
            raise FeedError(msg)
        return _Difference(
            total=total,
            hidden=frozenset(hidden),
            foreign=foreign,
            listed=frozenset(listed),
            skipped=skipped.told(),
        )

    def _refuse_foreign(self, found: _Difference) -> None:
        if found.foreign > _believed(found.total):
            msg = (
                f"{self.name}: the index lists {found.foreign} packages that its XML-RPC list of "
                f"{found.total} lacks; that list is cut off or of another index. Nothing was changed"
            )
            raise FeedError(msg)

    def _refuse_many(self, found: _Difference, new: int, request: PollRequest) -> None:
        most = min(_MOST_QUESTIONS, _believed(found.total))
        if new <= (_MOST_ACCEPTED if request.accept_change else most):
            return
        msg = (
            f"{self.name}: {new} of {found.total} packages are new among those that the index does "
            "not list; one of the two lists is broken. Nothing was changed. Poll again tomorrow, or "
            "look at it and use --accept-change"
        )
        raise FeedError(msg)

    def _confirmed(self, cursor: QuarantineCursor, now: datetime) -> Iterator[FeedPage]:
        """Ask the pages that are due; a host that asks to wait keeps what it has answered."""
        total = len(cursor.pending)
        for _ in range(0, min(total, _MOST_QUESTIONS), _BATCH):
            ask = partial(self._ask, known=cursor.known, now=now)
            asked, broken_off = ask_each(
                cursor.pending[:_BATCH], ask, until=(Defer, Retry, FeedError)
            )
            if asked:
                found = {a.name: a.known for a in asked if a.answered}
                cursor = cursor.after([a.name for a in asked], found)
                yield FeedPage(
                    records=tuple(a.record for a in asked if a.record is not None),
                    cursor=cursor.to_payload(),
                    skipped=tuple(s for a in asked for s in a.skipped),
                    total=total,
                )
            if broken_off is not None:
                raise broken_off

    def _ask(self, name: str, *, known: Mapping[str, KnownPage], now: datetime) -> _Asked:
        url = f"{self._index_url}{name}/"
        try:
            return self._answer(name, url, known.get(name), now)
        except Refused as error:
            msg = f"{self.name}: {error}; check the URL of the index in the configuration"
            raise FeedError(msg) from error
        except GiveUp as error:
            return _Asked(name=name, skipped=(Skipped(context=url, reason=str(error)),))

    def _answer(self, name: str, url: str, known: KnownPage | None, now: datetime) -> _Asked:
        answer = self._http.request("GET", url, headers={"accept": _ACCEPT})
        project = ProjectKey(ecosystem=Ecosystem.PYPI, name=name, registry=self._registry)
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            return self._stated(project, url, PageState.GONE, known, now)
        body = expect_ok(self.name, answer).body
        refuse_html(self.name, url, body)
        if _ACCEPT not in answer.headers.get("content-type", ""):
            msg = f"{self.name}: {url} does not speak the JSON form of the Simple API"
            raise FeedError(msg)
        if page_of(body, url, project).status is ProjectStatus.QUARANTINED:
            return self._stated(project, url, PageState.QUARANTINED, known, now)
        if known is None:  # changed within the hour: nothing to say
            return _Asked(name=name, answered=True)
        record = self._record(project, Claim.LISTED, url, now)
        return _Asked(name=name, answered=True, record=record)

    def _stated(
        self,
        project: ProjectKey,
        url: str,
        state: PageState,
        known: KnownPage | None,
        now: datetime,
    ) -> _Asked:
        if known is not None and known.state is state:
            return _Asked(name=project.name, answered=True, known=known)
        claim = Claim.QUARANTINED if state is PageState.QUARANTINED else Claim.REMOVED
        return _Asked(
            name=project.name,
            answered=True,
            known=KnownPage(state=state, since=now, checked=now),
            record=self._record(project, claim, url, now),
        )

    def _record(self, project: ProjectKey, claim: Claim, url: str, now: datetime) -> Record:
        assertion = Assertion(
            feed=self.name,
            record_id=f"quarantine:{project.name}",
            subject=Subject(project=project),
            claim=claim,
            valid_from=now,
            observed_at=now,
            root_source=self._registry or ROOT_SOURCE,
            reference=url,
        )
        return Record(id=assertion.record_id, assertions=(assertion,))


class _Skips:
    """Names that are none: the first hundred are told one by one, the rest by their number."""

    def __init__(self) -> None:
        self._first, self._more = list[Skipped](), 0

    def add(self, where: str, name: str) -> None:
        if len(self._first) < _MOST_TOLD:
            reason = f"invalid project name {name[:60]!a}"
            self._first.append(Skipped(context=where, reason=reason))
        else:
            self._more += 1

    def told(self) -> tuple[Skipped, ...]:
        more = Skipped(context="both lists", reason=f"{self._more} more invalid project names")
        return (*self._first, more) if self._more else tuple(self._first)


def _normalized(where: str, names: Iterable[str], skipped: _Skips) -> Iterator[str]:
    for raw in names:
        name = normalize_name(Ecosystem.PYPI, raw)
        if name is None:
            skipped.add(where, raw)
        else:
            yield name


def _is_fresh(compared: datetime, now: datetime) -> bool:
    """Say whether a comparison was made within a day; one of the future tells of a wrong clock."""
    return timedelta(0) <= now - compared < _EVERY


def _believed(total: int) -> int:
    return max(_FEW, total // 100)
