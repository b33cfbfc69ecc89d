"""One bad entry does not hide the rest of its page."""

from __future__ import annotations

from crawler.errors import Refused
from crawler.hosts.answers import JsonObject
from crawler.hosts.pages import list_page, numbered
from crawler.model import Repository


def _read(node: JsonObject) -> Repository:
    path = node.text("path")
    if path == "secret":
        raise Refused("private")
    return Repository(host="git.example", path=path, clone_url=f"https://git.example/{path}")


def test_what_cannot_be_read_is_said_by_its_place() -> None:
    nodes = [
        JsonObject({"path": "o/a"}, "list[0]"),
        None,
        JsonObject({"path": 5}, "list[2]"),
        JsonObject({"path": "secret"}, "list[3]"),
        JsonObject({"path": "o/b"}, "list[4]"),
    ]

    page = list_page(numbered("page 7", nodes), _read, following=8)

    assert [r.path for r in page.repositories] == ["o/a", "o/b"]
    assert [(s.context, s.reason) for s in page.skipped] == [
        ("page 7, entry 1", "expected an object"),
        ("page 7, entry 2", "list[2].path: expected str, got int"),
        ("page 7, entry 3", "private"),
    ]
    assert page.next_cursor == "8"
