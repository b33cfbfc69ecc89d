"""A ledger of revision 0014 with visits in it becomes one that tells which refs they read."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from crawler.model import Refs
from tests.contract.ledger.older import make_schema
from tests.contract.ledger.samples import NOON
from workers.ledger import coverage
from workers.ledger.ledger import Ledger

_NOON = "2026-03-01T12:00:00.000000Z"


@pytest.fixture
def old(empty: Ledger) -> Ledger:
    with empty.write() as conn:
        make_schema(conn, "0014")
    return empty


def test_of_earlier_visits_it_follows_from_the_heads_that_are_known(old: Ledger) -> None:
    with old.write() as conn:
        for number, (outcome, refs) in enumerate(
            [("visited", ["main"]), ("unchanged", ["main", "dev"]), ("gone", [])], start=1
        ):
            conn.execute(
                text(
                    "INSERT INTO repository (id, host, path, clone_url, archived, outcome, first_seen,"
                    f" last_seen, visited_at) VALUES ({number}, 'git.example', 'acme/{number}',"
                    f" 'https://git.example/acme/{number}', false, '{outcome}', '{_NOON}', '{_NOON}',"
                    f" '{_NOON}')"
                )
            )
            conn.execute(
                text(
                    "INSERT INTO visit (repository_id, visited_at, outcome, new_sightings)"
                    f" VALUES ({number}, '{_NOON}', '{outcome}', 0)"
                )
            )
            for ref in refs:
                conn.execute(
                    text(
                        "INSERT INTO head (repository_id, ref, commit_id, is_default, root_only,"
                        f" parser_version) VALUES ({number}, 'refs/heads/{ref}', '{'c' * 40}',"
                        f" {'true' if ref == 'main' else 'false'}, false, '1')"
                    )
                )

    old.upgrade()

    old.check()
    with old.read() as conn:
        (known,) = coverage.of_hosts(conn, NOON)
    assert known.refs == {Refs.DEFAULT: 1, Refs.BRANCHES: 1}
