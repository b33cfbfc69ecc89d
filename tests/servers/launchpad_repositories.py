"""The Git repositories of a Launchpad: a collection by time of change, paged by offset."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime

from tests.servers.api import Asked, Reply, json_reply

__all__ = ["LaunchpadRepositories", "repository"]

_ELSEWHERE = "https://elsewhere.example"


def repository(unique_name: str, changed: str, **more: object) -> dict[str, object]:
    """One entry of a collection as the web service's documentation (devel) shows it."""
    return {
        "self_link": f"{_ELSEWHERE}/devel/{unique_name}",
        "web_link": f"{_ELSEWHERE}/{unique_name}",
        "resource_type_link": f"{_ELSEWHERE}/devel/#git_repository",
        "id": zlib.crc32(unique_name.encode()),
        "registrant_link": f"{_ELSEWHERE}/devel/~o",
        "owner_link": f"{_ELSEWHERE}/devel/~o",
        "target_link": f"{_ELSEWHERE}/devel/p",
        "owner_default": False,
        "target_default": False,
        "date_created": "2020-01-02T03:04:05.678901+00:00",
        "date_last_modified": changed,
        "default_branch": "refs/heads/main",
        "description": None,
        "git_https_url": f"{_ELSEWHERE}/{unique_name}",
        "information_type": "Public",
        "name": unique_name.rpartition("/")[2],
        "private": False,
        "repository_type": "Hosted",
        "unique_name": unique_name,
    } | more


@dataclass(slots=True, kw_only=True)
class LaunchpadRepositories:
    """Answers `getRepositories` sorted by `most neglected first`."""

    size: int = 75
    including: bool = True
    """Whether `modified_since_date` itself belongs to the answer; the documentation says both."""
    changed: dict[str, str] = field(default_factory=dict)
    """Unique name -> time of the last change."""

    def __call__(self, asked: Asked) -> Reply:
        query = asked.query
        if asked.path != "/devel/+git" or query.get("ws.op") != "getRepositories":
            return Reply(status=404, body=b"Object: <GitRepositorySet>, name: 'x'")
        if query.get("order_by") != "most neglected first":
            return Reply(status=400, body=b"order_by: Invalid value")
        names = self._names(query.get("modified_since_date"))
        start = int(query.get("ws.start", "0"))
        page = names[start : start + self.size]
        entries = [repository(name, self.changed[name]) for name in page]
        answer: dict[str, object] = {"start": start, "entries": entries}
        if names[start + self.size :]:
            answer["next_collection_link"] = f"{_ELSEWHERE}/devel/+git?memo={start + self.size}"
            answer["total_size_link"] = f"{_ELSEWHERE}/devel/+git?ws.show=total_size"
        else:  # lazr.restful counts on the last page only, where it costs nothing
            answer["total_size"] = len(names)
        return json_reply(answer)

    def _names(self, since: str | None) -> list[str]:
        names = sorted(self.changed, key=lambda name: (_time(self.changed[name]), name))
        if since is None:
            return names
        times = {name: _time(self.changed[name]) for name in names}
        first = _time(since)
        return [n for n in names if times[n] > first or (self.including and times[n] == first)]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
