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
from crawler.fields import stated_instant
from crawler.hosts.answers import document
from crawler.hosts.checked_names import checked_unique_name
from crawler.hosts.cursors import invalid_cursor, match_cursor
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.pages import list_page, numbered
from crawler.model import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import ListPage
    from crawler.model import Repository

__all__ = ["Launchpad"]

_CURSOR = re.compile(
    r"(?=.)(?P<since>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)?"
    r"(?:\+(?P<start>[1-9][0-9]{0,8}))?",
    re.ASCII,
)
_WRITTEN = "%Y-%m-%dT%H:%M:%S.%fZ"
_TICK = timedelta(microseconds=1)
"""The finest step of Launchpad's times."""
_EMPTY = (
    Skipped(
        context="all behind an empty page",
        reason="it names a next page, but nothing by which to ask for it",
    ),
)
"""lazr.restful leaves out what we may not see, which may be a whole page; also a host gone wrong."""


class Launchpad(Forge):
    """Host and Lister; anonymous: what only a token may see is not public.

    `web_url` is where repositories are cloned and browsed, which is not the address of the API.
    """

    dialect = Dialect(
        checked=checked_unique_name,
        cloned=str,
        page="{path}/tree/{file}?id={commit}",
        lines=fragment("#n"),
        api_path="/devel",
    )

    def since(self, when: datetime) -> str:
        """Return the first cursor of a second list: what changed after `when`, which is aware."""
        return str(_Cursor(since=when.astimezone(UTC)))

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next page of public repositories by the time of their last change.

        The cursor is the time up to which all were listed. What changes meanwhile comes again at
        the end; those that changed at the very same moment as the last one of a page come twice.
        Only where a whole page changed at one moment does the cursor count on (`time+75`), and one
        of these that changes meanwhile could move another past us, until that one changes too.
        """
        place = _Cursor.of(cursor)
        answer = self._get(f"/+git?{place.query}")
        root = document(answer.body, answer.url)
        nodes = root.nodes("entries")
        further = root.optional_text("next_collection_link") is not None
        return list_page(
            numbered(f"repositories after {str(place) or 'the beginning'}", nodes),
            self._repository_of,
            following=place.behind(nodes) if further and nodes else None,
            skipped=_EMPTY if further and not nodes else (),
        )

    def _repository_of(self, node: JsonObject) -> Repository:
        kind = node.optional_text("information_type")
        if node.flag("private") or kind not in {None, "Public", "Public Security"}:
            raise Refused("not public: only public repositories are listed")
        number, branch = node.optional_number("id"), node.optional_text("default_branch")
        return replace(
            self.repository(node.text("unique_name")),
            native_id=None if number is None else str(number),
            default_branch=None if branch is None else branch.removeprefix("refs/heads/"),
            created_at=node.optional_text("date_created"),
            pushed_at=node.optional_text("date_last_modified"),
            description=node.optional_text("description"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor:
    """A place in the list; written `2026-01-02T03:04:05.000006Z`, with `+75` where it counts on."""

    since: datetime | None = None
    """UTC; what changed up to then was listed."""
    start: int = 0
    """How many that changed later were listed as well."""

    @classmethod
    def of(cls, cursor: str | None) -> _Cursor:
        if cursor is None:
            return cls()
        match = match_cursor(_CURSOR, cursor, "time, time+start or +start")
        text = match["since"]
        try:
            since = None if text is None else datetime.strptime(text, _WRITTEN).replace(tzinfo=UTC)
        except ValueError as error:
            raise invalid_cursor(cursor, "time, time+start or +start") from error
        return cls(since=since, start=int(match["start"] or 0))

    @property
    def query(self) -> str:
        asked = {"ws.op": "getRepositories", "order_by": "most neglected first"}
        if self.since is not None:
            asked["modified_since_date"] = self.since.isoformat()
        if self.start:
            asked |= {"ws.start": str(self.start), "memo": str(self.start)}
        return urlencode(asked)

    def behind(self, nodes: tuple[JsonObject | None, ...]) -> _Cursor:
        """Return the place behind a page: a tick before its last time, or further in this list.

        A tick before, because the host's word for "since" is both "later" and "not earlier".
        """
        last = _last_change(nodes)
        if last is not None and (self.since is None or last - _TICK > self.since):
            return _Cursor(since=last - _TICK)
        return replace(self, start=self.start + len(nodes))

    def __str__(self) -> str:
        since = "" if self.since is None else self.since.strftime(_WRITTEN)
        return f"{since}+{self.start}" if self.start else since


def _last_change(nodes: Iterable[JsonObject | None]) -> datetime | None:
    """Return the time of the last entry of a page that has a readable one."""
    times = [_time(node) for node in nodes if node is not None]
    return next((time for time in reversed(times) if time is not None), None)


def _time(node: JsonObject) -> datetime | None:
    try:
        return stated_instant(node.text("date_last_modified"))
    except Malformed:
        return None
