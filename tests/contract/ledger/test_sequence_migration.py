"""A ledger of revision 0006 with assertions in it becomes one whose journal has an order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from crawler.model import Claim
from tests.contract.ledger.older import make_schema
from tests.contract.ledger.samples import GHOST, NOON, record, said
from workers.ledger import assertions, current_assertions
from workers.ledger.ledger import Ledger
from workers.values import encode

JOURNALED = replace(said(Claim.REMOVED, record_id="39895281"), feed="pypi-journal")
ADVISED = replace(said(reference='https://x.example/"subject":'), record_id="MAL-2026-1")


@pytest.fixture
def old(empty: Ledger) -> Ledger:
    with empty.write() as conn:
        make_schema(conn, "0006")
    return empty


def test_entries_of_the_journal_get_the_place_of_their_serial_and_all_else_none(
    old: Ledger,
) -> None:
    with old.write() as conn:
        for each in (JOURNALED, ADVISED):
            assertions.append(conn, each.feed, [record(each, record_id=each.record_id)], NOON)
        conn.execute(text("""UPDATE assertion SET body = replace(body, '"sequence":[],', '')"""))
        bodies = conn.scalars(text("SELECT body FROM assertion")).all()
        assert not [body for body in bodies if "sequence" in body]

    old.upgrade()

    old.check()
    placed = replace(JOURNALED, sequence=(39895281, 0))
    with old.read() as conn:
        ((_, known),) = current_assertions.of_projects(conn, [GHOST])
        bodies = conn.scalars(text("SELECT body FROM assertion ORDER BY id")).all()
    assert known == (placed, ADVISED)
    assert bodies == [encode(placed), encode(ADVISED)]


def test_what_was_said_before_is_no_news_when_it_is_said_again(old: Ledger) -> None:
    with old.write() as conn:
        assertions.append(conn, ADVISED.feed, [record(ADVISED, record_id=ADVISED.record_id)], NOON)
        conn.execute(text("UPDATE record SET digest = 'of the body without the field'"))
        conn.execute(text("""UPDATE assertion SET body = replace(body, '"sequence":[],', '')"""))
    old.upgrade()

    with old.write() as conn:
        changed = assertions.append(
            conn, ADVISED.feed, [record(ADVISED, record_id=ADVISED.record_id)], NOON
        )
        rows = conn.scalar(text("SELECT count(*) FROM assertion"))

    assert (changed, rows) == (frozenset(), 1)
