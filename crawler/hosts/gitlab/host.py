"""GitLab (.com and self-managed): list projects, permalinks; they are read over git.

Source: GitLab's documentation, "Projects API" and "Keyset-based pagination". A page that is not empty
always names a next one (lib/gitlab/pagination/keyset/pager.rb), so only an empty page is the end, and
the ids alone say where to go on: the Link header is not needed and not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from crawler.errors import Malformed, Refused, Retry
from crawler.hosts.answers import document
from crawler.hosts.entries import read_entries
from crawler.hosts.gitlab.neighbours import GitLabNeighbours
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import (
    checked_commit,
    checked_nested_path,
    quoted_file_path,
    range_fragment,
)
from crawler.model import Repository, Skipped
from crawler.net import Bucket

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["GitLab"]

_PER_PAGE = 100
_LARGEST_ID = 10**15 - 1
_MOST_FAILED = 5
"""So many narrow pages may fail in a row; then it is the host that is broken, not a project."""
_ACTIVITY_DELAY = timedelta(hours=1)
"""GitLab notes the activity of a project once an hour at most."""
_CURSOR = re.compile(
    r"(?P<after>0|[1-9][0-9]{0,14})(?:/(?P<failed>[0-4]))?"
    r"(?:@(?P<since>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z))?",
    re.ASCII,
)


class GitLab:
    """Host, Lister and Neighbours."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the host of `settings`; `api_url` is without `/api/v4` or with it."""
        self._settings = settings
        self._http = http
        base = settings.api_url or settings.web_url
        self._api_url = base if base.endswith("/api/v4") else f"{base}/api/v4"

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the project `group/subgroup/name` without asking; raises Refused."""
        checked = checked_nested_path(path)
        clone_url = f"{self._settings.web_url}/{checked}.git"
        return Repository(host=self._settings.name, path=checked, clone_url=clone_url)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/group/name/-/blob/commit/path#L3-5` below the web address; raises Refused."""
        project = f"{self._settings.web_url}/{checked_nested_path(repository.path)}"
        where = f"{checked_commit(commit)}/{quoted_file_path(path)}"
        return f"{project}/-/blob/{where}{range_fragment(lines)}"

    def since(self, when: datetime) -> str:
        """Return the first cursor of a second list: the projects with activity after `when`.

        It goes by id as well, so a project that becomes active meanwhile is either listed or active
        after the start of this list, which is the `when` of the next. `when` is aware; the list
        begins an hour earlier, because GitLab notes activity late.
        """
        early = when.astimezone(UTC) - _ACTIVITY_DELAY
        return str(_Place(since=early.strftime("%Y-%m-%dT%H:%M:%SZ")))

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 100 public projects by id; nothing that changes meanwhile moves others.

        A page that answers 500 holds a project that GitLab cannot show (facts/hosts.md): the next
        page then asks for the next 100 ids only, and where these fail too, they are skipped and
        said. `archived` and `fork_of` are known only where the host tells them: the short form that
        is asked for leaves them out. Raises Defer, Retry, Refused (a redirect) and the like.
        """
        place = _place_of(cursor)
        answer = self._get(f"/projects?{place.query}")
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return _after_failure(place, answer.url)
        nodes = _projects(answer.raise_for_status())
        entries = read_entries(nodes, self._repository_of, f"projects after {place.after}")
        following = place.after_window if place.is_narrow else _place_behind(place, nodes)
        return ListPage(
            repositories=entries.repositories,
            next_cursor=None if following is None else str(following),
            skipped=entries.skipped,
        )

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 forks; see `GitLabNeighbours.forks`."""
        return self._neighbours.forks(repository, cursor)

    def of_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of 100 projects of the namespace; see `GitLabNeighbours.of_owner`."""
        return self._neighbours.of_owner(repository, cursor)

    @property
    def _neighbours(self) -> GitLabNeighbours:
        return GitLabNeighbours(self._get, self._repository_of)

    def _get(self, path: str) -> Answer:
        headers = {"accept": "application/json"}
        if (token := self._settings.current_token()) is not None:
            headers["private-token"] = token
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        return self._http.request("GET", f"{self._api_url}{path}", headers=headers, bucket=bucket)

    def _repository_of(self, node: Node) -> Repository:
        """Read one project; its clone URL is built, never taken: a host could name any other."""
        if node.optional_text("visibility") not in {None, "public"}:
            raise Refused("not public: only public repositories are listed")
        parent = node.node("forked_from_project")
        return replace(
            self.repository(node.text("path_with_namespace")),
            native_id=str(node.number("id")),
            default_branch=node.optional_text("default_branch"),
            fork_of=None if parent is None else parent.optional_text("path_with_namespace"),
            created_at=node.optional_text("created_at"),
            pushed_at=node.optional_text("last_activity_at"),
            archived=node.flag("archived"),
            description=node.optional_text("description"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A place in the list; written `1200`, `1200/0` where narrow, `1200@time` where since a time."""

    after: int = 0
    """The id behind which the page begins."""
    failed: int | None = None
    """None: any ids. Else only the next 100, and how many such pages before it failed."""
    since: str | None = None

    @property
    def is_narrow(self) -> bool:
        return self.failed is not None

    @property
    def after_window(self) -> _Place:
        return replace(self, after=self.after + _PER_PAGE, failed=None)

    @property
    def query(self) -> str:
        parts = ["pagination=keyset&order_by=id&sort=asc&simple=true&visibility=public"]
        parts += [f"per_page={_PER_PAGE}", f"id_after={self.after}"]
        if self.is_narrow:
            parts.append(f"id_before={self.after + _PER_PAGE + 1}")
        if self.since is not None:
            parts.append(f"last_activity_after={self.since}")
        return "&".join(parts)

    def __str__(self) -> str:
        narrow = f"/{self.failed}" if self.is_narrow else ""
        return f"{self.after}{narrow}" + (f"@{self.since}" if self.since else "")


def _place_of(cursor: str | None) -> _Place:
    if cursor is None:
        return _Place()
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise Refused(f"{cursor[:50]!r} is no place in this list")
    failed = None if match["failed"] is None else int(match["failed"])
    return _Place(after=int(match["after"]), failed=failed, since=match["since"])


def _after_failure(place: _Place, url: str) -> ListPage:
    """Return the page in place of one that answered 500: narrower, or past the ids that fail."""
    if place.failed is None:
        return ListPage(repositories=(), next_cursor=str(replace(place, failed=0)))
    failed = place.failed + 1
    if failed == _MOST_FAILED:
        raise Retry(f"{url} and {place.failed} pages before it answered 500; ask again later")
    ids = f"projects {place.after + 1} to {place.after + _PER_PAGE}"
    return ListPage(
        repositories=(),
        next_cursor=str(replace(place.after_window, failed=failed)),
        skipped=(Skipped(context=ids, reason="the host answered 500, also to a narrow page"),),
    )


def _projects(answer: Answer) -> tuple[Node | None, ...]:
    """Read the list that is the whole answer; raises as `document` does."""
    return document(b'{"projects":' + answer.body + b"}", answer.url).nodes("projects")


def _place_behind(place: _Place, nodes: tuple[Node | None, ...]) -> _Place | None:
    """Return the place behind the last id; None where there is none; Malformed where none is new."""
    if not nodes:
        return None
    ids = [node.fields.get("id") for node in nodes if node is not None]
    numbers = [i for i in ids if isinstance(i, int) and not isinstance(i, bool)]
    new = [i for i in numbers if place.after < i <= _LARGEST_ID]
    if not new:
        raise Malformed(f"the list does not go on: no id of it is above {place.after}")
    return replace(place, after=max(new))
