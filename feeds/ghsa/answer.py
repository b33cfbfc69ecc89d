"""GitHub's list of advisories, one page at a time, read into types at the border.

`GitHubApi` asks; what has been checked becomes PyGithub's objects (docs/decisions/0016). Import this module
where it is needed only: PyGithub takes 650 ms.

Sources: GitHub REST API, "List global security advisories" (`GET /advisories`), schema
`global-advisory`; RFC 8288 (Link header).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from crawler.errors import Malformed
from crawler.fields import Fields, read_json
from crawler.hosts.github.objects import global_advisory
from crawler.model import Skipped
from crawler.net import HttpLimits
from feeds.guards import refuse_html

if TYPE_CHECKING:
    from datetime import date

    from crawler.hosts.github.api import GitHubApi
    from crawler.hosts.github.objects import GlobalAdvisory

__all__ = ["Advisory", "AdvisoryPage", "advisories"]

_PER_PAGE = 100
_PATH = "/advisories"
_LIMITS = HttpLimits(max_bytes=32 * 1024 * 1024)
_NAMELESS = "advisories["
"""Begins the context of an advisory whose id cannot be read."""
_NEXT = re.compile(r'<([^<>\s]{1,4000})>\s{0,9};\s{0,9}rel="?next"?', re.ASCII)
_MARK = re.compile(r"[!-~]{1,1000}", re.ASCII)
_LONGEST_HEADER = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One advisory as PyGithub gives it; every field that is read is set and has its type."""

    fields: GlobalAdvisory
    digest: str
    """Of those fields: GitHub's date of change alone is not trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryPage:
    """One answer."""

    advisories: tuple[Advisory, ...]
    skipped: tuple[Skipped, ...]
    """Advisories that cannot be read; their context is the id where there is one."""
    after: str
    """Mark to go on behind; empty where this was the last page."""

    @property
    def ids(self) -> frozenset[str]:
        """Ids of all that stands on the page, readable or not."""
        read = {advisory.fields.ghsa_id for advisory in self.advisories}
        return frozenset(read | {skipped.context for skipped in self.skipped})

    @property
    def is_whole(self) -> bool:
        """Whether every advisory of the page has an id, so that one not met is not there."""
        return not any(skipped.context.startswith(_NAMELESS) for skipped in self.skipped)


def advisories(
    api: GitHubApi, feed: str, ecosystem: str, *, since: date | None, after: str
) -> AdvisoryPage:
    """Return the malware advisories of `ecosystem` (GitHub's word), the longest unchanged first.

    Asked are those published or updated on `since` (None: ever) or later, behind the mark `after`
    where it is not empty. Raises what `GitHubApi.get` raises, FeedError (in the name of `feed`) for a
    page of HTML, Malformed for an answer that is no list.
    """
    query = {"type": "malware", "ecosystem": ecosystem, "sort": "updated", "direction": "asc"}
    query |= {"modified": f">={since.isoformat()}"} if since else {}
    query |= {"per_page": str(_PER_PAGE)} | ({"after": after} if after else {})
    answer = api.get(f"{_PATH}?{urlencode(query)}", limits=_LIMITS)
    refuse_html(feed, answer.url, answer.body)
    listed = read_json(answer.body, _PATH)
    if not isinstance(listed, list) or len(listed) > _PER_PAGE:
        msg = f"{_PATH}: expected an array of at most {_PER_PAGE} advisories"
        raise Malformed(msg)
    found, skipped = list[Advisory](), list[Skipped]()
    for place, value in enumerate(listed):
        try:
            found.append(_advisory(Fields(value, f"{_NAMELESS}{place}]")))
        except Malformed as error:
            skipped.append(_unreadable(value, place, error))
    mark = _mark_of(answer.headers.get("link", ""))
    return AdvisoryPage(advisories=tuple(found), skipped=tuple(skipped), after=mark)


def _advisory(entry: Fields) -> Advisory:
    updated, withdrawn = entry.when("updated_at"), entry.when("withdrawn_at")
    if updated is None:
        msg = f"{entry.path}.updated_at: missing"
        raise Malformed(msg)
    published = entry.when("published_at") or updated
    fields = {
        "ghsa_id": entry.text("ghsa_id"),
        "type": entry.text("type"),
        "html_url": _text(entry, "html_url"),
        "description": _text(entry, "description"),
        "source_code_location": _text(entry, "source_code_location"),
        "references": list(entry.texts("references")),
        "vulnerabilities": [_vulnerability(each) for each in entry.children("vulnerabilities")],
        "published_at": published.isoformat(),
        "updated_at": updated.isoformat(),
        "withdrawn_at": withdrawn and withdrawn.isoformat(),
    }
    text = json.dumps(fields, sort_keys=True).encode()
    return Advisory(fields=global_advisory(fields), digest=hashlib.sha256(text).hexdigest()[:16])


def _vulnerability(entry: Fields) -> dict[str, object]:
    package = entry.child("package")
    return {
        "package": {"ecosystem": package.text("ecosystem"), "name": _text(package, "name")},
        "vulnerable_version_range": _text(entry, "vulnerable_version_range"),
    }


def _text(entry: Fields, key: str) -> str:
    """Return a text that may be empty, null or missing."""
    return entry.text_of_any_length(key) if key in entry else ""


def _unreadable(value: object, place: int, error: Malformed) -> Skipped:
    """Say that an advisory cannot be read, by its id where it has a printable one."""
    found = value.get("ghsa_id") if isinstance(value, Mapping) else None
    known = isinstance(found, str) and re.fullmatch(r"[!-~]{1,60}", found)
    return Skipped(context=str(found) if known else f"{_NAMELESS}{place}]", reason=str(error))


def _mark_of(link: str) -> str:
    """Return the mark that a Link header goes on behind; its address is never followed."""
    if len(link) > _LONGEST_HEADER:
        msg = f"{_PATH}: a Link header of {len(link)} characters"
        raise Malformed(msg)
    following = _NEXT.search(link)
    if following is None:
        if "next" in link:
            msg = f"{_PATH}: invalid address of the next page"
            raise Malformed(msg)
        return ""
    try:
        marks = parse_qs(urlsplit(following[1]).query, max_num_fields=50).get("after", [""])
    except ValueError as error:
        msg = f"{_PATH}: invalid address of the next page"
        raise Malformed(msg) from error
    if not _MARK.fullmatch(marks[0]):
        msg = f"{_PATH}: the next page has no mark to ask for it"
        raise Malformed(msg)
    return marks[0]
