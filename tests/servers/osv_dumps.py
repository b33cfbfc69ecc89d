"""Records, dumps and lists of changes of an OSV database, and the feed that reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from crawler.model import Ecosystem, Record
from crawler.net import Http
from feeds.interface import FeedPage, PollRequest
from feeds.osv.feed import OsvMalicious
from tests.servers.feed_server import FeedServer, Reply
from workers.demo.osv import archive

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ZIP, CSV = "/osv/PyPI/all.zip", "/osv/PyPI/modified_id.csv"


def pysec(number: int, **changes: object) -> dict[str, object]:
    """A mere vulnerability, as most of these records are."""
    return (
        record(number, id=f"PYSEC-2026-{number}", summary="zz-ghost allows malicious users")
        | changes
    )


def record(number: int, **changes: object) -> dict[str, object]:
    return {
        "id": f"MAL-2026-{number}",
        "published": "2026-05-01T00:00:00Z",
        "modified": f"2026-05-02T00:00:{number % 60:02}.123456789Z",
        "affected": [
            {"package": {"ecosystem": "PyPI", "name": "ZZ_Ghost"}, "versions": ["1.0.0-RC1"]}
        ],
    } | changes


def dump(*records: dict[str, object]) -> bytes:
    return archive(*members(*records))


def poll(
    server: FeedServer,
    http: Http,
    cursor: str | None = None,
    *,
    accept: bool = False,
    ecosystem: Ecosystem = Ecosystem.PYPI,
    now: datetime = NOW,
    page: int = 1000,
) -> list[FeedPage]:
    feed = OsvMalicious(http, f"{server.url}/osv", ecosystem, page=page)
    return list(feed.poll(PollRequest(cursor=cursor, now=now, accept_change=accept)))


def only(pages: list[FeedPage]) -> Record:
    (found,) = [record for page in pages for record in page.records]
    return found


def subjects(found: Record) -> list[str]:
    return [str(assertion.subject) for assertion in found.assertions]


def csv(*rows: tuple[int, str]) -> Reply:
    lines = [f"2026-05-02T00:00:{second:02}.123456789Z,{name}" for second, name in rows]
    return Reply(body="\n".join(lines).encode())


def members(*records: dict[str, object]) -> list[tuple[str, bytes]]:
    return [(f"{r['id']}.json", json.dumps(r).encode()) for r in records]
