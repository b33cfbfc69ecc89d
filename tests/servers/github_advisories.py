"""GitHub's list of global advisories on loopback: its filters, its order, its marks of pages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from crawler.hosts.interface import HostKind, HostSettings
from crawler.model import Ecosystem, Record
from crawler.net import Http
from feeds.ghsa.feed import GhsaMalware
from feeds.interface import FeedPage, PollRequest
from tests.servers.api import ApiServer, Asked, Reply, json_reply

__all__ = [
    "NOW",
    "TOKEN",
    "AdvisoryApi",
    "Stage",
    "advisory",
    "affected",
    "ids",
    "records",
    "staged",
]

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TOKEN = "secret-of-a-test"

Advisory = dict[str, Any]


def advisory(number: int, **changes: object) -> Advisory:
    """An advisory of the shape that the REST API documents; one more minute for each number."""
    instant = f"2026-05-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
    identity = f"GHSA-{number:04}-aaaa-bbbb"
    return {
        "ghsa_id": identity,
        "cve_id": None,
        "html_url": f"https://github.example/advisories/{identity}",
        "summary": "Malware in zz-ghost",
        "description": "Any computer that has it installed is compromised.",
        "type": "malware",
        "severity": "critical",
        "source_code_location": "",
        "references": [f"https://github.example/advisories/{identity}"],
        "published_at": instant,
        "updated_at": instant,
        "withdrawn_at": None,
        "vulnerabilities": [
            {
                "package": {"ecosystem": "pip", "name": f"zz-ghost-{number}"},
                "vulnerable_version_range": "= 1.0",
                "first_patched_version": None,
            }
        ],
    } | changes


@dataclass
class AdvisoryApi:
    """Answers `GET /advisories`; what a test puts into `broken` is answered instead, once each."""

    advisories: list[Advisory] = field(default_factory=list)
    per_page: int = 100
    broken: list[Reply] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        if self.broken:
            return self.broken.pop(0)
        if asked.path != "/advisories":
            return json_reply({"message": "Not Found"}, status=404)
        return self._page(asked.query)

    def _page(self, query: Mapping[str, str]) -> Reply:
        listed = sorted((a for a in self.advisories if _fits(a, query)), key=_key)
        after = query.get("after", "")
        if after and after not in {_key(one) for one in self.advisories}:
            return json_reply({"message": "Validation Failed"}, status=422)
        waiting = [one for one in listed if _key(one) > after]
        size = min(self.per_page, int(query.get("per_page", "30")))
        page, more = waiting[:size], len(waiting) > size
        headers: dict[str, str] = {"etag": 'W/"always-the-same"'}
        if more:
            mark = urlencode(dict(query) | {"after": _key(page[-1])})
            headers["link"] = f'<https://elsewhere.example/advisories?{mark}>; rel="next"'
        return Reply(headers=headers, body=json.dumps(page).encode())


def _key(one: Advisory) -> str:
    return f"{one['updated_at']}|{one['ghsa_id']}"


def _fits(one: Advisory, query: Mapping[str, str]) -> bool:
    ecosystems = {v["package"]["ecosystem"] for v in one["vulnerabilities"]}
    since = query.get("modified", ">=").removeprefix(">=")
    return (
        one["type"] == query["type"]
        and query["ecosystem"] in ecosystems
        and max(one["updated_at"], one["published_at"]) >= since
    )


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The API, the feed that asks it, and the wire between."""

    api: AdvisoryApi
    server: ApiServer
    http: Http

    def reset(self) -> None:
        """Forget what was published, broken and asked."""
        self.api.advisories, self.api.broken, self.api.per_page = [], [], 100
        self.server.asked.clear()

    def feed(self, ecosystem: Ecosystem = Ecosystem.PYPI, token: str | None = TOKEN) -> GhsaMalware:
        host = HostSettings(
            name="github.example",
            kind=HostKind.GITHUB,
            web_url="https://github.example",
            api_url=self.server.base_url,
            trusted=True,
            token=token,
            identity="fingerprint",
        )
        return GhsaMalware(self.http, host, ecosystem)

    def poll(
        self,
        cursor: str | None = None,
        *,
        ecosystem: Ecosystem = Ecosystem.PYPI,
        accept: bool = False,
    ) -> list[FeedPage]:
        request = PollRequest(cursor=cursor, now=NOW, accept_change=accept)
        return list(self.feed(ecosystem).poll(request))


@contextmanager
def staged() -> Iterator[Stage]:
    """Serve an API without advisories until the block ends."""
    api = AdvisoryApi()
    with ApiServer(api) as server:
        http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
        yield Stage(api=api, server=server, http=http)
        http.close()


def records(pages: list[FeedPage]) -> list[Record]:
    return [record for page in pages for record in page.records]


def ids(pages: list[FeedPage]) -> list[str]:
    return [record.id for record in records(pages)]


def affected(text: str | None, name: str = "ZZ_Ghost", ecosystem: str = "pip") -> dict[str, Any]:
    package = {"ecosystem": ecosystem, "name": name}
    return {"package": package, "vulnerable_version_range": text}
