"""GitHub's list of global advisories, one page at a time.

`GitHubApi` asks; what has been checked becomes PyGithub's objects (docs/decisions/0016).
Import this module where it is needed only: PyGithub takes 650 ms.

Source: GitHub REST API, "List global security advisories" (`GET /advisories`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from crawler.errors import Malformed
from crawler.hosts.github.objects import global_advisory
from crawler.net import HttpLimits
from feeds.fields import read_json
from feeds.ghsa.answer import NAMELESS, advisory_of, mark_of, unreadable
from feeds.guards import refuse_html

if TYPE_CHECKING:
    from datetime import date

    from crawler.hosts.github.api import GitHubApi
    from crawler.hosts.github.objects import GlobalAdvisory
    from crawler.model import Skipped

__all__ = ["AdvisorySearch", "Entry", "Page"]

PER_PAGE = 100
_PATH = "/advisories"
_LIMITS = HttpLimits(max_bytes=32 * 1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One advisory as PyGithub gives it; every field that we read is set and has its type."""

    advisory: GlobalAdvisory
    digest: str
    """Of those fields: GitHub's date of change alone is not trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer."""

    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]
    """Advisories that cannot be read; their context is the id where there is one."""
    after: str
    """Mark to go on behind; empty where this was the last page."""

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all that stands on the page, readable or not."""
        read = {entry.advisory.ghsa_id for entry in self.entries}
        return frozenset(read | {skipped.context for skipped in self.skipped})

    @property
    def whole(self) -> bool:
        """Whether every advisory of the page has an id, so that one not met is not there."""
        return not any(skipped.context.startswith(NAMELESS) for skipped in self.skipped)


class AdvisorySearch:
    """Asks for one page at a time."""

    def __init__(self, api: GitHubApi, feed: str) -> None:
        """Ask through `api`; `feed` is named in errors."""
        self._api, self._feed = api, feed

    def page(self, ecosystem: str, since: date | None, after: str) -> Page:
        """Return the malware advisories of `ecosystem` (GitHub's word), the longest unchanged first.

        Asked are those published or updated on `since` (None: ever) or later, behind the mark `after`
        where it is not empty. Raises what `GitHubApi.get` raises, FeedError for a page of HTML, Malformed for an
        answer that is no list.
        """
        asked = {"type": "malware", "ecosystem": ecosystem, "sort": "updated", "direction": "asc"}
        if since is not None:
            asked["modified"] = f">={since.isoformat()}"
        if after:
            asked["after"] = after
        query = urlencode(asked | {"per_page": PER_PAGE})
        answer = self._api.get(f"{_PATH}?{query}", limits=_LIMITS)
        refuse_html(self._feed, answer.url, answer.body)
        listed = read_json(answer.body, _PATH)
        if not isinstance(listed, list):
            msg = f"{_PATH}: expected a list of advisories, got {type(listed).__name__}"
            raise Malformed(msg)
        if len(listed) > PER_PAGE:
            msg = f"{_PATH}: {len(listed)} advisories where {PER_PAGE} were asked for"
            raise Malformed(msg)
        mark = mark_of(answer.headers.get("link", ""))
        entries: list[Entry] = []
        skipped: list[Skipped] = []
        for place, value in enumerate(listed):
            try:
                entries.append(_entry(advisory_of(value, place)))
            except Malformed as error:
                skipped.append(unreadable(value, place, error))
        return Page(entries=tuple(entries), skipped=tuple(skipped), after=mark)


def _entry(fields: dict[str, object]) -> Entry:
    text = json.dumps(fields, sort_keys=True).encode()
    digest = hashlib.sha256(text).hexdigest()[:16]
    return Entry(advisory=global_advisory(fields), digest=digest)
