"""The changes and packuments of an npm registry, put into a `FeedServer`, and polls of them; all harmless."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from crawler.model import Ecosystem, ProjectKey
from crawler.net import Http
from feeds.interface import FeedPage, PollRequest
from feeds.npm.changes import NpmChanges
from tests.servers.feed_server import FeedServer, Reply

__all__ = [
    "CHANGES",
    "NOW",
    "REGISTRY",
    "START",
    "asked_packuments",
    "changed",
    "feed",
    "ids",
    "listing",
    "packument",
    "publish",
    "request",
    "serve",
    "since",
]

NOW = datetime(2026, 11, 22, tzinfo=UTC)
START = '{"since": 5}'
"""Cursor of a poll that goes on behind sequence 5."""

CHANGES = "/registry/_changes"
REGISTRY = "/npm/"
_JSON = "application/json"


def publish(server: FeedServer, names: Sequence[str], *, rows: int = 10_000) -> None:
    """Answer that `names` changed in this order, at sequences 1, 2, ...; every third was unpublished."""
    changes = [
        {"seq": seq, "id": name, "changes": [{"rev": "1-a"}]}
        | ({} if seq % 3 else {"deleted": True})
        for seq, name in enumerate(names, start=1)
    ]
    _put(server, CHANGES.removesuffix("/_changes"), {"update_seq": len(changes)})
    for since in range(len(changes) + 1):
        listed = changes[since : since + rows]
        body = {"results": listed, "last_seq": since + len(listed)}
        _put(server, f"{CHANGES}?since={since}&limit={rows}", body)
    for seq, name in enumerate(names, start=1):
        _put(server, f"{REGISTRY}{name.replace('/', '%2f')}", _packument(server, name, seq))


def _put(server: FeedServer, path: str, body: object) -> None:
    server.replies[path] = Reply(body=json.dumps(body).encode(), media_type=_JSON)


def _packument(server: FeedServer, name: str, seq: int) -> object:
    time: dict[str, object] = {
        "created": "2026-01-01T00:00:00.000Z",
        "1.0.0": "2026-01-02T00:00:00.000Z",
        "1.1.0": "2026-01-03T00:00:00.000Z",
    }
    if seq % 3 == 0:
        return {"name": name, "time": time | {"unpublished": {"time": "2026-02-01T00:00:00Z"}}}
    file = f"{name.rpartition('/')[2]}-1.0.0.tgz"
    dist = {"tarball": f"{server.url}{REGISTRY}{name}/-/{file}", "shasum": f"{seq:040x}"}
    return {"name": name, "_rev": "1-a", "versions": {"1.0.0": {"dist": dist}}, "time": time}


def feed(server: FeedServer, http: Http, rows: int = 10) -> NpmChanges:
    return NpmChanges(http, f"{server.url}/registry/_changes", f"{server.url}/npm/", rows=rows)


def changed(seq: object, name: object, rev: str = "1-a", **more: object) -> dict[str, object]:
    return {"seq": seq, "id": name, "changes": [{"rev": rev}]} | more


def listing(*rows: object, last: object = None, **more: object) -> Reply:
    told = rows[-1]["seq"] if last is None and rows and isinstance(rows[-1], dict) else last
    body = {"results": list(rows), "last_seq": told} | more
    return Reply(body=json.dumps(body).encode(), media_type="application/json")


def serve(server: FeedServer, since: object, reply: Reply, rows: int = 10) -> None:
    server.replies[f"/registry/_changes?since={since}&limit={rows}"] = reply


def packument(name: str, *versions: str, rev: str = "1-a", **more: object) -> Reply:
    body = {
        "name": name,
        "_rev": rev,
        "dist-tags": {},
        "versions": {
            v: {"dist": {"tarball": f"https://registry.npm.example/{name}/-/{name}-{v}.tgz"}}
            for v in versions
        },
        "time": {"created": "2026-01-01T00:00:00Z"}
        | dict.fromkeys(versions, "2026-01-02T00:00:00Z"),
    } | more
    return Reply(body=json.dumps(body).encode(), media_type="application/json")


def request(cursor: str | None, *names: str, accept: bool = False) -> PollRequest:
    watched = [ProjectKey(ecosystem=Ecosystem.NPM, name=name) for name in names]
    return PollRequest(cursor=cursor, now=NOW, watched=watched, accept_change=accept)


def ids(pages: list[FeedPage]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def since(page: FeedPage) -> object:
    return json.loads(page.cursor)["since"]


def asked_packuments(server: FeedServer) -> list[str]:
    return [path for path in server.paths() if path.startswith("/npm/")]
