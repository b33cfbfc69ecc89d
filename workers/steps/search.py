"""Find: one page of a search or of a list; its repositories become due visits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from crawler import pipeline
from crawler.hosts.interface import ListPage, PagePartMissing
from crawler.model import Branches, Query, QueryKind, Skipped
from workers.ledger import frontier, gaps, verdicts, visits, work
from workers.ledger.schedule import ABSOLUTE_COOLDOWN, TRIES
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Run
from workers.steps.judging import PARSER_VERSION
from workers.steps.leases import settling
from workers.steps.lock_digests import files_from_locks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.hosts.interface import Lister, Searcher, SearchPage
    from crawler.model import Ecosystem, ProjectKey, Registry, Repository
    from workers.ledger.ledger import Ledger
    from workers.ledger.work_items import Leased

__all__ = [
    "ListStep",
    "Reading",
    "SearchStep",
    "list_item",
    "search_item",
    "searches_for",
    "visit_item",
    "visit_items",
]

Reading: TypeAlias = "Callable[[str, Run], WorkKind]"
"""How a repository of a host is read in a run: READ or VISIT; what lists it may be another host."""


def search_item(
    host: str, query: Query, run: Run, now: datetime, cursor: str | None = None
) -> WorkItem:
    """Return the work of asking one page of `query`; a run asks the same page only once."""
    return WorkItem(
        kind=WorkKind.SEARCH,
        key="|".join((host, query.kind, query.text, query.narrow, cursor or "")),
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


def searches_for(  # noqa: PLR0913, PLR0917 - what is known, where to look, for whom
    conn: Connection,
    projects: Collection[ProjectKey],
    hosts: Iterable[str],
    registries: Mapping[Ecosystem, Registry],
    run: Run,
    now: datetime,
) -> list[WorkItem]:
    """Return the searches that the verdicts on `projects` call for, on each of `hosts`."""
    judged = [v for of_one in verdicts.of_projects(conn, projects).values() for v in of_one]
    targets = pipeline.plan(judged, files_from_locks(conn, judged, registries))
    queries = dict.fromkeys(q for target in targets for q in target.queries)
    return [search_item(host, query, run, now) for host in hosts for query in queries]


def list_item(host: str, run: Run, now: datetime, cursor: str | None = None) -> WorkItem:
    """Return the work of asking one page of a host's list of repositories."""
    return WorkItem(
        kind=WorkKind.LIST,
        key=f"{host}|{cursor or ''}",
        host=host,
        due_at=now,
        payload=run.payload() | {"cursor": cursor},
    )


def visit_item(
    kind: WorkKind, repository_id: int, host: str, run: Run, due_at: datetime
) -> WorkItem:
    """Return the visit of a repository, READ or VISIT, at `due_at`."""
    key = str(repository_id)
    return WorkItem(kind=kind, key=key, host=host, due_at=due_at, payload=run.payload())


def visit_items(
    conn: Connection, repositories: Sequence[Repository], reading: Reading, run: Run, now: datetime
) -> list[WorkItem]:
    """Save `repositories` and return the visits that they are due for; `reading` says which kind."""
    ids = frontier.save(conn, repositories, now)
    return [
        visit_item(reading(r.host, run), i, r.host, run, now)
        for i, r in zip(ids, repositories, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchStep:
    """Everything that a search of one host needs."""

    ledger: Ledger
    host: Searcher
    name: str
    reading: Reading
    clock: Callable[[], datetime]

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
        found = visit_items(conn, list(paths), self.reading, run, now)
        for visit, named in zip(found, paths.values(), strict=True):
            for path in sorted(named):
                frontier.add_hint(conn, int(visit.key), path, now)
        found = _spaced(conn, found, run, now)
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
        run = Run.from_payload(item.payload)
        found = visit_items(conn, page.repositories, self.reading, run, now)
        if page.next_cursor is not None:
            found.append(list_item(self.name, run, now, page.next_cursor))
        work.offer(conn, found, now)
        gaps.note(conn, WorkKind.LIST, item.key, page.skipped, now)


def _spaced(conn: Connection, found: Sequence[WorkItem], run: Run, now: datetime) -> list[WorkItem]:
    """Let what was read lately rest: many searches of a run find the same files again."""
    if run.branches is not Branches.DEFAULT:
        return list(found)
    read = visits.last_read(
        conn,
        [int(one.key) for one in found],
        root_only=run.root_only or all(one.kind is WorkKind.READ for one in found),
        parser_version=PARSER_VERSION,
    )
    rested = {str(key): at + ABSOLUTE_COOLDOWN for key, at in read.items()}
    return [replace(one, due_at=max(now, rested.get(one.key, now))) for one in found]
