"""A ledger of any earlier revision, with rows in it, becomes one whose findings are settled."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from tests.contract.ledger.older import make_schema
from tests.contract.ledger.samples import finding as found_at
from workers.ledger import frontier
from workers.ledger.ledger import Ledger
from workers.ledger.tables import finding, sighting
from workers.values import encode

_NOON, _LATER = "2026-03-01T12:00:00.000000Z", "2026-03-02T12:00:00.000000Z"
_OLD, _NEW = "c" * 40, "d" * 40
_REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
Row = dict[str, object]


def fill(ledger: Ledger, revision: str, tables: dict[str, list[Row]]) -> None:
    """Make the schema of `revision` with these rows, and bring it up to date."""
    with ledger.write() as conn:
        make_schema(conn, revision)
        for table, rows in tables.items():
            for row in rows:
                names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
                conn.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    ledger.upgrade()
    ledger.check()


def repository(number: int, path: str) -> Row:
    return {
        "id": number,
        "host": "git.example",
        "path": path,
        "native_id": str(number),
        "clone_url": f"https://git.example/{path}.git",
        "archived": False,
        "first_seen": _NOON,
        "last_seen": _NOON if number == 7 else _LATER,
    }


def head(number: int, *, root_only: bool = False) -> Row:
    return {
        "repository_id": number,
        "ref": "refs/heads/main",
        "commit_id": _NEW,
        "is_default": True,
        "root_only": root_only,
    }


def seen(number: int, path: str, commit: str = _OLD, ref: str = "main", oid: str = "1") -> Row:
    return {
        "repository_id": number,
        "oid": oid * 40,
        "path": path,
        "ref": f"refs/heads/{ref}",
        "commit_id": commit,
        "first_seen": _NOON,
        "last_seen": _NOON if commit == _OLD else _LATER,
    }


@pytest.mark.parametrize("revision", _REVISIONS)
def test_only_what_a_whole_look_did_not_see_again_is_gone(empty: Ledger, revision: str) -> None:
    skipped = {"repository_id": 9, "position": 0, "context": "trees", "reason": "too many"}
    fill(
        empty,
        revision,
        {
            "repository": [repository(n, f"acme/app-{n}") for n in (7, 8, 9)],
            "head": [head(7), head(8, root_only=True), head(9)],
            "visit_skipped": [skipped],
            "sighting": [
                seen(7, "uv.lock", _NEW),
                seen(7, "left/uv.lock"),
                seen(7, "uv.lock", ref="dev"),
                seen(8, "uv.lock"),
                seen(8, "below/uv.lock"),
                seen(8, "below/uv.lock", ref="dev"),
                seen(9, "uv.lock"),
                seen(9, "uv.lock", _NEW, oid="2"),
                seen(9, "hidden/uv.lock"),
            ],
        },
    )

    with empty.read() as conn:
        columns = (sighting.c.repository_id, sighting.c.path, sighting.c.oid)
        gone = {tuple(row) for row in conn.execute(select(*columns).where(sighting.c.gone))}
        known = frontier.heads(conn, [7, 8, 9], root_only=True, parser_version="0.1.0/4")
    assert gone == {
        (7, "left/uv.lock", "1" * 40),
        (8, "uv.lock", "1" * 40),
        (9, "uv.lock", "1" * 40),
    }
    assert known == {}


@pytest.mark.parametrize("revision", _REVISIONS[1:])
def test_findings_learn_where_they_are_and_that_a_pin_that_is_gone_is_no_error(
    empty: Ledger, revision: str
) -> None:
    opened = "new" if revision >= "0006" else "open"
    events = [
        ("gone", "pin-gone"),
        ("back", "pin-gone"),
        ("wrong", "pin-gone"),
        ("wrong", "withdrawn"),
    ]

    def row(key: str, state: str, path: str = "acme/app") -> Row:
        return {
            "key": key,
            "host": "git.example",
            "path": path,
            "lock_path": "uv.lock",
            "oid": "1" * 40,
            "tier": "A",
            "confidence": "confirmed",
            "state": state,
            "first_seen": _NOON,
            "last_seen": _NOON,
            "run_id": "run",
            "body": encode(found_at(key)),
        }

    fill(
        empty,
        revision,
        {
            "repository": [repository(7, "acme/app"), repository(8, "acme/app")],
            "finding": [
                row("gone", "retracted"),
                row("back", opened),
                row("wrong", "retracted"),
                row("lost", opened, "nobody/knows"),
            ],
            "finding_event": [
                {"id": n, "key": key, "at": _NOON, "event": "retracted", "code": code, "text": "x"}
                for n, (key, code) in enumerate(events, start=1)
            ],
        },
    )

    with empty.read() as conn:
        columns = (
            finding.c.key,
            finding.c.state,
            finding.c.repository_id,
            finding.c.dismissed_until,
        )
        rows = {tuple(row) for row in conn.execute(select(*columns))}
    assert rows == {
        ("gone", "gone-at-refs", 8, None),
        ("back", "new", 8, None),
        ("wrong", "retracted", 8, None),
        ("lost", "new", None, None),
    }
