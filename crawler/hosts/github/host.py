"""GitHub: code search, the list of repositories (the sweep), forks and owners, permalinks.

Blind spots of its code search, which a caller must say (GitHub docs, "Searching code"; facts/hosts.md):
default branches only, files under 384 KB only, forks only with more stars than their parent,
repositories active in the last year only.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.errors import Gone, Private, Refused
from crawler.hosts.answers import document
from crawler.hosts.checked_names import checked_owner, checked_repository_path
from crawler.hosts.cursors import page_number
from crawler.hosts.forge import Dialect, Forge
from crawler.hosts.github.api import GitHubApi
from crawler.hosts.github.graphql import RepositorySweep, SweepPlan
from crawler.hosts.github.probe import ROOT_LOCKS
from crawler.hosts.github.query import RESULT_CAP, per_lock_name, search_text
from crawler.hosts.github.reader import GraphqlReader
from crawler.hosts.github.search import PER_PAGE, CodeSearch
from crawler.hosts.interface import SearchPage
from crawler.hosts.pages import RelatedPages

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import HostSettings, ListPage
    from crawler.model import Query, Repository
    from crawler.net import Budget, Http

__all__ = ["GitHub"]

_OLDEST_FIRST = f"sort=created&direction=asc&per_page={PER_PAGE}"
"""What is new comes last and moves nothing past us."""
_SEARCH_DELAY = timedelta(minutes=15)


class GitHub(Forge):
    """Host, Searcher, SinceLister, RelatedLister and OwnerLister; `reader` gives the Reader of its GraphQL API."""

    dialect = Dialect(git_login="x-access-token:{}".format)

    def __init__(
        self,
        settings: HostSettings,
        http: Http,
        budget: Budget,
        clock: Callable[[], datetime],
        *,
        plan: SweepPlan | None = None,
    ) -> None:
        """Ask GitHub as `settings` say.

        `budget` is the one that `http` spends from; `clock` returns the time in UTC; `plan` says which
        repositories a sweep lists (all of them by default).
        """
        super().__init__(settings, http)
        self._api = GitHubApi(settings, http, budget, clock)
        self._sweep = RepositorySweep(self._api, self.repository, plan or SweepPlan())
        self._related = RelatedPages(ask=self._api.get, read=self._repository_of, per_page=PER_PAGE)

    def search(self, query: Query, cursor: str | None) -> SearchPage:
        """Ask for one page of 100 results; the cursor is the number of the page.

        A phrase is answered, without a request, with one narrower query per lock name. More than
        1,000 results are answered with two queries over half the file sizes each.
        Raises Defer, Retry, Refused or Unsupported (the query), ConfigurationError (the token).
        """
        text = search_text(query)
        split = per_lock_name(query, ROOT_LOCKS)
        if split:
            return SearchPage(hits=(), next_cursor=None, narrower=split)
        number = page_number(cursor, RESULT_CAP // PER_PAGE)
        return CodeSearch(self._api, self.repository).page(query, text, number)

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page of 100 repositories of the sweep; raises Defer or Retry.

        Their roots are not looked at; `sweep.pages` and `reader().seen` see them in the same request.
        """
        return self._sweep.page(cursor).listed

    def since(self, when: datetime) -> str:
        """Return the first cursor of a list of what was pushed to after `when`, which is aware.

        It begins a quarter of an hour earlier: the search learns of a push late.
        """
        return self._sweep.pushed_since(when - _SEARCH_DELAY)

    def reader(self, extra_paths: Mapping[str, Collection[str]] | None = None) -> GraphqlReader:
        """Return the batch reader of locks at the root, and at `extra_paths` (repository -> paths)."""
        return GraphqlReader(self._api, self.repository, extra_paths=extra_paths or {})

    @property
    def sweep(self) -> RepositorySweep:
        """The sweep, with the ids of all root locks, which `list` leaves out."""
        return self._sweep

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 forks, the newest first; the cursor is the number of the page.

        Raises Defer, Retry, Gone, Private, Blocked, and Refused where it was renamed (a redirect).
        Source: GitHub's REST documentation, "List forks" and "List repositories for a user" (which
        answers for organisations, too): public repositories only, whoever asks, paid from `core`.
        """
        path = checked_repository_path(repository.path)
        question = f"/repos/{path}/forks?sort=newest&per_page={PER_PAGE}"
        return self._related.forks(path, question, cursor)

    def list_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 repositories of the owner, those pushed last first; raises alike."""
        owner, _, _ = checked_repository_path(repository.path).partition("/")
        question = f"/users/{owner}/repos?sort=pushed&per_page={PER_PAGE}"
        return self._related.page(question, cursor)

    def list_owned(self, owner: str, cursor: str | None) -> ListPage:
        """Ask for one page of 100 repositories of an organisation, else of a user; see `OwnerLister`.

        GitHub lists a user's private repositories only for that user's own token. Source: GitHub's REST documentation, "List
        organization repositories", "List repositories for the authenticated user".
        """
        checked_owner(owner)
        owned = RelatedPages(ask=self._api.get, read=self._owned_of, per_page=PER_PAGE)
        try:
            return owned.page(f"/orgs/{owner}/repos?type=all&{_OLDEST_FIRST}", cursor)
        except Gone:  # no organisation of this name: a user
            pass
        ours = self._is_ours(owner)
        question = "/user/repos?affiliation=owner" if ours else f"/users/{owner}/repos?type=owner"
        return owned.page(f"{question}&{_OLDEST_FIRST}", cursor)

    def _is_ours(self, user: str) -> bool:
        """Say whether the token is the one of `user`; those of an app are nobody's."""
        if self._settings.current_token() is None:
            return False
        try:
            answer = self._api.get("/user")
        except Private:
            return False
        return document(answer.body, answer.url).text("login").lower() == user.lower()

    def _owned_of(self, node: JsonObject) -> Repository:
        return replace(self._described(node, node.text("full_name")), private=node.flag("private"))

    def _repository_of(self, node: JsonObject) -> Repository:
        if node.flag("private"):
            raise Refused("private: only public repositories are looked at")
        return self._described(node, node.text("full_name"))
