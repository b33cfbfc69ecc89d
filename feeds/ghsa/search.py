"""PyGithub's list of global advisories on our own wire, one page at a time.

PyGithub 2.10 would sleep inside a call (rate limits), follow redirects and the addresses of a Link
header with the token, and believe whatever types an answer has. Here it is given a requester that sends
exactly one kind of request, through `crawler.hosts.github.api`, and hands on what has been checked.
Import this module where it is needed only: PyGithub takes 650 ms.

Source: GitHub REST API, "List global security advisories" (`GET /advisories`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from github import Github
from github.GithubObject import NotSet
from github.Requester import Requester

from crawler.errors import Malformed, Stop
from crawler.fields import read_json
from crawler.net import HttpLimits
from feeds.ghsa.answer import NAMELESS, advisory_of, mark_of, unreadable
from feeds.guards import refuse_html

if TYPE_CHECKING:
    from datetime import date

    from github.GlobalAdvisory import GlobalAdvisory

    from crawler.hosts.github.api import GitHubApi
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
    """Asks for one page; make a new one for each."""

    def __init__(self, api: GitHubApi, feed: str) -> None:
        """Ask through `api`; `feed` is named in errors."""
        self._requester = _AdvisoryRequester(api, feed)
        self._client = Github(
            base_url=api.settings.api_url,
            per_page=PER_PAGE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        )
        # PyGithub takes no requester from outside; the check keeps its own wire from ever being used.
        self._client._Github__requester = self._requester  # type: ignore[attr-defined]  # noqa: SLF001
        if self._client.requester is not self._requester:
            msg = "this release of PyGithub hides its requester elsewhere; pin the last one"
            raise Stop(msg)

    def page(self, ecosystem: str, since: date | None, after: str) -> Page:
        """Return the malware advisories of `ecosystem` (GitHub's word), the longest unchanged first.

        Asked are those published or updated on `since` (None: ever) or later, behind the mark `after`
        where it is not empty. Raises what `GitHubApi.get` raises, FeedError for a page of HTML, Malformed for an
        answer that is no list.
        """
        found = self._client.get_global_advisories(
            type="malware",
            ecosystem=ecosystem,
            sort="updated",
            direction="asc",
            modified=f">={since.isoformat()}" if since else NotSet,
            after=after or NotSet,
        ).get_page(0)
        entries = zip(found, self._requester.digests, strict=True)
        return Page(
            entries=tuple(Entry(advisory=a, digest=d) for a, d in entries),
            skipped=tuple(self._requester.skipped),
            after=self._requester.after,
        )


class _AdvisoryRequester(Requester):
    """Sends one list request and refuses all else, so no attribute can trigger a hidden one."""

    def __init__(self, api: GitHubApi, feed: str) -> None:
        super().__init__(
            auth=None,
            base_url=api.settings.api_url,
            timeout=60,
            user_agent="ghostcrawl",
            per_page=PER_PAGE,
            verify=True,
            retry=None,
            pool_size=None,
        )
        self._api, self._feed = api, feed
        self.skipped: list[Skipped] = []
        self.digests: list[str] = []
        self.after = ""

    def requestJsonAndCheck(  # noqa: N802, PLR0913, PLR0917 - the name and arguments are PyGithub's
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,  # noqa: ARG002
        input: Any | None = None,  # noqa: A002, ARG002, ANN401
        follow_302_redirect: bool = False,  # noqa: ARG002, FBT001, FBT002
    ) -> tuple[dict[str, Any], Any]:
        if (verb, url) != ("GET", _PATH) or self.digests or self.skipped:
            msg = "an advisory lacks a field that its API promises"
            raise Malformed(msg)
        answer = self._api.get(f"{_PATH}?{urlencode(parameters or {})}", limits=_LIMITS)
        refuse_html(self._feed, answer.url, answer.body)
        listed = read_json(answer.body, _PATH)
        if not isinstance(listed, list):
            msg = f"{_PATH}: expected a list of advisories, got {type(listed).__name__}"
            raise Malformed(msg)
        self.after = mark_of(answer.headers.get("link", ""))
        return {}, self._checked(listed)

    def _checked(self, listed: Sequence[object]) -> list[dict[str, object]]:
        if len(listed) > PER_PAGE:
            msg = f"{_PATH}: {len(listed)} advisories where {PER_PAGE} were asked for"
            raise Malformed(msg)
        advisories: list[dict[str, object]] = []
        for place, value in enumerate(listed):
            try:
                advisory = advisory_of(value, place)
            except Malformed as error:
                self.skipped.append(unreadable(value, place, error))
                continue
            advisories.append(advisory)
            text = json.dumps(advisory, sort_keys=True).encode()
            self.digests.append(hashlib.sha256(text).hexdigest()[:16])
        return advisories
