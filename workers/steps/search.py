"""Find: one page of a search or of a list; its repositories become due visits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from crawler import pipeline
from crawler.hosts.interface import ListPage, PagePartMissing
from crawler.model import Query, QueryKind, Skipped
from workers.ledger import frontier, gaps, left_alone, work
from workers.ledger.schedule import TRIES
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run, Way
from workers.steps.leases import settling
from workers.steps.spacing import changed_lately, spaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.hosts.interface import Lister, Searcher, SearchPage
    from crawler.model import Repository
    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased

__all__ = [
    "ListStep",
    "Look",
    "Reading",
    "SearchStep",
    "list_item",
    "search_item",
    "search_key",
    "visit_item",
    "visit_items",
]

Reading: TypeAlias = "Callable[[str, Run], WorkKind]"
"""How a repository of a host is read in a run: READ or VISIT; what lists it may be another host."""


def search_key(host: str, query: Query, cursor: str | None = None) -> str:
    """Return what tells the work of asking one page of `query` from all other."""
    return "|".join((host, query.kind, query.text, query.narrow, cursor or ""))


def search_item(
    host: str, query: Query, run: Run, now: datetime, cursor: str | None = None
) -> WorkItem:
    """Return the work of asking one page of `query`; a run asks the same page only once."""
    return WorkItem(
        kind=WorkKind.SEARCH,
        key=search_key(host, query, cursor),
        host=host,
        due_at=now,
        payload=run.payload()
        | {
            "kind": query.kind.value,
            "text": query.text,
            "narrow": query.narrow,
            "cursor": cursor,
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a list of a host, from its first page to the last."""

    name: str = ""
    """Tells its pages from those of another look; empty: a whole list, asked for by a person."""
    way: Way = Way.LIST
    owner: str = ""
    """Whose repositories; empty: those of all."""

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Look:
        """Read the look out of the payload of a page."""
        return cls(
            name=str(payload.get("look", "")),
            way=Way(payload.get("way", Way.LIST)),
            owner=str(payload.get("owner", "")),
        )

    def payload(self) -> dict[str, Any]:
        """Return what goes into a payload."""
        return {"look": self.name, "way": self.way.value, "owner": self.owner}


def list_item(
    host: str, run: Run, now: datetime, cursor: str | None = None, look: Look | None = None
) -> WorkItem:
    """Return the work of asking one page of a host's list of repositories; `look` None: all of it."""
    look = look or Look()
    return WorkItem(
        kind=WorkKind.LIST,
        key="|".join((host, *([look.name] if look.name else []), cursor or "")),
        host=host,
        due_at=now,
        payload=run.payload() | look.payload() | {"cursor": cursor},
    )


def visit_item(
    kind: WorkKind, repository_id: int, host: str, run: Run, due_at: datetime
) -> WorkItem:
    """Return the visit of a repository, READ or VISIT, at `due_at`."""
    key = str(repository_id)
    return WorkItem(kind=kind, key=key, host=host, due_at=due_at, payload=run.payload())


def visit_items(  # noqa: PLR0913, PLR0917 - what was found, how it is read, for whom
    conn: Connection,
    repositories: Sequence[Repository],
    reading: Reading,
    run: Run,
    now: datetime,
    way: Way,
) -> list[WorkItem]:
    """Save `repositories`, which `way` led to, and return their visits; `reading` says which kind.

    Whoever asked to be left alone is not among them. Private ones, as this or an earlier answer of their host
    said, are read in their own way.
    """
    wanted = left_alone.without(conn, repositories)
    ids = frontier.save(conn, wanted, now, way)
    private = frontier.private_among(conn, ids)
    return [
        visit_item(WorkKind.PRIVATE if i in private else reading(r.host, run), i, r.host, run, now)
        for i, r in zip(ids, wanted, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStep:
    """Everything that a search of one host needs."""

    ledger: Ledger
    host: Searcher
    name: str
    reading: Reading
    clock: Callable[[], datetime]
    scale: float = 1.0

    def search(self, leased: Iterable[Leased]) -> None:
        """Ask the page of each item, in turn: hosts want requests of one identity in series."""
        for item in leased:
            with settling(self.ledger, item, self.clock):
                query = Query(
                    kind=QueryKind(item.payload["kind"]),
                    text=item.payload["text"],
                    narrow=item.payload["narrow"],
                )
                page = self._ask(query, item.payload["cursor"])
                self.ledger.transaction(partial(self._save, item, query, page))

    def _ask(self, query: Query, cursor: str | None) -> SearchPage:
        return pipeline.search(self.host, query, cursor)

    def _save(self, item: Leased, query: Query, page: SearchPage, conn: Connection) -> None:
        now = self.clock()
        if not work.finish(conn, item.id, item.fence, now):
            return
        paths = defaultdict(set)
        for hit in page.hits:
            paths[hit.repository].add(hit.path)
        run = Run.from_payload(item.payload)
        wanted = left_alone.without(conn, list(paths))
        found = visit_items(conn, wanted, self.reading, run, now, Way.SEARCH)
        for visit, repository in zip(found, wanted, strict=True):
            for path in sorted(paths[repository]):
                frontier.add_hint(conn, int(visit.key), path, now)
        found = spaced(conn, found, run, now, self.scale)
        more = [search_item(self.name, q, run, now) for q in page.narrower]
        if page.next_cursor is not None:
            more.append(search_item(self.name, query, run, now, page.next_cursor))
        work.offer(conn, [*found, *more], now)
        gaps.note(conn, WorkKind.SEARCH, item.key, page.skipped, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStep:
    """Everything that listing one host needs."""

    ledger: Ledger
    host: Lister
    name: str
    reading: Reading
    clock: Callable[[], datetime]
    scale: float = 1.0

    def list(self, leased: Iterable[Leased]) -> None:
        """Ask the page of each item."""
        for item in leased:
            with settling(self.ledger, item, self.clock):
                page = self._page(item)
                self.ledger.transaction(partial(self._save, item, page))

    def _page(self, item: Leased) -> ListPage:
        """Ask; a part of the list that never comes is left out at the last try, and said."""
        try:
            return self.host.list(item.payload["cursor"])
        except PagePartMissing as error:
            if item.attempts + 1 < TRIES:
                raise
            unread = Skipped(context=item.payload["cursor"] or "the first part", reason=str(error))
            return ListPage(repositories=(), next_cursor=error.following, skipped=(unread,))

    def _save(self, item: Leased, page: ListPage, conn: Connection) -> None:
        now = self.clock()
        if not work.finish(conn, item.id, item.fence, now):
            return
        run, look = Run.from_payload(item.payload), Look.from_payload(item.payload)
        found = visit_items(conn, page.repositories, self.reading, run, now, look.way)
        if run.watch:
            found = changed_lately(conn, found, page.repositories, now, self.scale)
        if page.next_cursor is not None:
            found.append(list_item(self.name, run, now, page.next_cursor, look))
        work.offer(conn, found, now)
        gaps.note(conn, WorkKind.LIST, item.key, page.skipped, now)
