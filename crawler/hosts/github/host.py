"""GitHub: code search (seed lane), the list of repositories (sweep lane), permalinks.

Blind spots of its code search, which a caller must say (GitHub docs, "Searching code"; facts/hosts.md):
default branches only, files under 384 KB only, forks only with more stars than their parent,
repositories active in the last year only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.errors import GiveUp, Refused
from crawler.hosts.github.api import GitHubApi
from crawler.hosts.github.graphql import RepositorySweep, SweepPlan
from crawler.hosts.github.neighbours import GitHubNeighbours
from crawler.hosts.github.probe import ROOT_LOCKS
from crawler.hosts.github.query import RESULT_CAP, halves, per_lock_name, search_text
from crawler.hosts.github.reader import GraphqlReader
from crawler.hosts.interface import Hit, ListPage, SearchPage
from crawler.hosts.naming import (
    checked_commit,
    checked_repository_path,
    line_fragment,
    quoted_file_path,
)
from crawler.model import Repository, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from github.ContentFile import ContentFileSearchResult

    from crawler.hosts.github.search import CodeSearch
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan, Query
    from crawler.net import Budget, Http

__all__ = ["GitHub"]

_OID = re.compile(r"[0-9a-f]{40}")
_PER_PAGE = 100


class GitHub:
    """Host, Searcher, Lister and Neighbours; `reader` gives the Reader of its GraphQL API."""

    def __init__(  # noqa: PLR0913 - a host is its settings, its wire and what to look for
        self,
        settings: HostSettings,
        http: Http,
        budget: Budget,
        clock: Callable[[], datetime],
        *,
        lock_names: Sequence[str] = ROOT_LOCKS,
        plan: SweepPlan | None = None,
    ) -> None:
        """Ask GitHub as `settings` say.

        `budget` is the one that `http` spends from; `clock` returns the time in UTC. `lock_names`
        are the locks that phrases are searched in; `plan` says which repositories a sweep lists (all
        of them by default).
        """
        self._settings = settings
        self._lock_names = tuple(lock_names)
        self._api = GitHubApi(settings, http, budget, clock)
        self._sweep = RepositorySweep(self._api, self.repository, plan or SweepPlan())
        self._neighbours = GitHubNeighbours(self._api, self.repository)

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository `owner/name` without asking; raises Refused for another shape."""
        checked = checked_repository_path(path)
        clone_url = f"{self._settings.web_url}/{checked}.git"
        return Repository(host=self._settings.name, path=checked, clone_url=clone_url)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/owner/name/blob/commit/path#L3-L5` below the web address; raises Refused."""
        owner_and_name = checked_repository_path(repository.path)
        where = f"{checked_commit(commit)}/{quoted_file_path(path)}"
        return f"{self._settings.web_url}/{owner_and_name}/blob/{where}{line_fragment(lines)}"

    def search(self, query: Query, cursor: str | None) -> SearchPage:
        """Ask for one page of 100 results; the cursor is the number of the page.

        A phrase is answered, without a request, with one narrower query per lock name. More than
        1,000 results are answered with two queries over half the file sizes each.
        Raises Defer, Retry, Refused or Unsupported (the query), ConfigurationError (the token).
        """
        from crawler.hosts.github.search import CodeSearch

        text = search_text(query)
        split = per_lock_name(query, self._lock_names)
        if split:
            return SearchPage(hits=(), next_cursor=None, narrower=split)
        number = _page_number(cursor)
        search = CodeSearch(self._api)
        results = search.page(text, number)
        hits, skipped = self._hits(results)
        return _page(query, number, search, hits, search.skipped + skipped)

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page of 100 repositories of the sweep; raises Defer or Retry.

        Their roots are not looked at; `sweep.pages` and `reader().seen` see them in the same request.
        """
        return self._sweep.page(cursor).listed

    def reader(self, extra_paths: Mapping[str, Collection[str]] | None = None) -> GraphqlReader:
        """Return the batch reader of locks at the root, and at `extra_paths` (repository -> paths)."""
        return GraphqlReader(self._api, self.repository, extra_paths=extra_paths or {})

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 forks, the newest first; see `GitHubNeighbours.forks`."""
        return self._neighbours.forks(repository, cursor)

    def of_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 repositories of the owner; see `GitHubNeighbours.of_owner`."""
        return self._neighbours.of_owner(repository, cursor)

    @property
    def sweep(self) -> RepositorySweep:
        """The sweep lane, with the ids of all root locks, which `list` leaves out."""
        return self._sweep

    def _hits(
        self, results: Sequence[ContentFileSearchResult]
    ) -> tuple[tuple[Hit, ...], tuple[Skipped, ...]]:
        hits: list[Hit] = []
        skipped: list[Skipped] = []
        for result in results:
            try:
                hits.append(self._hit(result))
            except GiveUp as error:
                skipped.append(Skipped(context="search result", reason=str(error)))
        return tuple(hits), tuple(skipped)

    def _hit(self, result: ContentFileSearchResult) -> Hit:
        found = result.repository
        if found.private:
            raise Refused(f"{found.full_name[:200]!r} is private: only public ones are looked at")
        if not _OID.fullmatch(result.sha):
            raise Refused(f"{result.sha[:80]!r} is no blob id")
        plain = self.repository(found.full_name)
        quoted_file_path(result.path)
        repository = Repository(
            host=plain.host,
            path=plain.path,
            clone_url=plain.clone_url,
            native_id=str(found.id),
            description=found.description,
        )
        return Hit(repository=repository, path=result.path, oid=result.sha)


def _page_number(cursor: str | None) -> int:
    if cursor is None:
        return 1
    last = RESULT_CAP // _PER_PAGE
    if not (cursor.isascii() and cursor.isdigit() and 1 <= int(cursor[:4]) <= last):
        raise Refused(f"{cursor[:20]!r} is no page of a code search")
    return int(cursor)


def _page(
    query: Query,
    number: int,
    search: CodeSearch,
    hits: tuple[Hit, ...],
    skipped: tuple[Skipped, ...],
) -> SearchPage:
    """Say where to go on from here, and what the host itself did not look at."""
    text = search_text(query)
    said = list(skipped)
    if search.incomplete:
        said.append(Skipped(context=text, reason="the search timed out; results may be missing"))
    narrower = halves(query) if search.total > RESULT_CAP else ()
    if narrower:
        return SearchPage(hits=hits, next_cursor=None, narrower=narrower, skipped=tuple(said))
    reachable = min(search.total, RESULT_CAP)
    further = number * _PER_PAGE < reachable
    if further and not hits and not skipped:
        said.append(Skipped(context=text, reason=f"page {number} of {search.total} came empty"))
        further = False
    if not further and search.total > RESULT_CAP:
        beyond = search.total - RESULT_CAP
        reason = f"{beyond} results beyond the first {RESULT_CAP}; not divisible any further"
        said.append(Skipped(context=text, reason=reason))
    return SearchPage(
        hits=hits, next_cursor=str(number + 1) if further else None, skipped=tuple(said)
    )
