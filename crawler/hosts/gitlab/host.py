"""GitLab (.com and self-managed): list projects, forks, namespaces, permalinks; read over git.

Source: GitLab's documentation, "Projects API" (lists, forks, a user's projects), "Groups API" (a group's
projects) and "Keyset-based pagination". A page that is not empty always names a next one
(lib/gitlab/pagination/keyset/pager.rb), so only an empty page is the end, and the ids alone say where to
go on: the Link header is not needed and not read.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import Gone, Refused
from crawler.hosts.answers import array
from crawler.hosts.checked_names import checked_nested_path
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.gitlab.cursor import PER_PAGE, ProjectCursor, after_failure
from crawler.hosts.pages import RelatedPages, list_page, numbered

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import ListPage
    from crawler.model import Repository

__all__ = ["GitLab"]

_ACTIVITY_DELAY = timedelta(hours=1)
"""GitLab notes the activity of a project once an hour at most."""
_OWNED = f"order_by=id&sort=asc&per_page={PER_PAGE}"
"""Not `simple`, which does not say whether a project is public; new projects come last."""
_FORM = f"sort=desc&simple=true&visibility=public&per_page={PER_PAGE}"


class GitLab(Forge):
    """Host, SinceLister, RelatedLister and OwnerLister."""

    dialect = Dialect(
        checked=checked_nested_path,
        page="{path}/-/blob/{commit}/{file}",
        lines=fragment("#L", "-"),
        api_path="/api/v4",
        authorization=str,
        header="private-token",
        git_login="oauth2:{}".format,
    )

    def since(self, when: datetime) -> str:
        """Return the first cursor of a second list: the projects with activity after `when`.

        It goes by id as well, so a project that becomes active meanwhile is either listed or active
        after the start of this list, which is the `when` of the next. `when` is aware; the list
        begins an hour earlier, because GitLab notes activity late.
        """
        early = when.astimezone(UTC) - _ACTIVITY_DELAY
        return str(ProjectCursor(since=early.strftime("%Y-%m-%dT%H:%M:%SZ")))

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 100 public projects by id; nothing that changes meanwhile moves others.

        A page that answers 500 holds a project that GitLab cannot show (facts/hosts.md): the next
        page then asks for the next 100 ids only, and where these fail too, they are skipped and
        said. `archived` and `fork_of` are known only where the host tells them: the short form that
        is asked for leaves them out.
        """
        place = ProjectCursor.of(cursor)
        answer = self._ask(f"/projects?{place.query}")
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return after_failure(place, answer.url)
        nodes = array(answer.raise_for_status().body, answer.url)
        return list_page(
            numbered(f"projects after {place.after}", nodes),
            self._repository_of,
            following=place.after_window if place.is_narrow else place.behind(nodes),
        )

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 forks, the newest first; the cursor is the number of the page.

        Raises Defer, Retry, Gone, Private and Refused (a redirect).
        """
        path = checked_nested_path(repository.path)
        question = f"/projects/{_id(path)}/forks?order_by=created_at&{_FORM}"
        return self._related.forks(path, question, cursor)

    def list_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 projects of the namespace, the last active first; raises alike.

        A path alone does not say whether its first part is a user or a group, so a user is asked for
        first; a namespace with a `/` is a group.
        """
        owner, _, _ = checked_nested_path(repository.path).rpartition("/")
        below = f"{_id(owner)}/projects?order_by=last_activity_at&{_FORM}"
        if "/" not in owner:
            try:
                return self._related.page(f"/users/{below}", cursor)
            except Gone:  # no user of this name: a group
                pass
        return self._related.page(f"/groups/{below}", cursor)

    def list_owned(self, owner: str, cursor: str | None) -> ListPage:
        """Ask for one page of 100 projects of a user, or of a group with all below it; see `OwnerLister`."""
        checked_nested_path(f"{owner}/any")
        owned = self._pages(self._owned_of)
        if "/" not in owner:
            try:
                return owned.page(f"/users/{_id(owner)}/projects?{_OWNED}", cursor)
            except Gone:  # no user of this name: a group
                pass
        question = (
            f"/groups/{_id(owner)}/projects?include_subgroups=true&with_shared=false&{_OWNED}"
        )
        return owned.page(question, cursor)

    @property
    def _related(self) -> RelatedPages:
        return self._pages(self._repository_of)

    def _pages(self, read: Callable[[JsonObject], Repository]) -> RelatedPages:
        return RelatedPages(
            ask=self._get,
            read=read,
            per_page=PER_PAGE,
            goes_on=lambda answer, page: answer.headers.get("x-next-page") == str(page + 1),
        )

    def _repository_of(self, node: JsonObject) -> Repository:
        if node.optional_text("visibility") not in {None, "public"}:
            raise Refused("not public: only public repositories are listed")
        return self._named(node)

    def _owned_of(self, node: JsonObject) -> Repository:
        seen = node.optional_text("visibility")
        return replace(self._named(node), private=None if seen is None else seen != "public")

    def _named(self, node: JsonObject) -> Repository:
        path = node.text("path_with_namespace")
        parent = node.inner_text("forked_from_project", "path_with_namespace")
        return self._described(node, path, fork_of=parent, pushed="last_activity_at")


def _id(path: str) -> str:
    """Return `path` as GitLab takes it for an id: one part, its slashes percent-encoded."""
    return quote(path, safe="")
