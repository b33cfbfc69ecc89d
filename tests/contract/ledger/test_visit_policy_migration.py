"""A ledger of revision 0003 with rows in it becomes one of 0004."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.contract.ledger.older import make_schema
from tests.contract.ledger.samples import NOON
from workers.ledger import budgets, frontier
from workers.ledger.ledger import Ledger

_NOON = "2026-03-01T12:00:00.000000Z"


@pytest.fixture
def old(empty: Ledger) -> Ledger:
    with empty.write() as conn:
        make_schema(conn, "0003")
    return empty


def test_what_was_known_is_kept_and_every_head_is_to_be_read_once_more(old: Ledger) -> None:
    with old.write() as conn:
        conn.execute(
            text(
                "INSERT INTO repository (id, host, path, clone_url, archived, first_seen, last_seen)"
                " VALUES (7, 'git.example', 'acme/app', 'https://git.example/acme/app.git', false,"
                f" '{_NOON}', '{_NOON}')"
            )
        )
        conn.execute(
            text(
                "INSERT INTO head (repository_id, ref, commit_id, is_default, root_only)"
                f" VALUES (7, 'refs/heads/main', '{'c' * 40}', true, false)"
            )
        )
        conn.execute(
            text(
                "INSERT INTO budget (host, resource, identity, requests, bytes_down, blocked_until,"
                f" why) VALUES ('git.example', 'http', 'anonymous', 3, 9, '{_NOON}', 'busy')"
            )
        )

    old.upgrade()

    old.check()
    with old.read() as conn:
        assert frontier.heads(conn, [7], parser_version="0.1.0/2") == {}
        assert frontier.heads(conn, [7]) == {"acme/app": {"refs/heads/main": "c" * 40}}
        (known,) = budgets.usage(conn)
    assert (known.requests, known.blocked_until, known.failures) == (3, NOON, 0)
