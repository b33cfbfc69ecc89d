"""How an index marks its projects (PEP 792), as `ghosts show` tells it after polls."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.servers.feed_server import FeedServer, Reply
from tests.servers.journal import Journal, Row
from tests.servers.terminal import OFFLINE, Terminal
from tests.servers.valkey import allow_loopback_and_unix

BEGAN = 1_780_000_000
JSON = "application/vnd.pypi.simple.v1+json"
ROWS: list[Row] = [
    ["zz-marked", None, BEGAN, "create", 101],
    ["zz-marked", "1.0", BEGAN, "new release", 102],
    ["zz-marked", "1.0", BEGAN, "remove release", 103],
    ["zz-end", None, BEGAN, "create", 104],
]


def page(status: str) -> Reply:
    document = {
        "meta": {"api-version": "1.4"},
        "name": "zz-marked",
        "project-status": {"status": status, "reason": "zz-somebody said so"},
        "versions": [],
        "files": [],
    }
    return Reply(body=json.dumps(document).encode(), media_type=JSON)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    allow_loopback_and_unix()
    with FeedServer() as running:
        running.replies["/pypi"] = Journal(rows=ROWS)
        running.replies["/simple/"] = Reply(status=503)
        yield running


@pytest.fixture
def user(server: FeedServer, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    routes = f'[network.connect_to]\n"index.example" = "{server.url}"\n'
    settings = f"{OFFLINE}{routes}[feeds]\njournal_since = 100\n"
    return Terminal.at(tmp_path_factory.mktemp("user"), settings)


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("archived", "says pypi-status: the index expects no more releases of it"),
        ("deprecated", "says pypi-status: its owners call it obsolete"),
    ],
)
def test_archived_and_deprecated_projects_are_shown_as_such(
    server: FeedServer, user: Terminal, status: str, line: str
) -> None:
    server.replies["/simple/zz-marked/"] = page(status)
    user("seed", "--from", "quarantine-feed")
    user("seed", "--from", "quarantine-feed")  # what the first poll of the journal named is watched

    shown = user("ghosts", "show", "zz-marked").out
    document = user("ghosts", "show", "zz-marked", "--format", "json").out
    server.replies["/simple/zz-marked/"] = page("active")
    user("seed", "--from", "quarantine-feed")
    later = user("ghosts", "show", "zz-marked").out

    assert f"pkg:pypi/zz-marked: {status} since " in shown
    assert line in shown
    assert f'"claim": "{status}"' in document
    assert "zz-somebody" not in shown + document
    assert status not in later
