"""Few rows and many rows go different ways into PostgreSQL; what comes out is the same."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from crawler.model import Claim
from tests.contract.ledger.samples import NOON, later
from workers.ledger.ledger import Ledger
from workers.ledger.sql.statements import insert_new, upsert
from workers.ledger.tables import assertion, block, feed_cursor, pin

MANY = 500


def row(number: int, *, text: str = "{}") -> dict[str, object]:
    return {
        "digest": f"{number:064}",
        "feed": "osv\x00\udcff\t\\N\n",
        "record_id": f"MAL-{number}",
        "revision": 1,
        "project": "pypi/zz-ghost",
        "claim": Claim.MALICIOUS,
        "retracted": number % 2 == 0,
        "body": text,
        "recorded_at": NOON,
    }


@pytest.mark.parametrize("count", [3, MANY])
def test_rows_come_back_as_they_went_in_and_in_their_order(ledger: Ledger, count: int) -> None:
    with ledger.write() as conn:
        insert_new(conn, assertion, [row(n, text=f'"\\t\\\\N\\u0000 {n}"') for n in range(count)])

        columns = (assertion.c.record_id, assertion.c.feed, assertion.c.claim)
        more = (assertion.c.retracted, assertion.c.body, assertion.c.recorded_at)
        rows = conn.execute(select(*columns, *more).order_by(assertion.c.id)).all()

    assert [r.record_id for r in rows] == [f"MAL-{n}" for n in range(count)]
    assert {r.feed for r in rows} == {"osv\U0010f000\U0010fcff\t\\N\n"}
    assert (rows[0].retracted, rows[1].retracted) == (True, False)
    assert (rows[2].claim, rows[2].recorded_at) == ("malicious", NOON)
    assert rows[2].body == '"\\t\\\\N\\u0000 2"'


@pytest.mark.parametrize("count", [3, MANY])
def test_rows_that_are_there_stay_and_twins_are_taken_once(ledger: Ledger, count: int) -> None:
    rows = [{"digest": n.to_bytes(32, "big"), "body": b"\x00\xff\\x"} for n in range(count)]
    with ledger.write() as conn:
        insert_new(conn, block, rows[:2])
        insert_new(conn, block, [*rows, *rows])

        bodies = conn.scalars(select(block.c.body)).all()

    assert len(bodies) == count
    assert {bytes(body) for body in bodies} == {b"\x00\xff\\x"}


@pytest.mark.parametrize("count", [3, MANY])
def test_an_upsert_changes_what_is_there_and_adds_the_rest(ledger: Ledger, count: int) -> None:
    with ledger.write() as conn:
        first = {"feed": "feed-0", "cursor": "old", "checked_at": NOON}
        upsert(conn, feed_cursor, [first], key=["feed"], update=["cursor"])
        rows = [
            {"feed": f"feed-{n}", "cursor": "new", "checked_at": later(1)} for n in range(count)
        ]
        upsert(conn, feed_cursor, rows, key=["feed"], update=["cursor"])

        found = {r.feed: (r.cursor, r.checked_at) for r in conn.execute(select(feed_cursor))}

    assert len(found) == count
    assert found["feed-0"] == ("new", NOON)
    assert found["feed-1"] == ("new", later(1))


@pytest.mark.parametrize("count", [3, MANY])
def test_of_two_rows_with_one_key_an_upsert_keeps_the_last(ledger: Ledger, count: int) -> None:
    rows = [{"feed": f"feed-{n}", "cursor": "first", "checked_at": NOON} for n in range(count)]
    rows.append({"feed": "feed-0", "cursor": "last", "checked_at": NOON})
    with ledger.write() as conn:
        upsert(conn, feed_cursor, rows, key=["feed"], update=["cursor"])

        cursors = {r.feed: r.cursor for r in conn.execute(select(feed_cursor))}

    assert len(cursors) == count
    assert (cursors["feed-0"], cursors["feed-1"]) == ("last", "first")


def test_many_rows_twice_in_one_transaction_are_all_there(ledger: Ledger) -> None:
    with ledger.write() as conn:
        insert_new(conn, pin, [{"block_id": 1, "lock_id": n} for n in range(MANY)])
        insert_new(conn, pin, [{"block_id": 2, "lock_id": n} for n in range(MANY)])

        assert conn.scalar(select(func.count()).select_from(pin)) == 2 * MANY


def test_rows_that_the_table_refuses_raise_what_a_statement_raises(ledger: Ledger) -> None:
    rows = [{"block_id": 1, "lock_id": None} for _ in range(MANY)]

    with pytest.raises(DBAPIError), ledger._begin() as conn:
        insert_new(conn, pin, rows)


def test_rows_that_cannot_be_copied_raise_what_a_statement_raises(ledger: Ledger) -> None:
    rows = [{"block_id": 2**80, "lock_id": 1} for _ in range(MANY)]

    with pytest.raises((DBAPIError, OverflowError)), ledger._begin() as conn:
        insert_new(conn, pin, rows)
