"""One bad entry does not hide the rest of its page."""

from __future__ import annotations

from crawler.errors import Refused
from crawler.hosts.answers import Node
from crawler.hosts.entries import read_entries
from crawler.model import Repository


def _read(node: Node) -> Repository:
    path = node.text("path")
    if path == "secret":
        raise Refused("private")
    return Repository(host="git.example", path=path, clone_url=f"https://git.example/{path}")


def test_what_cannot_be_read_is_said_by_its_place() -> None:
    nodes = [
        Node(fields={"path": "o/a"}, where="list[0]"),
        None,
        Node(fields={"path": 5}, where="list[2]"),
        Node(fields={"path": "secret"}, where="list[3]"),
        Node(fields={"path": "o/b"}, where="list[4]"),
    ]

    entries = read_entries(nodes, _read, "page 7")

    assert [r.path for r in entries.repositories] == ["o/a", "o/b"]
    assert [(s.context, s.reason) for s in entries.skipped] == [
        ("page 7, entry 1", "expected an object"),
        ("page 7, entry 2", "list[2].path: expected string, got int"),
        ("page 7, entry 3", "private"),
    ]
