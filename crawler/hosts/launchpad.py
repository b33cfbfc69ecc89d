"""Launchpad: list Git repositories, permalinks; they are read over git.

Source: Launchpad's web service documentation (devel), `git_repositories.getRepositories`, and
lazr.restful: a collection names a next page while there is one. Its pages are numbered by offset, but
the list can be asked for from a time on, and by that we go on: no change moves anything past us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from crawler.errors import Malformed, Refused
from crawler.hosts.answers import document
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import checked_commit, checked_unique_name, quoted_file_path
from crawler.model import Repository, Skipped
from crawler.net import Bucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Launchpad"]

_CURSOR = re.compile(
    r"(?P<since>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)?"
    r"(?:\+(?P<start>[1-9][0-9]{0,8}))?",
    re.ASCII,
)
_WRITTEN = "%Y-%m-%dT%H:%M:%S.%fZ"
_TICK = timedelta(microseconds=1)
"""The finest step of Launchpad's times."""
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_EMPTY = (
    Skipped(
        context="all behind an empty page",
        reason="it names a next page, but nothing by which to ask for it",
    ),
)
"""lazr.restful leaves out what we may not see, which may be a whole page; also a host gone wrong."""


class Launchpad:
    """Host and Lister."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the host of `settings`; `api_url` is without `/devel` or with it.

        `web_url` is where repositories are cloned and browsed, which is not the address of the API.
        """
        self._settings = settings
        self._http = http
        base = settings.api_url or settings.web_url
        self._api_url = base if base.endswith("/devel") else f"{base}/devel"

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository with the unique name `path`, or an alias; raises Refused."""
        checked = checked_unique_name(path)
        clone_url = f"{self._settings.web_url}/{checked}"
        return Repository(host=self._settings.name, path=checked, clone_url=clone_url)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/unique-name/tree/path?id=commit#n3` below the web address; raises Refused.

        The pages are cgit's, where a link marks one line only: the first.
        """
        base = f"{self._settings.web_url}/{checked_unique_name(repository.path)}"
        line = "" if lines is None else f"#n{lines.first}"
        return f"{base}/tree/{quoted_file_path(path)}?id={checked_commit(commit)}{line}"

    def since(self, when: datetime) -> str:
        """Return the first cursor of a second list: what changed after `when`, which is aware."""
        return str(_Place(since=when.astimezone(UTC)))

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next page of public repositories by the time of their last change.

        The cursor is the time up to which all were listed. What changes meanwhile comes again at
        the end; those that changed at the very same moment as the last one of a page come twice.
        Only where a whole page changed at one moment does the cursor count on (`time+75`), and one
        of these that changes meanwhile could move another past us, until that one changes too.
        Raises Defer, Retry, Refused (a redirect) and the like.
        """
        place = _place_of(cursor)
        answer = self._get(f"/+git?{place.query}")
        root = document(answer.body, answer.url)
        nodes = root.nodes("entries")
        entries = read_entries(
            nodes, self._repository_of, f"repositories after {str(place) or 'the beginning'}"
        )
        further = root.optional_text("next_collection_link") is not None
        return ListPage(
            repositories=entries.repositories,
            next_cursor=str(place.behind(nodes)) if further and nodes else None,
            total=_total(root) if cursor is None else None,
            skipped=entries.skipped + (_EMPTY if further and not nodes else ()),
        )

    def _get(self, path: str) -> Answer:
        """Ask as anyone: what only a token may see is not public."""
        headers = {"accept": "application/json"}
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        answer = self._http.request("GET", f"{self._api_url}{path}", headers=headers, bucket=bucket)
        return answer.raise_for_status()

    def _repository_of(self, node: Node) -> Repository:
        """Read one repository; its clone URL is built, never taken: a host could name any other."""
        kind = node.optional_text("information_type")
        if node.flag("private") or kind not in {None, "Public", "Public Security"}:
            raise Refused("not public: only public repositories are listed")
        branch = node.optional_text("default_branch")
        return replace(
            self.repository(node.text("unique_name")),
            native_id=None if node.fields.get("id") is None else str(node.number("id")),
            default_branch=None if branch is None else branch.removeprefix("refs/heads/"),
            created_at=node.optional_text("date_created"),
            pushed_at=node.optional_text("date_last_modified"),
            description=node.optional_text("description"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A place in the list; written `2026-01-02T03:04:05.000006Z`, with `+75` where it counts on."""

    since: datetime | None = None
    """UTC; what changed up to then was listed."""
    start: int = 0
    """How many that changed later were listed as well."""

    @property
    def query(self) -> str:
        asked = {"ws.op": "getRepositories", "order_by": "most neglected first"}
        if self.since is not None:
            asked["modified_since_date"] = self.since.isoformat()
        if self.start:
            asked |= {"ws.start": str(self.start), "memo": str(self.start)}
        return urlencode(asked)

    def behind(self, nodes: tuple[Node | None, ...]) -> _Place:
        """Return the place behind a page: a tick before its last time, or further in this list.

        A tick before, because the host's word for "since" is both "later" and "not earlier".
        """
        last = _last_change(nodes)
        if last is not None and (self.since is None or last - _TICK > self.since):
            return _Place(since=last - _TICK)
        return replace(self, start=self.start + len(nodes))

    def __str__(self) -> str:
        since = "" if self.since is None else self.since.strftime(_WRITTEN)
        return f"{since}+{self.start}" if self.start else since


def _place_of(cursor: str | None) -> _Place:
    if cursor is None:
        return _Place()
    match = _CURSOR.fullmatch(cursor)
    if match is None or not cursor:
        raise Refused(f"{cursor[:50]!r} is no place in this list")
    text = match["since"]
    try:
        since = None if text is None else datetime.strptime(text, _WRITTEN).replace(tzinfo=UTC)
    except ValueError as error:
        raise Refused(f"{cursor[:50]!r} is no place in this list") from error
    return _Place(since=since, start=int(match["start"] or 0))


def _last_change(nodes: Iterable[Node | None]) -> datetime | None:
    """Return the time of the last entry of a page that has a readable one."""
    times = [_time(node) for node in nodes if node is not None]
    return next((time for time in reversed(times) if time is not None), None)


def _time(node: Node) -> datetime | None:
    try:
        time = datetime.fromisoformat(node.text("date_last_modified"))
        aware = time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except (Malformed, ValueError, OverflowError):
        return None
    return aware if aware > _EARLIEST else None


def _total(root: Node) -> int | None:
    """Return how many there are; lazr.restful says it on the last page only, before it a link."""
    return None if root.fields.get("total_size") is None else root.number("total_size")
