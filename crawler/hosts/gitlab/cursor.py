"""Where a list of GitLab projects is, by id; and past a page that the host cannot show; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.errors import Malformed, Retry
from crawler.hosts.cursors import match_cursor
from crawler.hosts.interface import ListPage
from crawler.model import Skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.hosts.answers import JsonObject

__all__ = ["PER_PAGE", "ProjectCursor", "after_failure"]

PER_PAGE = 100
_LARGEST_ID = 10**15 - 1
_MOST_FAILED = 5
"""So many narrow pages may fail in a row; then it is the host that is broken, not a project."""
_CURSOR = re.compile(
    r"(?P<after>0|[1-9][0-9]{0,14})(?:/(?P<failed>[0-4]))?"
    r"(?:@(?P<since>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCursor:
    """A place in the list; written `1200`, `1200/0` where narrow, `1200@time` where since a time."""

    after: int = 0
    """The id behind which the page begins."""
    failed: int | None = None
    """None: any ids. Else only the next 100, and how many such pages before it failed."""
    since: str | None = None

    @classmethod
    def of(cls, cursor: str | None) -> ProjectCursor:
        """Read a cursor; None is the beginning. Raises Refused for any other text."""
        if cursor is None:
            return cls()
        match = match_cursor(_CURSOR, cursor, "id, id/failed pages or id@time")
        failed = None if match["failed"] is None else int(match["failed"])
        return cls(after=int(match["after"]), failed=failed, since=match["since"])

    @property
    def is_narrow(self) -> bool:
        """Whether the page is about the next 100 ids only."""
        return self.failed is not None

    @property
    def after_window(self) -> ProjectCursor:
        """The place behind these 100 ids."""
        return replace(self, after=self.after + PER_PAGE, failed=None)

    @property
    def query(self) -> str:
        """The parameters to ask for the page."""
        parts = ["pagination=keyset&order_by=id&sort=asc&simple=true&visibility=public"]
        parts += [f"per_page={PER_PAGE}", f"id_after={self.after}"]
        if self.is_narrow:
            parts.append(f"id_before={self.after + PER_PAGE + 1}")
        if self.since is not None:
            parts.append(f"last_activity_after={self.since}")
        return "&".join(parts)

    def behind(self, nodes: Sequence[JsonObject | None]) -> ProjectCursor | None:
        """Return the place behind the last id; None without any; Malformed where none is new."""
        if not nodes:
            return None
        ids = [node.fields.get("id") for node in nodes if node is not None]
        numbers = [i for i in ids if isinstance(i, int) and not isinstance(i, bool)]
        new = [i for i in numbers if self.after < i <= _LARGEST_ID]
        if not new:
            raise Malformed(f"invalid page: expected an id above {self.after}")
        return replace(self, after=max(new))

    def __str__(self) -> str:
        """Write the cursor."""
        narrow = f"/{self.failed}" if self.is_narrow else ""
        return f"{self.after}{narrow}" + (f"@{self.since}" if self.since else "")


def after_failure(place: ProjectCursor, url: str) -> ListPage:
    """Return the page in place of one that answered 500: narrower, or past the ids that fail."""
    if place.failed is None:
        return ListPage(repositories=(), next_cursor=str(replace(place, failed=0)))
    failed = place.failed + 1
    if failed == _MOST_FAILED:
        raise Retry(f"{url} and {place.failed} pages before it answered 500; ask again later")
    ids = f"projects {place.after + 1} to {place.after + PER_PAGE}"
    return ListPage(
        repositories=(),
        next_cursor=str(replace(place.after_window, failed=failed)),
        skipped=(Skipped(context=ids, reason="the host answered 500, also to a narrow page"),),
    )
